package cloudlog

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Kind is what stands in the way of a read.
type Kind string

// The kinds of errors.
const (
	BadQuery    Kind = "query"       // what was asked cannot be asked
	Credentials Kind = "credentials" // there are none, or they are not accepted
	Permission  Kind = "permission"
	APIDisabled Kind = "api-disabled"
	QuotaUser   Kind = "quota-project" // the project that is charged cannot be used
	Quota       Kind = "quota"
	NotFound    Kind = "not-found"
	Unreachable Kind = "unreachable"
	Server      Kind = "server"
)

// Error says for a person what went wrong and what to do.
type Error struct {
	Kind Kind
	// Text is one line; Next are lines, with a command where one helps.
	Text, Next string
	// Err is what the API said.
	Err error
}

func (e *Error) Error() string {
	if e.Next == "" {
		return e.Text
	}
	return e.Text + "\n" + e.Next
}

// Unwrap returns what the API said.
func (e *Error) Unwrap() error { return e.Err }

func badQuery(text, next string) error { return &Error{Kind: BadQuery, Text: text, Next: next} }

// failures counts the errors of one request, since a page last came.
type failures struct {
	pages                int64
	quota, denied, other int
	slow                 int // of the others, those that ran out of time
}

// How often a request is repeated.
const (
	triesQuota  = 10 // a minute each
	triesDenied = 5  // only in the middle of a read, where permission was given before
	triesFirst  = 5  // before anything came: a person waits for the first answer
	triesLater  = 10 // about five minutes
)

// pause waits before a request is repeated after err, or returns the error to
// end with.
func (c *Client) pause(ctx context.Context, err error, f *failures, begun bool, q *Query) error {
	w, again := c.verdict(err, f, begun)
	if !again {
		return explain(err, q)
	}
	c.tell(w)
	return c.opts.Sleep(ctx, w.For)
}

// verdict says whether a request is repeated after err, and when.
func (c *Client) verdict(err error, f *failures, begun bool) (Wait, bool) {
	most := triesFirst
	if begun {
		most = triesLater
	}
	switch code := status.Code(err); {
	case code == codes.ResourceExhausted:
		f.quota++
		limit := quotaLimit(err)
		pause := c.bucket.exhausted(limit, retryAfter(err), c.jitter.around(2*time.Second))
		return Wait{quotaWords(limit), pause}, f.quota < triesQuota
	case code == codes.PermissionDenied:
		// Known to be answered at times to those who may read, when a project
		// has many views.
		f.denied++
		return Wait{"the server refused a request in the middle of a read", c.jitter.backoff(f.denied)}, begun && f.denied <= triesDenied && mayBeGranted(err)
	case mayPass(code) && !credentialsFailed(err):
		f.other++
		return Wait{"the server answered " + code.String(), c.jitter.backoff(f.other)}, f.other < most
	}
	return Wait{}, false
}

// mayBeGranted tells refusals for want of a permission from those for which
// the project is not set up.
func mayBeGranted(err error) bool { return reason(err) == "" || reason(err) == "IAM_PERMISSION_DENIED" }

func mayPass(c codes.Code) bool {
	switch c {
	case codes.Unavailable, codes.Internal, codes.DeadlineExceeded, codes.Canceled, codes.Unknown, codes.Aborted:
		return true
	}
	return false
}

func quotaWords(limit int) string {
	if limit == 0 {
		return "the project's quota of read requests is used up"
	}
	return fmt.Sprintf("the project's quota of %d read requests per minute is used up", limit)
}

// info is the machine-readable part of an error, if there is one.
func info(err error) *errdetails.ErrorInfo {
	for _, d := range status.Convert(err).Details() {
		if i, ok := d.(*errdetails.ErrorInfo); ok {
			return i
		}
	}
	return nil
}

func reason(err error) string { return info(err).GetReason() }

// quotaLimit is the limit that a quota error names, 0 without one.
func quotaLimit(err error) int {
	n, _ := strconv.Atoi(info(err).GetMetadata()["quota_limit_value"]) // absent is 0
	return max(n, 0)
}

func retryAfter(err error) time.Duration {
	for _, d := range status.Convert(err).Details() {
		if r, ok := d.(*errdetails.RetryInfo); ok {
			return r.GetRetryDelay().AsDuration()
		}
	}
	return 0
}

// credentialsFailed tells errors of getting a token, which the transport
// reports as if the server could not be reached.
func credentialsFailed(err error) bool {
	text := err.Error()
	for _, s := range []string{"could not find default credentials", "invalid_grant", "invalid_rapt", "cannot fetch token", "impersonate:", "credentials: ", "oauth2"} {
		if strings.Contains(text, s) {
			return true
		}
	}
	return false
}

// explain rewrites an error of the API for people. q may be nil.
func explain(err error, q *Query) error {
	var done *Error
	if err == nil || errors.As(err, &done) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &Error{Err: err}
	if credentialsFailed(err) {
		e.Kind = Credentials
		e.Text, e.Next = credentialWords(err)
		return e
	}
	st := status.Convert(err)
	said := cmp.Or(strings.TrimSpace(st.Message()), st.Code().String())
	switch st.Code() {
	case codes.Unauthenticated:
		e.Kind = Credentials
		e.Text, e.Next = credentialWords(err)
	case codes.PermissionDenied:
		e.deny(err, q)
	case codes.ResourceExhausted:
		e.Kind = Quota
		e.Text = quotaWords(quotaLimit(err)) + ", and stayed so for " + strconv.Itoa(triesQuota) + " requests"
		e.Next = "Others read the same project. Try a lower --rate, or charge another project: --quota-project P"
	case codes.InvalidArgument:
		e.Kind = BadQuery
		e.Text = "the API refuses the query: " + firstLine(said)
		e.Next = "Check --filter against the Logging query language, and the names of project and view."
	case codes.NotFound:
		e.Kind = NotFound
		e.Text = "not found: " + firstLine(said)
		e.Next = "Check the name. Projects you can see: gcloud projects list"
	case codes.Unavailable:
		e.Kind = Unreachable
		e.Text = "cannot reach the Logging API: " + firstLine(said)
		e.Next = "Check the network, a proxy (HTTPS_PROXY) and --endpoint."
	default:
		e.Kind = Server
		e.Text = fmt.Sprintf("the Logging API failed (%s): %s", st.Code(), firstLine(said))
		e.Next = "Try again. A narrower window is easier on the server: --since, --from, --to."
	}
	return e
}

// firstLine is the first line of what a server says, without what a terminal
// would obey.
func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return -1
		}
		return r
	}, line)
}
