package ingest

import (
	"encoding/binary"
	"math"
	"math/bits"
	"sync"

	"logwhy/internal/logentry"
)

// An idSet remembers which entries the inputs so far held, as 64-bit hashes.
// Within an input it is only read; what the input adds is collected and joins
// when the input is done, as a record is a duplicate only of one in an earlier
// input.
//
// When it grows beyond its limit it keeps a fixed share of all hashes, the
// smaller half, so that what it knows does not depend on the order in which
// workers came.
type idSet struct {
	max     int
	most    uint64 // hashes above are not remembered
	slots   []uint64
	n       int
	mu      sync.Mutex
	pending []uint64
	// partialBefore says that hashes had been forgotten when the present input
	// began.
	partialBefore bool
}

func newIDSet(max int) *idSet { return &idSet{max: max, most: math.MaxUint64} }

// partial says that hashes had to be forgotten.
func (s *idSet) partial() bool { return s.most != math.MaxUint64 }

// has says whether an earlier input held h.
func (s *idSet) has(h uint64) bool {
	if s.n == 0 {
		return false
	}
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case h:
			return true
		case 0:
			return false
		}
	}
}

// collect takes the hashes of one chunk of the present input.
func (s *idSet) collect(hashes []uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, h := range hashes {
		if h <= s.most {
			s.pending = append(s.pending, h)
		}
	}
	for len(s.pending) > s.max {
		s.most /= 2
		s.pending = upTo(s.pending, s.most)
	}
}

// join makes the hashes of the present input part of the set.
func (s *idSet) join() {
	for s.n+len(s.pending) > s.max {
		// The count is of hashes with repetitions; that may forget early, and is
		// the same for every number of workers.
		s.most /= 2
		s.pending = upTo(s.pending, s.most)
		s.rebuild(len(s.slots))
	}
	for _, h := range s.pending {
		s.insert(h)
	}
	s.pending = s.pending[:0]
	if cap(s.pending) > 1<<20 {
		s.pending = nil
	}
}

func upTo(hashes []uint64, most uint64) []uint64 {
	kept := hashes[:0]
	for _, h := range hashes {
		if h <= most {
			kept = append(kept, h)
		}
	}
	return kept
}

func (s *idSet) insert(h uint64) {
	if s.n*4 >= len(s.slots)*3 {
		s.rebuild(max(1024, len(s.slots)*2))
	}
	mask := uint64(len(s.slots) - 1)
	for i := h & mask; ; i = (i + 1) & mask {
		switch s.slots[i] {
		case h:
			return
		case 0:
			s.slots[i] = h
			s.n++
			return
		}
	}
}

// rebuild moves what is still remembered to a table of size slots.
func (s *idSet) rebuild(size int) {
	old := s.slots
	s.slots, s.n = make([]uint64, size), 0
	for _, h := range old {
		if h != 0 && h <= s.most {
			s.insert(h)
		}
	}
}

// identity hashes what makes an entry the same as another: log name, time and
// insertId; 0 without an insertId. No hash is 0 otherwise.
func identity(e *logentry.Entry) uint64 {
	if e.InsertID == "" {
		return 0
	}
	h := hashString(uint64(e.Time), e.LogName)
	return nonZero(hashString(h, e.InsertID))
}

// likeText hashes time and text, for entries without an insertId. It never
// equals an identity but by chance.
func likeText(e *logentry.Entry) uint64 {
	h := hashString(^uint64(e.Time), e.Message)
	return nonZero(hashString(h, e.Detail))
}

func nonZero(h uint64) uint64 {
	if h == 0 {
		return 1
	}
	return h
}

// hashString mixes s into h, eight bytes at a time, by multiplying to 128 bits
// and folding (the construction of wyhash, https://github.com/wangyi-fudan/wyhash).
// It is the same in every process, so that reports are.
func hashString(h uint64, s string) uint64 {
	const k0, k1 = 0xa0761d6478bd642f, 0xe7037ed1a0b428db
	h ^= uint64(len(s)) * k1
	for len(s) >= 8 {
		h = fold(h^k0, le64(s)^k1)
		s = s[8:]
	}
	var tail uint64
	for i := range len(s) {
		tail |= uint64(s[i]) << (8 * i)
	}
	return fold(h^k1, tail^k0)
}

func le64(s string) uint64 { return binary.LittleEndian.Uint64([]byte(s[:8])) }

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}
