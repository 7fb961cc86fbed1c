package lql

import "logwhy/internal/logentry"

// A leafTest is asked about values of a record.
type leafTest interface {
	// leaf reports whether v, which is no list, passes.
	leaf(v logentry.Value) bool
}

// A rawPath finds values in the Raw of an entry.
type rawPath struct {
	top  string   // folded name of the field of LogEntry
	rest []string // names below it
	// folded says how many names of rest are compared folded; the others are
	// compared as they are.
	folded int
	// payload marks jsonPayload: a record that has no log name and no
	// jsonPayload is one itself, as the agents of the platform would have put it.
	payload bool
}

// any reports whether one of the values at the path passes.
func (p *rawPath) any(e *logentry.Entry, t leafTest) bool {
	c := logentry.NewCursor(e.Raw)
	if !c.EnterObject() {
		return false
	}
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			break
		}
		if escaped || !isFolded(key, p.top) {
			c.Skip()
			continue
		}
		return p.below(c.Value(), t)
	}
	if p.payload && e.LogName == "" && e.Payload == logentry.PayloadJSON {
		return p.below(e.Raw, t)
	}
	return false
}

// below searches a field of LogEntry. Table exports write objects as a text.
func (p *rawPath) below(v logentry.Value, t leafTest) bool {
	if v.Kind() == logentry.ValueString && len(v) > 2 && v[1] == '{' {
		v = logentry.Value(v.Text())
	}
	return anyAt(v, p.rest, p.folded, t, maxDepth)
}

// anyAt reports whether a value at the path below v passes. Lists on the way
// and at the end stand for their elements.
func anyAt(v logentry.Value, path []string, folded int, t leafTest, depth int) bool {
	if depth == 0 {
		return false
	}
	switch v.Kind() {
	case logentry.ValueArray:
		c := logentry.NewCursor(v)
		for c.EnterArray(); c.NextElement(); {
			if anyAt(c.Value(), path, folded, t, depth-1) {
				return true
			}
		}
		return false
	case logentry.ValueObject:
		if len(path) > 0 {
			return anyMember(v, path, folded, t, depth)
		}
	}
	return len(path) == 0 && t.leaf(v)
}

func anyMember(v logentry.Value, path []string, folded int, t leafTest, depth int) bool {
	c := logentry.NewCursor(v)
	c.EnterObject()
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			return false
		}
		if escaped {
			key, _ = logentry.AppendUnescaped(nil, key)
		}
		if string(key) != path[0] && (folded == 0 || !isFolded(key, path[0])) {
			c.Skip()
			continue
		}
		if anyAt(c.Value(), path[1:], max(0, folded-1), t, depth-1) {
			return true
		}
	}
}

// anyLeaf reports whether a value anywhere in v passes.
func anyLeaf(v logentry.Value, t leafTest, depth int) bool {
	if depth == 0 {
		return false
	}
	c := logentry.NewCursor(v)
	switch v.Kind() {
	case logentry.ValueObject:
		c.EnterObject()
		for {
			if _, _, ok := c.NextKey(); !ok {
				return false
			}
			if anyLeaf(c.Value(), t, depth-1) {
				return true
			}
		}
	case logentry.ValueArray:
		for c.EnterArray(); c.NextElement(); {
			if anyLeaf(c.Value(), t, depth-1) {
				return true
			}
		}
		return false
	}
	return t.leaf(v)
}

// isPresent passes every value.
type isPresent struct{}

func (isPresent) leaf(logentry.Value) bool { return true }

// eachText calls yield with the texts it is asked about until one is taken.
type eachText struct{ yield func(string) bool }

func (t eachText) leaf(v logentry.Value) bool {
	switch v.Kind() {
	case logentry.ValueString, logentry.ValueNumber, logentry.ValueBool:
		return t.yield(v.Text())
	case logentry.ValueObject:
		return anyLeaf(v, t, maxDepth)
	}
	return false
}
