package cloudlogtest

import (
	"context"
	"slices"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/peer"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
)

// Methods that a server answers, as in [Call.Method].
const (
	ListLogEntries = "ListLogEntries"
	TailLogEntries = "TailLogEntries"
	ListLogs       = "ListLogs"
)

// Call is one request that came in, also one that was refused.
type Call struct {
	N         int       // from 0, over all methods
	Method    string    // ListLogEntries, TailLogEntries or ListLogs
	Transport string    // "grpc" or "rest"
	Time      time.Time // on the server's clock
	// Request is the request message; a copy.
	Request proto.Message
	// Metadata are the headers; for REST with their names in small letters.
	Metadata metadata.MD
	// Entries is the number of entries or log names that were returned.
	Entries int
	// Err is what was answered instead.
	Err error

	remote string
}

// Calls returns all calls so far, in the order in which they came.
func (s *Server) Calls() []Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Count is the number of calls of a method; of all for "".
func (s *Server) Count(method string) int {
	n := 0
	for _, c := range s.Calls() {
		if method == "" || c.Method == method {
			n++
		}
	}
	return n
}

// begin records a call and decides what goes wrong with it.
func (s *Server) begin(ctx context.Context, method string, req proto.Message) (int, Fault) {
	md, _ := metadata.FromIncomingContext(ctx)
	c := Call{Method: method, Transport: "grpc", Time: s.now(), Request: proto.Clone(req), Metadata: md.Copy()}
	if p, ok := peer.FromContext(ctx); ok {
		c.remote = p.Addr.String()
	}
	if r, ok := ctx.Value(restKey{}).(restCall); ok {
		c.Transport, c.Metadata, c.remote = "rest", r.metadata, r.remote
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	c.N = len(s.calls)
	s.calls = append(s.calls, c)
	if s.opts.Faults == nil {
		return c.N, Fault{}
	}
	return c.N, s.opts.Faults(c.N, c)
}

// end records what a call came to, and returns its error as a status.
func (s *Server) end(n, entries int, err error) error {
	if err != nil {
		err = status.Convert(err).Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.calls[n].Entries, s.calls[n].Err = entries, err
	return err
}

func (s *Server) call(n int) Call {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[n]
}

// admit does what happens before a call is answered: the fault, the rights, the
// quota.
func (s *Server) admit(ctx context.Context, n int, f Fault, resources []string) error {
	if err := wait(ctx, f.Delay); err != nil {
		return status.FromContextError(err).Err()
	}
	c := s.call(n)
	switch {
	case f.Stop:
		go s.Stop()
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	case f.Cut:
		s.cut(c.remote)
		return status.Error(codes.Unavailable, "the connection was cut")
	case f.Err != nil:
		return f.Err
	}
	if s.opts.Access != nil {
		for _, r := range resources {
			if err := s.opts.Access(c, r); err != nil {
				return err
			}
		}
	}
	return s.quota.take(s.opts.Quota, c.Time, projectOf(resources))
}

// projectOf is the project whose quota a call uses.
func projectOf(resources []string) string {
	if len(resources) == 0 {
		return ""
	}
	parts := strings.Split(resources[0], "/")
	if len(parts) < 2 {
		return resources[0]
	}
	return parts[1]
}
