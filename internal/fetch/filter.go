package fetch

import (
	"fmt"
	"math"
	"slices"
	"sort"
	"strconv"
	"strings"
	"unicode/utf8"

	"logwhy/internal/logentry"
	"logwhy/internal/lql"
	"logwhy/internal/signature"
)

// ServiceFilter selects the entries of services by the fields that may hold
// their name: labels of resources, then those of pods, see the scope of package
// ingest. It selects a few too many, of services whose names hold a name; what
// was read tells them apart. nil names select everything.
func ServiceFilter(names []string) lql.Expr {
	if len(names) == 0 {
		return nil
	}
	var any []lql.Expr
	for _, l := range []string{
		"service_name", "job_name", "function_name", "module_id", "worker_pool_name", "container_name",
		"subscription_id", "queue_id", "job_id", "url_map_name",
	} {
		any = append(any, lql.Compare("resource.labels."+l, lql.Equal, names...))
	}
	for _, l := range []string{"k8s-pod/app", "k8s-pod/k8s-app", "k8s-pod/app_kubernetes_io/name", "k8s-pod/app.kubernetes.io/name"} {
		any = append(any, lql.Compare(lql.Label(l), lql.Equal, names...))
	}
	for _, f := range []string{"resource.labels.pod_name", "resource.labels.database_id", "protoPayload.resourceName"} {
		any = append(any, lql.Compare(f, lql.Has, names...))
	}
	return lql.Or(any...)
}

// serviceOf selects the entries of one service whose resource type is known.
func serviceOf(kind, name string) lql.Expr {
	switch kind {
	case "cloud_run_revision":
		return lql.Compare("resource.labels.service_name", lql.Equal, name)
	case "gae_app":
		return lql.Compare("resource.labels.module_id", lql.Equal, name)
	}
	return ServiceFilter([]string{name})
}

// platformLogs are written by the platform about containers, pods and jobs.
var platformLogs = []string{"run.googleapis.com/varlog/system", "appengine.googleapis.com/varlog/system", "events"}

// requestLogs are written by the platform for each request.
var requestLogs = []string{"run.googleapis.com/requests", "requests", "appengine.googleapis.com/request_log"}

func anyLog(ids []string) lql.Expr {
	of := make([]lql.Expr, len(ids))
	for i, id := range ids {
		of[i] = lql.LogID(id)
	}
	return lql.Or(of...)
}

// important selects what may be part of a failure by its fields alone.
// Requests answered with 4xx are declared WARNING and are left out: scanners
// make thousands of them.
func important() lql.Expr {
	return lql.Or(
		lql.And(lql.Compare("severity", lql.AtLeast, "WARNING"), lql.Not(clientError())),
		lql.Compare("httpRequest.status", lql.AtLeast, "500"),
		anyLog(platformLogs),
	)
}

func clientError() lql.Expr {
	return lql.And(lql.Compare("httpRequest.status", lql.AtLeast, "400"), lql.Compare("httpRequest.status", lql.Less, "500"))
}

// refused selects requests that were the caller's fault, as far as it seems.
func refused() lql.Expr { return clientError() }

// changes selects deploys and other changes, and what the platform says of them.
func changes() lql.Expr {
	return lql.And(anyLog([]string{"cloudaudit.googleapis.com/activity", "cloudaudit.googleapis.com/system_event"}))
}

// failureWords stand in what is worded as a failure; package correlate looks
// closer. The case of letters does not count.
var failureWords = []string{
	"error", "fail", "fatal", "exception", "panic", "traceback", "critical", "unable to", "could not", "cannot", "can't",
	"uncaught", "unhandled",
}

// denials look like failures and are none, unless a strong word stands beside them.
var denials = []string{
	"0 failed", "failed: 0", "failed=0", "no error", "0 error", "errors: 0", "error: null", "error: none", "without error",
	"error=none", "error: false", "failed: false",
}

var strongWords = []string{"exception", "traceback", "fatal", "panic", "uncaught", "unhandled"}

// fragment is how a line of a stack trace begins that is an entry of its own.
const fragment = `^(\s+\S|\.\.\. |\^|~|#\d|goroutine \d|During handling of|The above exception|Caused by|File "|at \S+\(|from /)`

// thrown is the name of an exception, which denies nothing: StackOverflowError: null.
const thrown = `[a-z](Error|Exception): `

// calm selects lines below WARNING outside the logs of requests and of data
// access, which hold no word of the application.
func calm() lql.Expr {
	return lql.And(
		lql.Compare("severity", lql.Less, "WARNING"),
		lql.Not(anyLog(append(slices.Clone(requestLogs), "cloudaudit.googleapis.com/data_access"))),
	)
}

// worded selects lines below WARNING that say by their words, or by a level in
// their payload, that something failed: most programs write plain text, to
// which the platform gives no severity.
func worded() lql.Expr {
	return lql.And(calm(), lql.Or(
		lql.And(phrases(failureWords), lql.Or(lql.Not(phrases(denials)), phrases(strongWords))),
		lql.Compare("textPayload", lql.Matches, fragment),
		lql.Compare("textPayload", lql.Matches, thrown),
		lql.Compare("jsonPayload.message", lql.Matches, thrown),
		// pino and bunyan number their levels: 50 is error, 60 fatal; Monolog's are 400 and up.
		lql.And(lql.Compare("jsonPayload.level", lql.AtLeast, "50"), lql.Compare("jsonPayload.level", lql.AtMost, "60")),
		lql.And(lql.Compare("jsonPayload.level", lql.AtLeast, "400"), lql.Compare("jsonPayload.level", lql.AtMost, "600")),
	))
}

func phrases(words []string) lql.Expr {
	of := make([]lql.Expr, len(words))
	for i, w := range words {
		of[i] = lql.Phrase(w)
	}
	return lql.Or(of...)
}

// failing chooses signatures of failures, and the steps of such.
func failing(s *signature.Signature) bool {
	if s.Owner != nil {
		s = s.Owner
	}
	switch s.Role {
	case signature.RoleFault, signature.RoleFailure, signature.RoleImpact, signature.RoleChange:
		return true
	}
	return false
}

// healthy chooses signs that something came up or works, but for requests
// served, of which a sample is enough.
func healthy(s *signature.Signature) bool {
	return s.Role == signature.RoleHealthy && !s.HasClass("traffic")
}

// longestText bounds what is asked of a text: the beginning of a longer one is
// as rare, and more of them fit into a query.
const (
	shortestText = 4
	longestText  = 28
)

// texts selects lines below WARNING that hold a text which the chosen
// signatures need, in as many parts as filters of room characters take. What
// worded selects anyway is left out.
func texts(cat *signature.Catalog, chosen func(*signature.Signature) bool, room int) []lql.Expr {
	var list []string
	for i := range cat.Len() {
		s := cat.At(i)
		if !chosen(s) {
			continue
		}
		for _, n := range s.Needs() {
			if n.HTTP || n.Audit || len(n.Texts) == 0 || slices.ContainsFunc(n.Texts, isWorded) {
				continue
			}
			if t := cutText(n.Texts[0]); len(t) >= shortestText {
				list = append(list, t)
			}
		}
	}
	return inParts(absorb(list), room-len(lql.Print(calm()))-20)
}

func isWorded(text string) bool {
	text = strings.ToLower(text)
	return slices.ContainsFunc(failureWords, func(w string) bool { return strings.Contains(text, w) })
}

// cutText takes the beginning of a text, in whole characters. Control
// characters are left to those who look closer.
func cutText(s string) string {
	if i := strings.IndexAny(s, "\n\r\t"); i >= 0 {
		if i < len(s)-1-i {
			s = s[i+1:]
			return cutText(s)
		}
		s = s[:i]
	}
	for len(s) > longestText {
		_, n := utf8.DecodeLastRuneInString(s)
		s = s[:len(s)-n]
	}
	return s
}

// absorb drops texts that hold another one: whoever finds that finds them.
// The order is that of length, then of letters.
func absorb(list []string) []string {
	for i, s := range list {
		list[i] = strings.ToLower(s)
	}
	sort.Slice(list, func(i, j int) bool {
		return len(list[i]) < len(list[j]) || len(list[i]) == len(list[j]) && list[i] < list[j]
	})
	var out []string
	for _, s := range list {
		if !slices.ContainsFunc(out, func(o string) bool { return strings.Contains(s, o) }) {
			out = append(out, s)
		}
	}
	sort.Strings(out)
	return out
}

// inParts joins texts to as few filters as have room for them.
func inParts(list []string, room int) []lql.Expr {
	var out []lql.Expr
	var part []lql.Expr
	used := 0
	flush := func() {
		if len(part) > 0 {
			out = append(out, lql.And(calm(), lql.Or(part...)))
		}
		part, used = nil, 0
	}
	for _, s := range list {
		x := lql.Phrase(s)
		n := utf8.RuneCountInString(lql.Print(x)) + len(" OR ")
		if n > room {
			continue
		}
		if used+n > room {
			flush()
		}
		part, used = append(part, x), used+n
	}
	flush()
	return out
}

// sampled selects a share of all entries, by a hash of their insertId.
func sampled(share float64) lql.Expr {
	if share >= 1 {
		return nil
	}
	return &lql.Call{Name: "sample", Args: []any{&lql.Path{Parts: []string{"insertId"}}, &lql.Text{Value: strconv.FormatFloat(share, 'f', -1, 64)}}}
}

// shareDigits keeps two digits of a share, which is enough and reads well.
func shareDigits(f float64) float64 {
	if f >= 1 || f <= 0 {
		return 1
	}
	unit := math.Pow(10, math.Floor(math.Log10(f))-1)
	v, err := strconv.ParseFloat(strconv.FormatFloat(math.Round(f/unit)*unit, 'g', 2, 64), 64)
	if err != nil {
		return f
	}
	return v
}

func sampleWords(share float64) string {
	if share >= 1 {
		return "everything"
	}
	return fmt.Sprintf("a sample of everything, one entry in %d", int(math.Round(1/share)))
}

func partOf(what string, i, n int) string {
	if n < 2 {
		return what
	}
	return fmt.Sprintf("%s, part %d of %d", what, i+1, n)
}

// within selects what one instance logs in a stretch of time.
func within(field, name string, from, to logentry.Time) lql.Expr {
	return lql.And(
		lql.Compare(field, lql.Equal, name),
		lql.Compare("timestamp", lql.AtLeast, from.String()),
		lql.Compare("timestamp", lql.AtMost, to.String()),
	)
}
