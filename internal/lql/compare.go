package lql

import (
	"cmp"
	"regexp"

	"logwhy/internal/logentry"
)

// holds reports whether an order of two values, negative for less, satisfies op.
func (op Op) holds(order int) bool {
	switch op {
	case Equal, Has:
		return order == 0
	case NotEqual:
		return order != 0
	case Less:
		return order < 0
	case AtMost:
		return order <= 0
	case Greater:
		return order > 0
	case AtLeast:
		return order >= 0
	}
	return false
}

// A textTest compares a text with a value.
type textTest struct {
	op   Op
	want string // normalised
	re   *regexp.Regexp
}

func (t *textTest) test(s string) bool {
	switch t.op {
	case Equal:
		return equalFold(s, t.want)
	case NotEqual:
		return !equalFold(s, t.want)
	case Has:
		return containsFold(s, t.want)
	case Matches:
		return t.re.MatchString(s)
	case NoMatches:
		return !t.re.MatchString(s)
	}
	return t.op.holds(compareFold(s, t.want))
}

// A numberTest compares numbers of any kind.
type numberTest struct {
	op   Op
	want int64
}

func (t numberTest) test(n int64) bool { return t.op.holds(cmp.Compare(n, t.want)) }

// A jsonTest compares a JSON value: a text as text, a number as number. A value
// that does not convert to the type of what it is compared with fails, whatever
// the operator.
type jsonTest struct {
	textTest
	null         bool
	number       float64
	isNumber     bool
	truth        int64
	isTruth      bool
	proto        bool // times, durations and long numbers are written as texts
	at, duration int64
	isTime       bool
	isDuration   bool
}

func newJSONTest(text textTest, value *Text, proto bool) *jsonTest {
	t := &jsonTest{textTest: text, null: value.Null, proto: proto}
	if value.Null || text.op.isRegexp() {
		return t
	}
	t.number, t.isNumber = parseNumber(value.Value)
	t.truth, t.isTruth = parseBool(value.Value)
	if proto && text.op != Has {
		t.at, t.isTime = parseTime(value.Value)
		t.duration, t.isDuration = parseDuration(value.Value)
	}
	return t
}

func (t *jsonTest) leaf(v logentry.Value) bool {
	switch v.Kind() {
	case logentry.ValueNull:
		return t.null && t.op == Equal
	case logentry.ValueObject:
		return t.op == Has && !t.null && anyLeaf(v, t, maxDepth)
	}
	if t.null {
		return t.op == NotEqual
	}
	switch v.Kind() {
	case logentry.ValueString:
		return t.text(v.Text())
	case logentry.ValueNumber:
		n, ok := parseNumber(v.Text())
		return ok && t.isNumber && t.op.holds(cmp.Compare(n, t.number))
	case logentry.ValueBool:
		return t.isTruth && t.op.holds(cmp.Compare(flag(v[0] == 't'), t.truth))
	}
	return false
}

func (t *jsonTest) text(s string) bool {
	if !t.proto {
		return t.test(s)
	}
	if t.isDuration {
		if d, ok := parseDuration(s); ok {
			return t.op.holds(cmp.Compare(d, t.duration))
		}
	}
	if t.isTime && len(s) >= len("2006-01-02") && isDigit(s[0]) {
		if at, ok := parseTime(s); ok {
			return t.op.holds(cmp.Compare(at, t.at))
		}
	}
	if t.isNumber && len(s) > 0 && (isDigit(s[0]) || s[0] == '-') {
		if n, ok := parseNumber(s); ok {
			return t.op.holds(cmp.Compare(n, t.number))
		}
	}
	return t.test(s)
}

// A kindTest compares a field of LogEntry that is searched in Raw and has a
// type of its own, whichever way JSON writes it.
type kindTest struct {
	kind   kind
	text   textTest
	number numberTest
}

func (t *kindTest) leaf(v logentry.Value) bool {
	switch v.Kind() {
	case logentry.ValueString, logentry.ValueNumber, logentry.ValueBool:
		return t.test(v.Text())
	}
	return false
}

func (t *kindTest) test(s string) bool {
	if t.kind == kindText {
		return t.text.test(s)
	}
	n, ok, _ := t.kind.number(s)
	return ok && t.number.test(n)
}

// initial is the result for the default value of the type.
func (t *kindTest) initial() bool {
	if t.kind == kindText {
		return t.text.test("")
	}
	return t.number.test(0)
}
