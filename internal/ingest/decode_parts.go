package ingest

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"logwhy/internal/logentry"
)

func hasByte(b []byte, c byte) bool { return bytes.IndexByte(b, c) >= 0 }

// members calls read for each member of the object at the cursor, which must
// read or skip the value. It is false, and the value is skipped, when there is
// no object.
func (d *decoder) members(c *logentry.Cursor, read func(c *logentry.Cursor, key []byte)) bool {
	if !c.EnterObject() {
		c.Skip()
		return false
	}
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			return true
		}
		if escaped {
			key = []byte(d.string(key, true))
		}
		read(c, key)
	}
}

// labelList reads an object of strings into list, which is used again.
func (d *decoder) labelList(c *logentry.Cursor, list logentry.Labels) (labels, memory logentry.Labels) {
	list = list[:0]
	if !c.EnterObject() {
		c.Skip()
		return nil, list
	}
	for {
		key, escaped, ok := c.NextKey()
		if !ok {
			break
		}
		list = append(list, logentry.KV{Key: d.string(key, escaped), Value: d.textOf(c)})
	}
	if len(list) == 0 {
		return nil, list
	}
	return list, list
}

// resource reads {"type": …, "labels": {…}}; scripts write the type alone, or
// the repr of a Python Resource.
func (d *decoder) resource(c *logentry.Cursor, e *logentry.Entry) {
	e.ResourceType, e.ResourceLabels = "", nil
	if c.Peek() == '"' {
		e.ResourceType = d.textOf(c)
		d.resourceRepr(e)
		return
	}
	if !c.EnterObject() {
		c.Skip()
		return
	}
	for {
		key, _, ok := c.NextKey()
		if !ok {
			return
		}
		switch string(key) {
		case "type":
			e.ResourceType = d.textOf(c)
		case "labels":
			e.ResourceLabels, d.resourceLabels = d.labelList(c, d.resourceLabels)
		default:
			c.Skip()
		}
	}
}

// resourceRepr reads "Resource(type='…', labels={…})".
func (d *decoder) resourceRepr(e *logentry.Entry) {
	fields, ok := strings.CutPrefix(e.ResourceType, "Resource(")
	if !ok {
		return
	}
	object, ok := jsonOfRepr("dict(" + fields)
	if !ok {
		return
	}
	c := &d.inner
	*c = logentry.NewCursor(object)
	d.resource(c, e)
}

func (d *decoder) httpRequest(c *logentry.Cursor) *logentry.HTTPRequest {
	if !c.EnterObject() {
		c.Skip()
		return nil
	}
	h := &d.http
	*h = logentry.HTTPRequest{}
	for {
		key, _, ok := c.NextKey()
		if !ok {
			return h
		}
		switch string(key) {
		case "requestMethod", "request_method":
			h.Method = d.textOf(c)
		case "requestUrl", "request_url":
			h.URL = d.textOf(c)
		case "status":
			h.Status = smallInt(d.textOf(c))
		case "latency":
			h.LatencyS, h.Latency = d.latency(c)
		case "userAgent", "user_agent":
			h.UserAgent = d.textOf(c)
		case "remoteIp", "remote_ip":
			h.RemoteIP = d.textOf(c)
		default:
			c.Skip()
		}
	}
}

// latency reads "0.123456789s", a number of seconds, or the form of Log
// Analytics, {"seconds": …, "nanos": …}.
func (d *decoder) latency(c *logentry.Cursor) (string, time.Duration) {
	if c.Peek() != '{' {
		s := d.textOf(c)
		return s, parseSeconds(s)
	}
	v := c.Value()
	lat := time.Duration(wholeNumber(d.valueText(v.Get("seconds"))))*time.Second +
		time.Duration(wholeNumber(d.valueText(v.Get("nanos"))))
	if lat < 0 {
		return "", 0
	}
	return strconv.FormatFloat(lat.Seconds(), 'f', -1, 64) + "s", lat
}

func (d *decoder) sourceLocation(c *logentry.Cursor) *logentry.SourceLocation {
	s := &d.source
	*s = logentry.SourceLocation{}
	ok := d.members(c, func(c *logentry.Cursor, key []byte) {
		switch string(key) {
		case "file":
			s.File = d.textOf(c)
		case "line":
			s.Line = smallInt(d.textOf(c))
		case "function":
			s.Function = d.textOf(c)
		default:
			c.Skip()
		}
	})
	if !ok {
		return nil
	}
	return s
}

func (d *decoder) operationOf(c *logentry.Cursor) *logentry.Operation {
	o := &d.operation
	*o = logentry.Operation{}
	ok := d.members(c, func(c *logentry.Cursor, key []byte) {
		switch string(key) {
		case "id":
			o.ID = d.textOf(c)
		case "producer":
			o.Producer = d.textOf(c)
		case "first":
			o.First = d.textOf(c) == "true"
		case "last":
			o.Last = d.textOf(c) == "true"
		default:
			c.Skip()
		}
	})
	if !ok {
		return nil
	}
	return o
}

func (d *decoder) splitOf(c *logentry.Cursor) *logentry.Split {
	s := &d.split
	*s = logentry.Split{}
	ok := d.members(c, func(c *logentry.Cursor, key []byte) {
		switch string(key) {
		case "uid":
			s.UID = d.textOf(c)
		case "index":
			s.Index = smallInt(d.textOf(c))
		case "totalSplits", "total_splits":
			s.Total = smallInt(d.textOf(c))
		default:
			c.Skip()
		}
	})
	if !ok {
		return nil
	}
	return s
}

func (d *decoder) errorGroups(c *logentry.Cursor) []string {
	d.groups = d.groups[:0]
	for group := range c.Value().Elements {
		if id := d.valueText(group.Get("id")); id != "" {
			d.groups = append(d.groups, id)
		}
	}
	if len(d.groups) == 0 {
		return nil
	}
	return d.groups
}

// smallInt reads a number of at most nine digits, 0 for anything else.
func smallInt(s string) int {
	n := wholeNumber(s)
	if n < 0 || n > 999_999_999 {
		return 0
	}
	return int(n)
}

// wholeNumber reads a decimal number and cuts off a fraction, as in 200.0,
// which scripts make of 200; 0 for anything else.
func wholeNumber(s string) int64 {
	s, _, _ = strings.Cut(strings.TrimSpace(s), ".")
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return 0
	}
	return n
}

// parseSeconds reads a duration as protobuf prints it, "0.123456789s"; the
// unit may be missing. Negative and malformed ones are 0.
func parseSeconds(s string) time.Duration {
	s = strings.TrimSuffix(s, "s")
	whole, frac, _ := strings.Cut(s, ".")
	if len(whole) == 0 || len(whole) > 9 {
		return 0
	}
	var d time.Duration
	for i := range len(whole) {
		if whole[i] < '0' || whole[i] > '9' {
			return 0
		}
		d = d*10 + time.Duration(whole[i]-'0')
	}
	d *= time.Second
	unit := 100 * time.Millisecond
	for i := range len(frac) {
		if frac[i] < '0' || frac[i] > '9' {
			return 0
		}
		d += time.Duration(frac[i]-'0') * unit
		unit /= 10
	}
	return d
}
