package signature

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"logwhy/internal/logentry"
)

// synthetic makes n signatures of the kind that people write: a few words, a
// name, a path, numbers, with (?m), (?i) and alternatives here and there.
func synthetic(t testing.TB, n int) *Catalog {
	r := rand.New(rand.NewPCG(7, 7))
	rules := make([]string, n)
	for i := range rules {
		w := func() string { return word(r) }
		p := []string{
			fmt.Sprintf(`(?m)%sError: %s %s (?P<name>[\w.]+)(?: \(%s\))?$`, strings.ToUpper(w()[:1])+w(), w(), w(), w()),
			fmt.Sprintf(`(?:failed|unable|could not) to %s %s "(?P<name>[^"]+)": %s %s`, w(), w(), w(), w()),
			fmt.Sprintf(`(?i)%s %s (?:is|was) not %s`, w(), w(), w()),
			fmt.Sprintf(`%s\.%s\.%sException: (?P<name>.+)`, w(), w(), w()),
			fmt.Sprintf(`connection to (?P<name>\S+) (?:%s|%s) after \d+ ms`, w(), w()),
		}[i%5]
		rules[i] = fmt.Sprintf("id: synth.s%04d\ntitle: S\nrole: failure\nmatch: {message: {regex: '%s'}}\n", i, p)
	}
	return catalogOf(t, rules...)
}

var syllables = strings.Fields("con nec tion time out ser ver data base cur sor mod ule load fail er ror null val ue in dex key user ses sion tok en path file sys tem quo ta lim it mem ory pool")

func word(r *rand.Rand) string {
	var b strings.Builder
	for range 2 + r.IntN(2) {
		b.WriteString(syllables[r.IntN(len(syllables))])
	}
	return b.String()
}

// traffic makes messages as services log them; one in a hundred is of a signature.
func traffic(c *Catalog, n int) (entries []*logentry.Entry, bytes int) {
	r := rand.New(rand.NewPCG(9, 9))
	forms := []string{
		"HTTP 200 GET https://checkout-api-acme.a.run.app/api/orders/%d 0.0%d23s",
		`INFO:     10.0.%d.12:%d - "GET /api/cart/items HTTP/1.1" 200 OK`,
		"2026-03-02 10:00:00,%d | INFO     | app.services.session:resume:%d - Session resumed for user, loaded profile and preferences from cache",
		"order %d was stored in %d ms; the connection pool has 7 free of 20, the queue holds 3 jobs, the error budget is untouched",
		"worker %d finished batch %d: 250 rows read from the database, 249 written, 1 skipped because the value did not change since the last run of the job, next run in 60 s",
		"Starting new instance. Reason: AUTOSCALING - Instance started due to configured scaling factors (e.g. CPU utilization, request throughput, %d) or no existing capacity for current traffic %d.",
	}
	for i := range n {
		text := fmt.Sprintf(forms[r.IntN(len(forms))], r.IntN(100000), r.IntN(1000))
		if i%100 == 0 {
			if ex := examples(c.At(r.IntN(c.Len())), r); len(ex) > 0 {
				text = ex[0]
			}
		}
		entries = append(entries, &logentry.Entry{Message: text})
		bytes += len(text)
	}
	return entries, bytes
}

func benchmarkMatch(b *testing.B, c *Catalog, match func(e *logentry.Entry)) {
	entries, bytes := traffic(c, 2000)
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range entries {
			match(e)
		}
	}
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{200, 1000} {
		c := synthetic(b, n)
		m := c.NewMatcher()
		var dst []Match
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkMatch(b, c, func(e *logentry.Entry) { dst = m.Match(e, dst[:0]) })
		})
	}
	c := builtins(b)
	m := c.NewMatcher()
	var dst []Match
	b.Run("builtin", func(b *testing.B) {
		benchmarkMatch(b, c, func(e *logentry.Entry) { dst = m.Match(e, dst[:0]) })
	})
}

func BenchmarkNaive(b *testing.B) {
	for _, n := range []int{200, 1000} {
		c := synthetic(b, n)
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			benchmarkMatch(b, c, func(e *logentry.Entry) { naive(c, e) })
		})
	}
}

func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		builtins(b)
	}
}

// BenchmarkCorpus matches the built-in rules against the texts of real exports.
func BenchmarkCorpus(b *testing.B) {
	var entries []*logentry.Entry
	bytes := 0
	eachString(b, corpus(b), func(text string) {
		if strings.Contains(text, " ") { // no ids and names
			entries = append(entries, &logentry.Entry{Message: text})
			bytes += len(text)
		}
	})
	m := builtins(b).NewMatcher()
	var dst []Match
	b.SetBytes(int64(bytes))
	b.ReportAllocs()
	for b.Loop() {
		for _, e := range entries {
			dst = m.Match(e, dst[:0])
		}
	}
}
