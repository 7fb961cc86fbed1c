package lql

import (
	"math"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/diag"
	"logwhy/internal/logentry"
)

// An argForm says what an argument is, and with that what it means where it is
// not quoted.
type argForm uint8

const (
	argNone    argForm = iota
	argText            // quoted or not
	argNumber          // a number, quoted or not
	argRegexp          // a regular expression
	argField           // a field, or a call that has a value
	argWord            // a keyword
	argOption          // a call such as TIMEZONE("…")
	argQueries         // SEARCH: the text, or the field before it
)

// A function of the language, by its name in lower case. The name is read in
// any case.
type function struct {
	usage    string // as shown in a hint
	args     []argForm
	optional int // how many of the last args may be missing
	value    bool
}

var functions = map[string]function{
	"log_id":         {usage: `log_id("run.googleapis.com/stderr")`, args: []argForm{argText}},
	"source":         {usage: `source("projects/PROJECT")`, args: []argForm{argText}},
	"sample":         {usage: "sample(insertId, 0.25)", args: []argForm{argField, argNumber}},
	"ip_in_net":      {usage: `ip_in_net(jsonPayload.clientIp, "10.1.2.0/24")`, args: []argForm{argField, argText}},
	"search":         {usage: `SEARCH("words") or SEARCH(textPayload, "words")`, args: []argForm{argQueries, argText}, optional: 1},
	"cast":           {usage: "cast(jsonPayload.count, INT64)", args: []argForm{argField, argWord, argOption}, optional: 1, value: true},
	"regexp_extract": {usage: `regexp_extract(textPayload, "took (\\d+)")`, args: []argForm{argField, argRegexp}, value: true},
	"timezone":       {usage: `TIMEZONE("America/New_York")`, args: []argForm{argText}},
}

// functionNames lists what can be called, as it is usually written.
var functionNames = []string{"log_id", "source", "sample", "ip_in_net", "SEARCH", "cast", "regexp_extract"}

func (f function) arg(i int) argForm {
	if i < len(f.args) {
		return f.args[i]
	}
	return argNone
}

// function finds what c calls and checks its arguments.
func (c *compiler) function(call *Call) (name string, ok bool) {
	name = strings.ToLower(call.Name)
	f, ok := functions[name]
	if !ok || name == "timezone" {
		hint := diag.DidYouMean(call.Name, functionNames)
		if hint == "" {
			hint = "There are " + strings.Join(functionNames, ", ") + "; a field and its values are joined by an operator"
		}
		c.fault(call, "function", "there is no function "+call.Name, hint)
		return name, false
	}
	if n := len(call.Args); n > len(f.args) || n < len(f.args)-f.optional {
		c.fault(call, "function", "the number of arguments is wrong", "Write "+f.usage)
		return name, false
	}
	for i, a := range call.Args {
		if !f.arg(i).takes(a, len(call.Args)) {
			c.fault(call, "function", "argument "+strconv.Itoa(i+1)+" is of the wrong kind", "Write "+f.usage)
			return name, false
		}
	}
	return name, true
}

// takes reports whether a, one of n arguments, has the form.
func (form argForm) takes(a any, n int) bool {
	switch a := a.(type) {
	case *Text:
		return form == argText || form == argRegexp || form == argNumber || form == argQueries && n == 1
	case *Path:
		return form == argField || form == argQueries && n == 2
	case *Call:
		return form == argField || form == argOption && strings.ToLower(a.Name) == "timezone" && len(a.Args) == 1
	case Word:
		return form == argWord
	}
	return false
}

// predicate compiles a function that selects entries by itself.
func (c *compiler) predicate(call *Call) node {
	name, ok := c.function(call)
	if !ok {
		return everything{}
	}
	if functions[name].value {
		c.fault(call, "function", call.Name+" gives a value, which must be compared", `Write an operator and a value behind it`)
		return everything{}
	}
	switch name {
	case "log_id":
		return logIDNode{normalise(decodeLogID(textOf(call.Args[0])))}
	case "source":
		return sourceNode{normalise(strings.TrimSuffix(textOf(call.Args[0]), "/")) + "/logs/"}
	case "sample":
		return c.sample(call)
	case "ip_in_net":
		return c.inNet(call)
	}
	return c.search(call)
}

func textOf(a any) string {
	if t, ok := a.(*Text); ok {
		return t.Value
	}
	return ""
}

// logIDNode compares the log id.
type logIDNode struct{ want string }

func (n logIDNode) match(e *logentry.Entry) bool {
	_, id, _ := strings.Cut(e.LogName, "/logs/")
	i := 0 // in the log id that is wanted
	for ; id != ""; i++ {
		c, size := lower(id[0]), 1
		if strings.HasPrefix(id, "%2F") || strings.HasPrefix(id, "%2f") {
			c, size = '/', 3
		}
		if i == len(n.want) || c != n.want[i] {
			return false
		}
		id = id[size:]
	}
	return i == len(n.want) && i > 0
}

// decodeLogID undoes the escaping of a log id as it stands in a log name.
func decodeLogID(id string) string {
	return strings.ReplaceAll(strings.ReplaceAll(id, "%2F", "/"), "%2f", "/")
}

// sourceNode compares the resource that a log belongs to.
type sourceNode struct{ prefix string }

func (n sourceNode) match(e *logentry.Entry) bool {
	return len(e.LogName) >= len(n.prefix) && equalFold(e.LogName[:len(n.prefix)], n.prefix)
}

// sampleNode chooses a share of the entries by a hash of a field.
type sampleNode struct {
	of    operand
	share float64
}

func (n *sampleNode) match(e *logentry.Entry) bool {
	return n.of.texts(e, func(s string) bool { return float64(hash(s))/math.MaxUint64 <= n.share })
}

// hash is FNV-1a with a final mix, as the upper bits decide and short texts
// leave those of FNV alike.
func hash(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	h ^= h >> 33
	h *= 0xff51afd7ed558ccd
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func (c *compiler) sample(call *Call) node {
	of, ok := c.operand(call.Args[0])
	share, isNumber := parseNumber(textOf(call.Args[1]))
	if !isNumber || !(share > 0 && share <= 1) {
		c.fault(call.Args[1], "value", "the share is not more than 0 and at most 1", "Write "+functions["sample"].usage)
		ok = false
	}
	if !ok {
		return everything{}
	}
	return &sampleNode{of, share}
}

// netNode asks whether an address, or a range of them, lies in a subnet.
type netNode struct {
	of  operand
	net netip.Prefix
}

func (n *netNode) match(e *logentry.Entry) bool {
	return n.of.texts(e, func(s string) bool {
		p, ok := parseNet(s)
		return ok && p.Bits() >= n.net.Bits() && n.net.Contains(p.Addr())
	})
}

// parseNet reads an address or a range.
func parseNet(s string) (netip.Prefix, bool) {
	if strings.IndexByte(s, '/') >= 0 {
		p, err := netip.ParsePrefix(s)
		return p.Masked(), err == nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Prefix{}, false
	}
	a = a.WithZone("").Unmap()
	return netip.PrefixFrom(a, a.BitLen()), true
}

func (c *compiler) inNet(call *Call) node {
	of, ok := c.operand(call.Args[0])
	net, isNet := parseNet(textOf(call.Args[1]))
	if !isNet {
		c.fault(call.Args[1], "value", Quote(textOf(call.Args[1]))+" is no address and no range of addresses", "Write "+functions["ip_in_net"].usage)
		ok = false
	}
	if !ok {
		return everything{}
	}
	return &netNode{of, net}
}

// An operand gives the texts of a field or of a function that has a value.
type operand interface {
	// texts calls yield with each text until one is taken.
	texts(e *logentry.Entry, yield func(string) bool) bool
}

// operand compiles a field or a call that stands for a value.
func (c *compiler) operand(a any) (operand, bool) {
	switch a := a.(type) {
	case *Path:
		f, ok := c.resolve(a)
		return fieldOperand{f}, ok
	case *Call:
		return c.operandCall(a)
	}
	return nil, false
}

func (c *compiler) operandCall(call *Call) (operand, bool) {
	name, ok := c.function(call)
	if !ok {
		return nil, false
	}
	switch name {
	case "cast":
		return c.cast(call)
	case "regexp_extract":
		return c.extract(call)
	}
	c.fault(call, "function", call.Name+" selects entries and has no value to compare", "Write it alone: "+functions[name].usage)
	return nil, false
}

// fieldOperand gives the texts of a field.
type fieldOperand struct{ field }

func (f fieldOperand) texts(e *logentry.Entry, yield func(string) bool) bool {
	switch {
	case f.kind == kindLabels && !f.whole:
		s, ok := label(e, f.resource, f.key)
		return ok && yield(s)
	case f.kind == kindGroups:
		for _, id := range e.ErrorGroups {
			if yield(id) {
				return true
			}
		}
		return false
	case f.property.text != nil:
		return yield(f.property.text(e))
	case f.number != nil:
		n, ok := f.number(e)
		return ok && yield(f.kind.print(n, time.UTC))
	}
	return f.raw.any(e, eachText{yield})
}

// print writes a number as the text that cast makes of it.
func (k kind) print(n int64, zone *time.Location) string {
	switch k {
	case kindBool:
		return strconv.FormatBool(n != 0)
	case kindSeverity:
		return logentry.Severity(n).String()
	case kindTime:
		return time.Unix(0, n).In(zone).Format(time.RFC3339Nano)
	case kindDuration:
		return strconv.FormatFloat(time.Duration(n).Seconds(), 'f', -1, 64) + "s"
	}
	return strconv.FormatInt(n, 10)
}

// castOperand converts a value to a type.
type castOperand struct {
	of   operand
	to   kind
	real bool           // FLOAT64, which no kind is
	zone *time.Location // of times that become texts
}

func (o castOperand) texts(e *logentry.Entry, yield func(string) bool) bool {
	if f, ok := o.of.(fieldOperand); ok && o.to == kindText && f.kind == kindTime {
		n, ok := f.number(e)
		return ok && yield(f.kind.print(n, o.zone))
	}
	return o.of.texts(e, yield)
}

func (c *compiler) cast(call *Call) (operand, bool) {
	of, ok := c.operand(call.Args[0])
	o := castOperand{of: of, zone: time.UTC}
	word, _ := call.Args[1].(Word)
	switch strings.ToUpper(string(word)) {
	case "STRING":
	case "INT64":
		o.to = kindInt
	case "FLOAT64":
		o.to, o.real = kindInt, true
	case "BOOL":
		o.to = kindBool
	case "TIMESTAMP":
		o.to = kindTime
	case "DURATION":
		o.to = kindDuration
	default:
		types := []string{"STRING", "INT64", "FLOAT64", "BOOL", "TIMESTAMP", "DURATION"}
		hint := diag.DidYouMean(string(word), types)
		if hint == "" {
			hint = "There are " + strings.Join(types, ", ")
		}
		c.fault(call, "function", "there is no type "+string(word), hint)
		return nil, false
	}
	if len(call.Args) == 3 && ok {
		name := textOf(call.Args[2].(*Call).Args[0])
		zone, err := time.LoadLocation(name)
		if err != nil || name == "" || name == "Local" {
			c.fault(call, "function", "there is no time zone "+Quote(name), `Write one as TIMEZONE("America/New_York")`)
			return nil, false
		}
		o.zone = zone
	}
	return o, ok
}

// extractOperand gives what the group of a regular expression matches.
type extractOperand struct {
	of operand
	re *regexp.Regexp
}

func (o extractOperand) texts(e *logentry.Entry, yield func(string) bool) bool {
	return o.of.texts(e, func(s string) bool {
		m := o.re.FindStringSubmatch(s)
		return m != nil && yield(m[1])
	})
}

func (c *compiler) extract(call *Call) (operand, bool) {
	of, ok := c.operand(call.Args[0])
	re, err := regexp.Compile(textOf(call.Args[1]))
	switch {
	case err != nil:
		c.badRegexp(call.Args[1], err)
		return nil, false
	case re.NumSubexp() != 1:
		c.fault(call.Args[1], "regexp", "the regular expression must have one group", `Write (…) around what is extracted, and (?:…) for other groups`)
		return nil, false
	}
	return extractOperand{of, re}, ok
}

// operandNode compares the value of a function.
type operandNode struct {
	of   operand
	test func(string) bool
}

func (n operandNode) match(e *logentry.Entry) bool { return n.of.texts(e, n.test) }

// operandTest compiles the comparison of a function with a value.
func (c *compiler) operandTest(of operand, op Op, value *Text) node {
	o, _ := of.(castOperand)
	switch {
	case value.Any, value.Null:
		c.fault(value, "value", "the value of a function is compared with texts and numbers only", "")
	case o.real && !op.isRegexp():
		want, ok := parseNumber(value.Value)
		if ok {
			return operandNode{of, func(s string) bool {
				n, ok := parseNumber(s)
				return ok && op.holds(compareFloat(n, want))
			}}
		}
		c.fault(value, "value", Quote(value.Value)+" is no number", "")
	case o.to != kindText:
		n, ok, hint := o.to.number(value.Value)
		if ok && !op.isRegexp() {
			t := &kindTest{kind: o.to, number: numberTest{op, n}}
			return operandNode{of, t.test}
		}
		c.fault(value, "value", Quote(value.Value)+" is no "+o.to.name(), hint)
	default:
		if t, ok := c.textTest(op, value); ok {
			return operandNode{of, t.test}
		}
	}
	return everything{}
}

func compareFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
