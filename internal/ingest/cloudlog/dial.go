package cloudlog

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"google.golang.org/api/impersonate"
	"google.golang.org/api/option"
	htransport "google.golang.org/api/transport/http"
	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials/insecure"
)

// readScope is the one scope asked for: nothing here ever writes.
const readScope = "https://www.googleapis.com/auth/logging.read"

// Transport is how the API is spoken to.
type Transport string

const (
	// GRPC is the faster one. Fields that the published protocol does not name
	// (errorGroups, apphub) and payloads of unknown types do not come through whole.
	GRPC Transport = "grpc"
	// REST carries every entry as the API prints it, and is slower.
	REST Transport = "rest"
)

// DefaultRate is the number of requests per minute that is asked for unless
// told otherwise: below the 60 that projects are given at least.
const DefaultRate = 50

// Options say how to reach the API. Now is required; the zero value of the
// rest reads logging.googleapis.com with Application Default Credentials.
type Options struct {
	// Endpoint is host:port, or a URL for REST; "" is the public one. A regional
	// one has the form logging.LOCATION.rep.googleapis.com.
	Endpoint string
	// Insecure speaks without TLS and without credentials, for a test server.
	Insecure bool
	// Transport is GRPC unless set.
	Transport Transport
	// Impersonate is the service account to act as; before it, separated by
	// commas, those that lend it, as for gcloud --impersonate-service-account.
	Impersonate string
	// QuotaProject is the project that requests are charged to; "" leaves it to
	// the credentials.
	QuotaProject string
	// Rate is the most requests per minute; 0 means DefaultRate, negative no limit.
	Rate int
	// CallTimeout ends one request; 0 means 60 s.
	CallTimeout time.Duration
	// Parallel is the most time slices that are read at once; 0 means 4.
	Parallel int
	// PageSize is the most entries of one request; 0 means 1000, the most that
	// the API takes.
	PageSize int
	// UserAgent names the program to the server.
	UserAgent string
	// Seed varies the jitter of pauses.
	Seed uint64

	// Now is the clock; required.
	Now func() time.Time
	// Sleep waits for d or until ctx ends, whose error it returns; nil waits on a timer.
	Sleep func(ctx context.Context, d time.Duration) error
	// Notify is told of what holds up a read; nil tells nobody. It may be
	// called from several goroutines at once.
	Notify func(Wait)
}

// Wait is a pause that a read makes.
type Wait struct {
	// Why is a clause, such as "quota of 60 requests per minute is used up".
	Why string
	// For is how long the pause lasts.
	For time.Duration
}

// Client reads the API. It may be used by several goroutines; they share its
// rate.
type Client struct {
	opts   Options
	bucket *bucket
	jitter *jitter
	list   lister
	close  func() error
}

// lister is one transport.
type lister interface {
	// entries asks for one page.
	entries(ctx context.Context, req pageRequest) (page, error)
	// logs asks for one page of the names of logs.
	logs(ctx context.Context, resource, token string) (names []string, next string, err error)
}

// pageRequest asks for one page of entries.
type pageRequest struct {
	resources []string
	filter    string
	order     string
	size      int
	token     string
}

// Dial prepares a client. It finds credentials, and sends nothing yet. Where
// there are none the error is an *Error.
func Dial(ctx context.Context, o Options) (*Client, error) {
	if o.Now == nil {
		return nil, errors.New("cloudlog: Options.Now is required")
	}
	if o.Sleep == nil {
		o.Sleep = sleep
	}
	if o.CallTimeout <= 0 {
		o.CallTimeout = 60 * time.Second
	}
	if o.Parallel <= 0 {
		o.Parallel = 4
	}
	if o.PageSize <= 0 || o.PageSize > pageSize {
		o.PageSize = pageSize
	}
	if o.Rate == 0 {
		o.Rate = DefaultRate
	}
	c := &Client{opts: o, jitter: newJitter(o.Seed)}
	c.bucket = newBucket(o.Rate, o.Now, o.Sleep, c.tell)
	var err error
	switch o.Transport {
	case GRPC, "":
		err = c.dialGRPC(ctx)
	case REST:
		err = c.dialREST(ctx)
	default:
		return nil, fmt.Errorf("transport %q is unknown\nTransports: grpc, rest", o.Transport)
	}
	if err != nil {
		text, next := credentialWords(err) // nothing else is looked for before the first request
		return nil, &Error{Kind: Credentials, Text: text, Next: next, Err: err}
	}
	return c, nil
}

// Close ends the connections.
func (c *Client) Close() error { return c.close() }

func (c *Client) tell(w Wait) {
	if c.opts.Notify != nil {
		c.opts.Notify(w)
	}
}

// sleep waits on a timer of the system.
func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (c *Client) dialGRPC(ctx context.Context) error {
	opts, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	if e := c.opts.Endpoint; e != "" {
		opts = append(opts, option.WithEndpoint(hostPort(e)))
	}
	if c.opts.Insecure {
		opts = append(opts, option.WithGRPCDialOption(grpc.WithTransportCredentials(insecure.NewCredentials())))
	}
	opts = append(opts,
		option.WithGRPCDialOption(grpc.WithChainUnaryInterceptor(c.paced)),
		option.WithGRPCDialOption(grpc.WithConnectParams(reconnect())),
		option.WithTelemetryDisabled())
	api, err := logging.NewClient(ctx, opts...)
	if err != nil {
		return err
	}
	// Retries are ours: the built-in ones do not know of quotas, and end a page
	// for ever.
	api.CallOptions.ListLogEntries = nil
	api.CallOptions.ListLogs = nil
	c.list, c.close = grpcLister{api}, api.Close
	return nil
}

// reconnect is how a lost connection is sought: as gRPC does it, but without
// its pauses of up to two minutes, in which nobody would follow the log though
// the server is back.
func reconnect() grpc.ConnectParams {
	p := grpc.ConnectParams{Backoff: backoff.DefaultConfig, MinConnectTimeout: 20 * time.Second}
	p.Backoff.MaxDelay = 20 * time.Second
	return p
}

// paced lets each request through when the bucket has a token for it. Being
// an interceptor it sees every request, whoever sent it. The time limit starts
// behind it: waiting for a token is not the server's delay.
func (c *Client) paced(ctx context.Context, method string, req, reply any, cc *grpc.ClientConn, invoke grpc.UnaryInvoker, opts ...grpc.CallOption) error {
	if err := c.bucket.take(ctx); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, c.opts.CallTimeout)
	defer cancel()
	defer roundTrip(ctx)()
	return dated(ctx, func(more ...grpc.CallOption) error {
		return invoke(ctx, method, req, reply, cc, append(opts, more...)...)
	})
}

func (c *Client) dialREST(ctx context.Context) error {
	base := "https://logging.googleapis.com"
	if c.opts.Endpoint != "" {
		base = baseURL(c.opts.Endpoint, c.opts.Insecure)
	}
	if u, err := url.Parse(base); err != nil || u.Host == "" {
		return errors.New("the endpoint is no URL: " + c.opts.Endpoint)
	}
	opts, err := c.credentials(ctx)
	if err != nil {
		return err
	}
	client := &http.Client{}
	if !c.opts.Insecure {
		if client, _, err = htransport.NewClient(ctx, append(opts, option.WithTelemetryDisabled())...); err != nil {
			return err
		}
	}
	c.list = restLister{client: client, base: base, agent: c.opts.UserAgent, bucket: c.bucket, timeout: c.opts.CallTimeout}
	c.close = func() error { client.CloseIdleConnections(); return nil }
	return nil
}

// credentials are the options that say who asks.
func (c *Client) credentials(ctx context.Context) ([]option.ClientOption, error) {
	var opts []option.ClientOption
	if c.opts.UserAgent != "" {
		opts = append(opts, option.WithUserAgent(c.opts.UserAgent))
	}
	if c.opts.QuotaProject != "" {
		opts = append(opts, option.WithQuotaProject(c.opts.QuotaProject))
	}
	switch {
	case c.opts.Insecure:
		return append(opts, option.WithoutAuthentication()), nil
	case c.opts.Impersonate != "":
		chain := strings.Split(strings.ReplaceAll(c.opts.Impersonate, " ", ""), ",")
		last := len(chain) - 1
		ts, err := impersonate.CredentialsTokenSource(ctx, impersonate.CredentialsConfig{
			TargetPrincipal: chain[last], Delegates: slices.Clone(chain[:last]), Scopes: []string{readScope},
		})
		if err != nil {
			return nil, err
		}
		return append(opts, option.WithTokenSource(ts)), nil
	}
	return append(opts, option.WithScopes(readScope)), nil
}

// hostPort is what gRPC dials: without a scheme, with a port.
func hostPort(endpoint string) string {
	if _, rest, ok := strings.Cut(endpoint, "://"); ok {
		endpoint = rest
	}
	endpoint = strings.TrimRight(endpoint, "/")
	if _, _, err := net.SplitHostPort(endpoint); err != nil {
		endpoint = net.JoinHostPort(strings.Trim(endpoint, "[]"), "443")
	}
	return endpoint
}

func baseURL(endpoint string, plain bool) string {
	endpoint = strings.TrimRight(endpoint, "/")
	if strings.Contains(endpoint, "://") {
		return endpoint
	}
	if plain {
		return "http://" + endpoint
	}
	return "https://" + endpoint
}
