package lql

import "logwhy/internal/logentry"

// A node is a compiled part of a filter. Nodes are immutable.
type node interface {
	match(e *logentry.Entry) bool
}

type everything struct{}

func (everything) match(*logentry.Entry) bool { return true }

type allOf []node

func (list allOf) match(e *logentry.Entry) bool {
	for _, n := range list {
		if !n.match(e) {
			return false
		}
	}
	return true
}

type anyOf []node

func (list anyOf) match(e *logentry.Entry) bool {
	for _, n := range list {
		if n.match(e) {
			return true
		}
	}
	return false
}

type not struct{ of node }

func (n not) match(e *logentry.Entry) bool { return !n.of.match(e) }

// textNode compares a text that the Entry holds.
type textNode struct {
	get func(*logentry.Entry) string
	textTest
	missing bool // an empty text is an absent one, with which nothing compares
}

func (n *textNode) match(e *logentry.Entry) bool {
	s := n.get(e)
	if s == "" && n.missing {
		return false
	}
	return n.test(s)
}

// numberNode compares a number that the Entry holds.
type numberNode struct {
	get func(*logentry.Entry) (int64, bool)
	numberTest
}

func (n *numberNode) match(e *logentry.Entry) bool {
	v, ok := n.get(e)
	return ok && n.test(v)
}

// labelNode compares a label.
type labelNode struct {
	resource bool
	key      string
	textTest
}

func (n *labelNode) match(e *logentry.Entry) bool {
	s, ok := label(e, n.resource, n.key)
	return ok && n.test(s)
}

func label(e *logentry.Entry, resource bool, key string) (string, bool) {
	list := e.Labels
	if resource {
		list = e.ResourceLabels
	}
	for i := range list {
		if list[i].Key == key {
			return list[i].Value, true
		}
	}
	return "", false
}

// anyLabelNode compares all labels.
type anyLabelNode struct {
	resource bool
	textTest
}

func (n *anyLabelNode) match(e *logentry.Entry) bool {
	list := e.Labels
	if n.resource {
		list = e.ResourceLabels
	}
	for i := range list {
		if n.test(list[i].Value) {
			return true
		}
	}
	return false
}

// groupNode compares the ids of error groups.
type groupNode struct{ textTest }

func (n *groupNode) match(e *logentry.Entry) bool {
	for _, id := range e.ErrorGroups {
		if n.test(id) {
			return true
		}
	}
	return false
}

// rawNode compares what is searched in Raw.
type rawNode struct {
	rawPath
	leafTest
	initial bool // the result where the field is absent
}

func (n *rawNode) match(e *logentry.Entry) bool {
	return n.any(e, n.leafTest) || n.initial && !n.any(e, isPresent{})
}

// presentNode asks whether there is a field.
type presentNode struct{ has func(*logentry.Entry) bool }

func (n presentNode) match(e *logentry.Entry) bool { return n.has(e) }

// phraseNode searches all fields for a text.
type phraseNode struct {
	jsonTest
	severity int64
	named    bool // the text is the name of a severity
}

func (n *phraseNode) match(e *logentry.Entry) bool {
	if s, _ := severity(e); n.named && s == n.severity {
		return true
	}
	if !n.isNumber && len(e.Raw) > 0 && lacks(e.Raw, n.want) {
		return false
	}
	return anyField(e, &n.jsonTest)
}

// anyField asks t about every value of e but its times and its severity, which
// are no texts.
func anyField(e *logentry.Entry, t leafTest) bool {
	if len(e.Raw) == 0 {
		return anyHeld(e, t)
	}
	c := logentry.NewCursor(e.Raw)
	c.EnterObject()
	for {
		key, _, ok := c.NextKey()
		if !ok {
			return false
		}
		v := c.Value()
		switch string(key) {
		case "timestamp", "receiveTimestamp", "receive_timestamp", "severity":
			continue
		}
		if anyLeaf(v, t, maxDepth) {
			return true
		}
	}
}

// anyHeld is anyField for an entry without a record.
func anyHeld(e *logentry.Entry, t leafTest) bool {
	for _, s := range [...]string{
		e.Message, e.Detail, e.LogName, e.InsertID, e.Trace, e.SpanID, e.ResourceType,
		request(e).Method, request(e).URL, request(e).UserAgent, request(e).RemoteIP,
		source(e).File, source(e).Function, operation(e).ID, operation(e).Producer,
	} {
		if s != "" && t.leaf(logentry.Value(appendJSON(nil, s))) {
			return true
		}
	}
	for _, list := range [...]logentry.Labels{e.ResourceLabels, e.Labels} {
		for i := range list {
			if t.leaf(logentry.Value(appendJSON(nil, list[i].Value))) {
				return true
			}
		}
	}
	return false
}

// appendJSON writes s as a JSON string.
func appendJSON(dst []byte, s string) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c < ' ':
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
