package cloudlogtest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/api/option"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"logwhy/internal/logentry"
)

// TB is what a test gives: *testing.T, *testing.B.
type TB interface {
	Helper()
	Fatalf(format string, args ...any)
	Cleanup(func())
}

// Options say what a server holds and how it behaves. The zero value is a
// service without entries in which nothing goes wrong.
type Options struct {
	// Sources hold the entries; they are read as one.
	Sources []Source
	// Listen and ListenREST are addresses; "" means a free port of 127.0.0.1.
	Listen, ListenREST string
	// Now is the clock: of quotas, of tokens, of late entries, of the record of
	// calls. nil is a clock that stands at the newest entry.
	Now func() time.Time

	// Faults says what goes wrong with call n, counted from 0 over all methods.
	// It is called by one goroutine at a time. nil: nothing.
	Faults func(n int, c Call) Fault
	// Quota refuses calls beyond a number in a minute.
	Quota Quota
	// Access is asked for each resource that a call names; its error, such as
	// PermissionDenied, is the answer. nil allows all.
	Access func(c Call, resource string) error
	// HidePrivate leaves out data access audit logs, as the service does for
	// readers without roles/logging.privateLogViewer.
	HidePrivate bool

	// Views are log views beside those of _Default and _Required: full name to
	// filter.
	Views map[string]string
	// TokenLife is how long a page token is good for; 0 means 24 hours.
	TokenLife time.Duration
	// ScanLimit is how many entries one call looks at before it answers with what
	// it has, which may be an empty page with a token; 0 is no limit.
	ScanLimit int

	// TailLife is how long a tail session lasts; 0 means one hour.
	TailLife time.Duration
	// TailPerMinute is how many entries one session may get in a minute; 0 means
	// 60,000. What is beyond is suppressed as RATE_LIMIT.
	TailPerMinute int
	// TailQueue is how many entries wait for a client that does not read; 0 means
	// 10,000. What is beyond is suppressed as NOT_CONSUMED.
	TailQueue int
	// TailBuffer honours the buffer_window of a session: entries are held back
	// so long and sent in order. Otherwise they are sent at once.
	TailBuffer bool
}

// Server is a running service.
type Server struct {
	// Addr is where gRPC is served, without TLS.
	Addr string
	// URL is the root of REST, such as "http://127.0.0.1:40111".
	URL string

	opts    Options
	filters filters
	quota   meter

	mu    sync.Mutex // guards what follows
	live  *Entries   // what Add brought; replaced, never changed
	calls []Call
	tails map[*session]bool
	grpc  *grpc.Server
	rest  *http.Server
	doors []net.Listener
	conns map[string]net.Conn
}

// New starts a server that stops when the test ends.
func New(t TB, opts Options) *Server {
	t.Helper()
	s, err := Start(opts)
	if err != nil {
		t.Fatalf("cloudlogtest: %v", err)
	}
	t.Cleanup(s.Stop)
	return s
}

// Start starts a server. Stop ends it.
func Start(opts Options) (*Server, error) {
	s := &Server{opts: opts, live: &Entries{}, tails: map[*session]bool{}}
	s.filters.compiled = map[string]*filter{}
	s.Addr, s.URL = opts.Listen, opts.ListenREST
	for name, text := range opts.Views {
		if _, err := s.filters.get(text); err != nil {
			return nil, fmt.Errorf("view %s: %w", name, err)
		}
	}
	return s, s.listen()
}

// listen serves both protocols at Addr and URL, and writes down where that is.
func (s *Server) listen() error {
	g, err := listenAt(s.Addr)
	if err != nil {
		return err
	}
	r, err := listenAt(hostOf(s.URL))
	if err != nil {
		return errors.Join(err, g.Close())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.Addr, s.URL = g.Addr().String(), "http://"+r.Addr().String()
	s.conns, s.doors = map[string]net.Conn{}, []net.Listener{g, r}
	s.grpc = grpc.NewServer()
	loggingpb.RegisterLoggingServiceV2Server(s.grpc, service{s: s})
	s.rest = &http.Server{Handler: s.handler(), ReadHeaderTimeout: time.Minute}
	go serve(s.grpc.Serve, &listener{g, s})
	go serve(s.rest.Serve, &listener{r, s})
	return nil
}

// listenAt listens at an address, or at a free port. That port is none that the
// system gives to outgoing connections: while a server is stopped, a client that
// knocks at its door could be given the server's own port otherwise.
func listenAt(addr string) (net.Listener, error) {
	if addr != "" {
		return net.Listen("tcp", addr)
	}
	for range 100 {
		if l, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", 10000+rand.IntN(20000))); err == nil {
			return l, nil
		}
	}
	return net.Listen("tcp", "127.0.0.1:0")
}

// serve runs until the listener is closed; how that ends says nothing.
func serve(fn func(net.Listener) error, l net.Listener) { _ = fn(l) }

func hostOf(url string) string {
	if rest, ok := cutScheme(url); ok {
		return rest
	}
	return url
}

// Stop takes the service away: connections break, calls under way fail.
// Restart brings it back.
func (s *Server) Stop() {
	s.mu.Lock()
	g, r, doors := s.grpc, s.rest, s.doors
	s.grpc, s.rest, s.doors = nil, nil, nil
	s.mu.Unlock()
	if g == nil {
		return
	}
	for _, d := range doors { // a server that has not begun to serve yet would leave them open
		_ = d.Close()
	}
	g.Stop()
	_ = r.Close() // there is nobody to tell
}

// Restart serves again at the same addresses. What was recorded and added is
// still there.
func (s *Server) Restart() error { return s.listen() }

// ClientOptions make a client of package cloud.google.com/go/logging/apiv2 speak
// gRPC to the server.
func (s *Server) ClientOptions() []option.ClientOption {
	return []option.ClientOption{
		option.WithEndpoint(s.Addr), option.WithoutAuthentication(),
		option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())),
	}
}

// RESTOptions make a REST client speak to the server.
func (s *Server) RESTOptions() []option.ClientOption {
	return []option.ClientOption{option.WithEndpoint(s.URL), option.WithoutAuthentication()}
}

// Add brings new entries: lists see them, and tail sessions get them in one
// batch. One that has no receiveTimestamp is received now.
func (s *Server) Add(entries ...[]byte) error { return s.add(time.Time{}, entries) }

// AddLate brings entries that nobody sees before the clock shows at, whatever
// their timestamps say: late arrivals. Tail sessions never get them.
func (s *Server) AddLate(at time.Time, entries ...[]byte) error { return s.add(at, entries) }

func (s *Server) add(at time.Time, entries [][]byte) error {
	var batch Entries
	received := s.now()
	if at.After(received) {
		received = at
	}
	for _, text := range entries {
		e, err := Load(withReceiveTime(text, received))
		if err != nil {
			return err
		}
		batch.items = append(batch.items, e.items...)
	}
	batch.sort()
	for i, it := range batch.items {
		it.arrives = at
		if _, err := batch.Message(i); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	all := &Entries{append(append([]*item(nil), s.live.items...), batch.items...)}
	all.sort()
	s.live = all
	if at.IsZero() {
		for t := range s.tails {
			t.offer(&batch)
		}
	}
	return nil
}

// withReceiveTime gives an entry that says nothing of it the time at which it
// was received, as the service does.
func withReceiveTime(entry []byte, at time.Time) []byte {
	if bytes.Contains(entry, []byte(`"receiveTimestamp"`)) {
		return entry
	}
	return withMembers(entry, map[string]any{"receiveTimestamp": at.UTC().Format(time.RFC3339Nano)})
}

// now is the time on the server's clock.
func (s *Server) now() time.Time {
	if s.opts.Now != nil {
		return s.opts.Now()
	}
	newest := time.Unix(0, 0).UTC()
	for _, src := range s.sources() {
		if n := src.Len(); n > 0 && src.Time(n-1).After(newest) {
			newest = src.Time(n - 1)
		}
	}
	return newest
}

// sources are all entries, as they are now.
func (s *Server) sources() []Source {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append(append([]Source(nil), s.opts.Sources...), s.live)
}

// hidden reports whether entry i of src cannot be seen by anybody yet.
func hidden(src Source, i int, now time.Time) bool {
	e, ok := src.(*Entries)
	return ok && e.items[i].arrives.After(now)
}

// private reports whether an entry is shown only to readers of private logs.
func private(e *logentry.Entry) bool {
	switch e.LogID() {
	case "cloudaudit.googleapis.com/data_access", "cloudaudit.googleapis.com/access_transparency":
		return true
	}
	return false
}

// listener knows the connections of a server, so that they can be cut.
type listener struct {
	net.Listener
	s *Server
}

// Accept waits for a connection.
func (l *listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	key := c.RemoteAddr().String()
	l.s.mu.Lock()
	l.s.conns[key] = c
	l.s.mu.Unlock()
	return &conn{c, func() {
		l.s.mu.Lock()
		delete(l.s.conns, key)
		l.s.mu.Unlock()
	}}, nil
}

type conn struct {
	net.Conn
	forget func()
}

// Close closes the connection and forgets it.
func (c *conn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// cut breaks the connection from a client.
func (s *Server) cut(remote string) {
	s.mu.Lock()
	c := s.conns[remote]
	s.mu.Unlock()
	if c == nil {
		return
	}
	if tcp, ok := c.(*net.TCPConn); ok {
		_ = tcp.SetLinger(0) // a reset, not an orderly end
	}
	_ = c.Close()
}

// CutConnections breaks every connection, as a network does.
func (s *Server) CutConnections() {
	s.mu.Lock()
	var remotes []string
	for r := range s.conns {
		remotes = append(remotes, r)
	}
	s.mu.Unlock()
	for _, r := range remotes {
		s.cut(r)
	}
}

// wait waits for d, or until the call is given up.
func wait(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
