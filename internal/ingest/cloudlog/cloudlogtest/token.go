package cloudlogtest

import (
	"encoding/base64"
	"encoding/json"
	"hash/fnv"
	"time"

	"logwhy/internal/logentry"
)

// tokenLife is how long the service keeps a page token.
const tokenLife = 24 * time.Hour

// position is a place in the order of entries: behind N entries of this time
// and insertId. The zero position is the beginning.
type position struct {
	Time logentry.Time `json:"t,omitempty"`
	ID   string        `json:"i,omitempty"`
	N    int           `json:"n,omitempty"`
}

// token is what a page token holds; a client sees noise.
type token struct {
	Of     uint64    `json:"of"` // of which request
	After  position  `json:"after"`
	Issued time.Time `json:"at"`
	Check  uint64    `json:"c,omitempty"`
}

func (t token) sum() uint64 {
	t.Check = 0
	b, _ := json.Marshal(t) // numbers and text: cannot fail
	return hash(string(b))
}

func (t token) String() string {
	t.Check = t.sum()
	b, _ := json.Marshal(t)
	for i := range b {
		b[i] ^= byte(i*37 + 11) // so that no client is tempted to read it
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// parseToken reads a token that belongs to the request of.
func (s *Server) parseToken(text string, of uint64, now time.Time) (position, error) {
	if text == "" {
		return position{}, nil
	}
	var t token
	b, err := base64.RawURLEncoding.DecodeString(text)
	for i := range b {
		b[i] ^= byte(i*37 + 11)
	}
	if err != nil || json.Unmarshal(b, &t) != nil || t.Check != t.sum() {
		return position{}, invalid("page_token is invalid")
	}
	if t.Of != of {
		return position{}, invalid("page_token doesn't match arguments from the request")
	}
	life := s.opts.TokenLife
	if life == 0 {
		life = tokenLife
	}
	if now.Sub(t.Issued) > life {
		return position{}, invalid("page_token has expired")
	}
	return t.After, nil
}

// hash tells requests apart by the parts that a token is bound to.
func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, p := range parts {
		_, _ = h.Write(append([]byte(p), 0)) // a hash does not fail
	}
	return h.Sum64()
}
