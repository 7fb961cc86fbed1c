package cloudlogtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
)

// maxBody is the size of a request that is read; a filter has 20,000 characters.
const maxBody = 1 << 20

// restCall says of a call over REST what gRPC has in its context.
type restCall struct {
	metadata metadata.MD
	remote   string
}

type restKey struct{}

func cutScheme(url string) (string, bool) { return strings.CutPrefix(url, "http://") }

// handler serves the methods over REST, with the entries as they were given.
func (s *Server) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v2/entries:list", func(w http.ResponseWriter, r *http.Request) {
		req := &loggingpb.ListLogEntriesRequest{}
		if err := readBody(r, req); err != nil {
			writeError(w, err)
			return
		}
		s.restList(w, r, req)
	})
	mux.HandleFunc("GET /v2/", func(w http.ResponseWriter, r *http.Request) {
		parent, ok := strings.CutSuffix(strings.TrimPrefix(r.URL.Path, "/v2/"), "/logs")
		if !ok {
			http.NotFound(w, r)
			return
		}
		s.restLogs(w, r, parent)
	})
	return mux
}

func readBody(r *http.Request, req *loggingpb.ListLogEntriesRequest) error {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody))
	if err == nil && len(body) > 0 {
		err = protojson.Unmarshal(body, req)
	}
	if err != nil {
		return invalid("Invalid JSON payload received. %v", err)
	}
	return nil
}

// called gives a REST call the context that begin reads.
func called(r *http.Request) context.Context {
	md := metadata.MD{}
	for k, v := range r.Header {
		md[strings.ToLower(k)] = v
	}
	return context.WithValue(r.Context(), restKey{}, restCall{md, r.RemoteAddr})
}

func (s *Server) restList(w http.ResponseWriter, r *http.Request, req *loggingpb.ListLogEntriesRequest) {
	ctx := called(r)
	n, f := s.begin(ctx, ListLogEntries, req)
	p, err := s.page(ctx, n, f, req)
	if err = s.end(n, len(p.refs), err); err != nil {
		writeError(w, err)
		return
	}
	body := struct {
		Entries       []json.RawMessage `json:"entries,omitempty"`
		NextPageToken string            `json:"nextPageToken,omitempty"`
	}{NextPageToken: p.next}
	for _, ref := range p.refs {
		body.Entries = append(body.Entries, ref.json())
	}
	writeJSON(w, http.StatusOK, body)
}

func (s *Server) restLogs(w http.ResponseWriter, r *http.Request, parent string) {
	ctx := called(r)
	q := r.URL.Query()
	size, _ := strconv.Atoi(q.Get("pageSize")) // no number is no size
	req := &loggingpb.ListLogsRequest{Parent: parent, ResourceNames: q["resourceNames"], PageSize: int32(min(size, maxPage)), PageToken: q.Get("pageToken")}
	n, f := s.begin(ctx, ListLogs, req)
	names, next, err := s.logs(ctx, n, f, req)
	if err = s.end(n, len(names), err); err != nil {
		writeError(w, err)
		return
	}
	writeJSON(w, http.StatusOK, map[string]any{"logNames": names, "nextPageToken": next})
}

func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json; charset=UTF-8")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // a client that went away is told nothing
}

// writeError answers as the service does: the status with its details.
func writeError(w http.ResponseWriter, err error) {
	st := status.Convert(err)
	code := httpStatus(st.Code())
	var details []json.RawMessage
	for _, d := range st.Proto().GetDetails() {
		if b, err := protojson.Marshal(d); err == nil {
			details = append(details, compact(b))
		}
	}
	writeJSON(w, code, map[string]any{"error": map[string]any{
		"code": code, "message": st.Message(), "status": statusName(st.Code()), "details": details,
	}})
}

func httpStatus(c codes.Code) int {
	switch c {
	case codes.InvalidArgument, codes.OutOfRange, codes.FailedPrecondition:
		return http.StatusBadRequest
	case codes.Unauthenticated:
		return http.StatusUnauthorized
	case codes.PermissionDenied:
		return http.StatusForbidden
	case codes.NotFound:
		return http.StatusNotFound
	case codes.ResourceExhausted:
		return http.StatusTooManyRequests
	case codes.Canceled:
		return 499
	case codes.Unavailable:
		return http.StatusServiceUnavailable
	case codes.DeadlineExceeded:
		return http.StatusGatewayTimeout
	case codes.Unimplemented:
		return http.StatusNotImplemented
	}
	return http.StatusInternalServerError
}

// statusName is a code as JSON has it: RESOURCE_EXHAUSTED.
func statusName(c codes.Code) string {
	var b strings.Builder
	for i, r := range c.String() {
		if i > 0 && r >= 'A' && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToUpper(b.String())
}
