package cloudlog

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	_ "google.golang.org/genproto/googleapis/rpc/errdetails" // details of errors are decoded by their type
	spb "google.golang.org/genproto/googleapis/rpc/status"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

// restLister posts requests and keeps entries as they come: no field is lost
// that this program does not know.
type restLister struct {
	client  *http.Client
	base    string
	agent   string
	bucket  *bucket
	timeout time.Duration
}

func (l restLister) entries(ctx context.Context, r pageRequest) (page, error) {
	body, err := json.Marshal(map[string]any{
		"resourceNames": r.resources, "filter": r.filter, "orderBy": r.order, "pageSize": r.size, "pageToken": r.token,
	})
	if err != nil {
		return page{}, err
	}
	var answer struct {
		Entries       []json.RawMessage `json:"entries"`
		NextPageToken string            `json:"nextPageToken"`
	}
	if err := l.do(ctx, http.MethodPost, "/v2/entries:list", body, &answer); err != nil {
		return page{}, err
	}
	p := page{next: answer.NextPageToken, entries: make([]rawEntry, 0, len(answer.Entries))}
	for _, raw := range answer.Entries {
		p.entries = append(p.entries, newRawEntry(raw))
	}
	return p, nil
}

func newRawEntry(raw []byte) rawEntry {
	var head struct {
		Timestamp json.RawMessage `json:"timestamp"`
		InsertID  string          `json:"insertId"`
		LogName   string          `json:"logName"`
	}
	// An entry with odd members is still an entry: what cannot be read of its
	// head is empty.
	_ = json.Unmarshal(raw, &head)
	e := rawEntry{id: []byte(head.InsertID), log: []byte(head.LogName)}
	if s, err := strconv.Unquote(string(head.Timestamp)); err == nil {
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			e.time = t.UTC()
		}
	}
	var line bytes.Buffer
	line.Grow(len(raw))
	if json.Compact(&line, raw) == nil { // the API indents
		e.raw = line.Bytes()
	} else {
		e.raw = raw
	}
	return e
}

func (l restLister) logs(ctx context.Context, resource, token string) ([]string, string, error) {
	v := url.Values{"pageSize": {strconv.Itoa(pageSize)}}
	if token != "" {
		v.Set("pageToken", token)
	}
	var answer struct {
		LogNames      []string `json:"logNames"`
		NextPageToken string   `json:"nextPageToken"`
	}
	err := l.do(ctx, http.MethodGet, "/v2/"+parentOf(resource)+"/logs?"+v.Encode(), nil, &answer)
	return answer.LogNames, answer.NextPageToken, err
}

// do sends one request, paced by the bucket. Every error has a gRPC status, so
// that both transports fail alike.
func (l restLister) do(ctx context.Context, method, path string, body []byte, into any) error {
	if err := l.bucket.take(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, l.timeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, l.base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if l.agent != "" {
		req.Header.Set("User-Agent", l.agent)
	}
	defer roundTrip(ctx)()
	resp, err := l.client.Do(req)
	if err != nil {
		return transportError(ctx, err)
	}
	defer resp.Body.Close()
	noteDate(ctx, resp.Header.Get("Date"))
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		return transportError(ctx, err)
	}
	if resp.StatusCode != http.StatusOK {
		return restError(resp.StatusCode, b)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return status.Error(codes.Internal, fmt.Sprintf("the answer is no JSON: %v", err))
	}
	return nil
}

func transportError(ctx context.Context, err error) error {
	if ctx.Err() == context.DeadlineExceeded {
		return status.Error(codes.DeadlineExceeded, err.Error())
	}
	if ctx.Err() != nil {
		return status.Error(codes.Canceled, err.Error())
	}
	return &unreached{err}
}

// unreached is an error of the way to the server: of the network, or of the
// credentials that are fetched on the way.
type unreached struct{ err error }

func (e *unreached) Error() string { return e.err.Error() }
func (e *unreached) Unwrap() error { return e.err }
func (e *unreached) GRPCStatus() *status.Status {
	return status.New(codes.Unavailable, e.err.Error())
}

// restError reads the error body of the API.
func restError(code int, body []byte) error {
	var answer struct {
		Error struct {
			Message string            `json:"message"`
			Status  string            `json:"status"`
			Details []json.RawMessage `json:"details"`
		} `json:"error"`
	}
	_ = json.Unmarshal(body, &answer) // proxies answer in HTML: the code is enough then
	s := &spb.Status{Code: int32(codeOf(answer.Error.Status, code)), Message: answer.Error.Message}
	if s.Message == "" {
		s.Message = fmt.Sprintf("HTTP %d %s", code, http.StatusText(code))
	}
	for _, d := range answer.Error.Details {
		one := &spb.Status{}
		if protojson.Unmarshal([]byte(`{"details":[`+string(d)+`]}`), one) == nil {
			s.Details = append(s.Details, one.Details...)
		}
	}
	return status.ErrorProto(s)
}

func codeOf(name string, http int) codes.Code {
	var c codes.Code
	if name != "" && c.UnmarshalJSON([]byte(strconv.Quote(name))) == nil && c != codes.OK {
		return c
	}
	switch {
	case http == 400:
		return codes.InvalidArgument
	case http == 401:
		return codes.Unauthenticated
	case http == 403:
		return codes.PermissionDenied
	case http == 404:
		return codes.NotFound
	case http == 429:
		return codes.ResourceExhausted
	case http == 504:
		return codes.DeadlineExceeded
	case http >= 500:
		return codes.Unavailable
	}
	return codes.Unknown
}
