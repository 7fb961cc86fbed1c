package lql_test

import (
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
	"logwhy/internal/lql"
)

func TestBuild(t *testing.T) {
	for _, tt := range []struct {
		x    lql.Expr
		want string
	}{
		{lql.And(), ``},
		{lql.And(nil, nil), ``},
		{lql.And(nil, lql.Phrase("a")), `"a"`},
		{lql.And(lql.Phrase("a"), lql.And(lql.Phrase("b"), lql.Phrase("c"))), `"a" AND "b" AND "c"`},
		{lql.Or(), `severity<DEFAULT`},
		{lql.Or(lql.Phrase("a"), nil), ``},
		{lql.Not(nil), `severity<DEFAULT`},
		{lql.Or(lql.Phrase("a"), lql.And(lql.Phrase("b"), lql.Not(lql.Phrase("c")))), `"a" OR ("b" AND NOT "c")`},
		{lql.Compare("severity", lql.AtLeast, "WARNING"), `severity>=WARNING`},
		{lql.Compare("resource.type", lql.Equal, "a", "b"), `resource.type=("a" OR "b")`},
		{lql.Compare(lql.Label(`k8s-pod/"x".y`), lql.Equal, `a"b\c`), `labels."k8s-pod/\"x\".y"="a\"b\\c"`},
		{lql.Compare(lql.ResourceLabel("service_name"), lql.Equal, "mailer"), `resource.labels.service_name="mailer"`},
		{lql.Compare("textPayload", lql.Matches, `^\s*"x"\.`), `textPayload=~"^\\s*\"x\"\\."`},
		{lql.Exists("operation.id"), `operation.id:*`},
		{lql.LogID("run.googleapis.com/stderr"), `log_id("run.googleapis.com/stderr")`},
		{lql.Phrase("a\x00\x7f\n\xffé"), `"a\000\177\n` + "\uFFFD" + `é"`},
	} {
		f, err := lql.Compile(tt.x)
		if err != nil {
			t.Errorf("%s\n%v", tt.want, err)
			continue
		}
		if f.String() != tt.want {
			t.Errorf("got  %s\nwant %s", f, tt.want)
		}
		checkPrinted(t, f)
	}
}

func TestCompileTellsWhatIsWrong(t *testing.T) {
	for _, tt := range []struct {
		x    lql.Expr
		want string
	}{
		{lql.Compare("thud", lql.Equal, "x"), "no field thud"},
		{lql.Compare("labels.", lql.Equal, "x"), "no field"},
		{lql.Compare("", lql.Equal, "x"), "no field"},
		{lql.Compare(`labels."x`, lql.Equal, "x"), "no field"},
		{lql.Compare("textPayload", lql.Matches, "("), "regular expression"},
		{lql.And(lql.Compare("severity", lql.Equal, "x"), lql.Compare("thud", lql.Equal, "x")), "no severity"},
		{&lql.Comparison{Op: lql.Equal, Value: &lql.Text{}}, "no field"},
		{&lql.Comparison{Left: &lql.Path{Parts: []string{"trace"}}, Op: lql.Equal, Value: lql.LogID("x")}, "behind an operator"},
		{&lql.Comparison{Left: &lql.Path{Parts: []string{"trace"}}, Op: lql.Equal}, "behind an operator"},
		{&lql.Call{Name: "log_id", Args: []any{nil}}, "wrong kind"},
	} {
		_, err := lql.Compile(tt.x)
		var problems diag.Problems
		if !errors.As(err, &problems) || !strings.Contains(problems[0].Message, tt.want) {
			t.Errorf("want %s, got %v", tt.want, err)
		}
	}
}

func TestBound(t *testing.T) {
	from, to := logentry.TimeOf(time.Date(2026, 3, 3, 10, 0, 0, 5, time.UTC)), logentry.TimeOf(time.Date(2026, 3, 3, 11, 0, 0, 0, time.UTC))
	const both = `timestamp>="2026-03-03T10:00:00.000000005Z" AND timestamp<"2026-03-03T11:00:00Z"`
	for _, tt := range []struct {
		filter   string
		from, to logentry.Time
		want     string
	}{
		{``, from, to, both},
		{`-- nothing but this`, from, to, both},
		{`severity>=ERROR`, from, to, both + ` AND severity>=ERROR`},
		{`severity>=ERROR -- timestamp`, from, to, both + ` AND severity>=ERROR`},
		{"severity>=ERROR -- c\n-- d", from, to, both + ` AND severity>=ERROR`},
		{`a OR b`, from, to, both + ` AND ("a" OR "b")`},
		{"a\nOR\nb", from, logentry.NoTime, `timestamp>="2026-03-03T10:00:00.000000005Z" AND ("a" OR "b")`},
		{`NOT a`, logentry.NoTime, to, `timestamp<"2026-03-03T11:00:00Z" AND NOT "a"`},
		{`(a) b`, logentry.NoTime, logentry.NoTime, `"a" AND "b"`},
		{`textPayload:"bad timestamp"`, from, to, both + ` AND textPayload:"bad timestamp"`},
	} {
		got, err := lql.Bound(tt.filter, tt.from, tt.to)
		if err != nil || got != tt.want {
			t.Errorf("%q\ngot  %s (%v)\nwant %s", tt.filter, got, err, tt.want)
		}
	}
	if _, err := lql.Bound("(a", from, to); err == nil {
		t.Error("no error")
	}
}

func TestLocal(t *testing.T) {
	for filter, want := range map[string]bool{
		``: true, `severity>=ERROR`: true, `"sample"`: true,
		`sample(insertId, 0.5)`: false, `a OR NOT SAMPLE(insertId, 0.5)`: false,
	} {
		f, err := lql.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		if (f.Local() == nil) != want {
			t.Errorf("%s: %v", filter, f.Local())
		}
	}
}

// sample chooses the share that it is asked for, and always the same entries.
func TestSample(t *testing.T) {
	for share, want := range map[string]int{"0.25": 2500, "0.01": 100, "1": 10000} {
		f, err := lql.Parse("sample(insertId, " + share + ")")
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for i := range 10000 {
			e := &logentry.Entry{InsertID: "id-" + string(rune('a'+i%26)) + strings.Repeat("z", i/26%40) + string(rune('0'+i%10)) + time.Duration(i).String()}
			if f.Match(e) {
				n++
			}
			if again := f.Match(e); again != f.Match(e) {
				t.Fatal("not the same twice")
			}
		}
		if d := n - want; d > want/5+10 || -d > want/5+10 {
			t.Errorf("%s: %d of 10000", share, n)
		}
	}
	f, err := lql.Parse("sample(jsonPayload.x, 1)")
	if err != nil || f.Match(&logentry.Entry{Raw: []byte(`{"jsonPayload":{}}`)}) {
		t.Error("a payload without the field is in no sample")
	}
}

func TestMentions(t *testing.T) {
	f, err := lql.Parse(`severity>=ERROR NOT (TimeStamp>"2026-01-01" OR SEARCH(jsonPayload.a.b, "timestamp")) cast(receive_timestamp, STRING)=~"x"`)
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]bool{
		"severity": true, "timestamp": true, "jsonPayload": true, "jsonPayload.a": true, "jsonPayload.a.b": true,
		"jsonPayload.a.b.c": false, "receiveTimestamp": true, "textPayload": false, "labels": false,
	} {
		if f.Mentions(field) != want {
			t.Errorf("Mentions(%s) = %v", field, !want)
		}
	}
}

// A filter that is read by many at once gives what it gives alone; run with -race.
func TestFilterIsImmutable(t *testing.T) {
	list := entries(t)
	f, err := lql.Parse(`severity>=ERROR OR textPayload:füsse OR SEARCH("sent mail") OR jsonPayload.count>2`)
	if err != nil {
		t.Fatal(err)
	}
	want := matched(f, list)
	done := make(chan string)
	for range 4 {
		go func() { done <- matched(f, list) }()
	}
	for range 4 {
		if got := <-done; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}

// An entry without a record is searched in what it holds.
func TestMatchWithoutRecord(t *testing.T) {
	e := &logentry.Entry{
		Message: "cart \"17\"\tis empty", Payload: logentry.PayloadText, LogName: "projects/p/logs/l", Severity: logentry.SeverityError,
		Basis: logentry.BasisDeclared, Labels: logentry.Labels{{Key: "k", Value: "label-value"}}, HTTP: &logentry.HTTPRequest{URL: "/orders"},
	}
	for filter, want := range map[string]bool{
		`cart`: true, `"\"17\"\tis"`: true, `label-value`: true, `orders`: true, `SEARCH("cart empty")`: true, `SEARCH("card")`: false,
		`absent`: false, `textPayload:cart`: true, `jsonPayload.a:*`: false, `labels.k:value`: true, `httpRequest.serverIp=""`: true,
	} {
		f, err := lql.Parse(filter)
		if err != nil {
			t.Fatal(err)
		}
		if f.Match(e) != want {
			t.Errorf("%s: %v", filter, !want)
		}
	}
}

// What is printed of any expression is read as that expression.
func TestPrintedIsRead(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		x := randomExpr(r, 4)
		text := lql.Print(x)
		if len([]rune(text)) > lql.MaxLength {
			continue
		}
		f, err := lql.Parse(text)
		if err != nil {
			t.Fatalf("%s\n%v", text, err)
		}
		if diff := cmp.Diff(x, f.Expr()); diff != "" {
			t.Fatalf("%s\n%s", text, diff)
		}
		if f.String() != text {
			t.Fatalf("printed as\n%s\nthen as\n%s", text, f.String())
		}
	}
}

func randomExpr(r *rand.Rand, depth int) lql.Expr {
	if depth == 0 {
		return randomLeaf(r)
	}
	of := make([]lql.Expr, 1+r.IntN(3))
	for i := range of {
		of[i] = randomExpr(r, depth-1)
	}
	switch r.IntN(4) {
	case 0:
		return lql.And(of...)
	case 1:
		return lql.Or(of...)
	case 2:
		return lql.Not(of[0])
	}
	return randomLeaf(r)
}

func randomLeaf(r *rand.Rand) lql.Expr {
	text := func() *lql.Text { return &lql.Text{Value: randomText(r)} }
	path := &lql.Path{Parts: []string{"jsonPayload", randomName(r), randomName(r)}}
	switch r.IntN(9) {
	case 0:
		return text()
	case 1:
		return &lql.Call{Name: "SEARCH", Args: []any{path, &lql.Text{Value: "x" + randomText(r)}}}
	case 2:
		return lql.LogID(randomText(r))
	case 3:
		return &lql.Comparison{Left: path, Op: lql.Matches, Value: &lql.Text{Value: quoteMeta(randomText(r))}}
	case 4:
		return lql.Exists("operation.id")
	case 5:
		return &lql.Comparison{Left: path, Op: lql.NotEqual, Value: &lql.Text{Null: true}}
	case 6:
		return &lql.Comparison{Left: &lql.Call{Name: "cast", Args: []any{path, lql.Word("STRING")}}, Op: lql.Has, Value: text()}
	case 7:
		return lql.Compare(lql.Label(randomName(r)), lql.Less, randomText(r), randomText(r))
	}
	var value lql.Expr = lql.And(text(), lql.Or(text(), lql.Not(text())))
	return &lql.Comparison{Left: path, Op: lql.Has, Value: value}
}

// quoteMeta makes a regular expression of a text.
func quoteMeta(s string) string {
	var b strings.Builder
	for _, c := range s {
		if strings.ContainsRune(`\.+*?()|[]{}^$`, c) {
			b.WriteByte('\\')
		}
		b.WriteRune(c)
	}
	return b.String()
}

func randomText(r *rand.Rand) string {
	words := []string{"a", "B", " ", "\"", "\\", "\n", "\t", "\r", "\x00", "\x1b", "é", "😀", "'", "(", ")", "AND", "OR", "NOT", "--", "*",
		"ERROR", "500", ".", "=", "~", "\\d", "\\u0041", "\\101", "true", "NULL_VALUE", "\u00a0", "“", "\x7f", "-"}
	var b strings.Builder
	for range r.IntN(5) {
		b.WriteString(words[r.IntN(len(words))])
	}
	return b.String()
}

func randomName(r *rand.Rand) string {
	if s := randomText(r); s != "" {
		return s
	}
	return "AND"
}
