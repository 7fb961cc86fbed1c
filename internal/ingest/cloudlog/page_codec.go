package cloudlog

import (
	"errors"
	"fmt"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc/encoding"
	pcodec "google.golang.org/grpc/encoding/proto"
	"google.golang.org/grpc/mem"
	"google.golang.org/protobuf/encoding/protowire"
)

// pageCodec takes the answer of one request apart into entries, and leaves
// those as they are: nothing of an entry is needed but its line. To decode
// them, with a Go value for each label and each member of a payload, is most of
// what reading costs.
type pageCodec struct{ page page }

// Name is empty, so that requests have the content type that they have without
// this codec.
func (c *pageCodec) Name() string { return "" }

// Marshal encodes the request as ever.
func (c *pageCodec) Marshal(v any) (mem.BufferSlice, error) {
	return encoding.GetCodecV2(pcodec.Name).Marshal(v)
}

// Unmarshal keeps the entries, and gives v no more than the token.
func (c *pageCodec) Unmarshal(data mem.BufferSlice, v any) error {
	answer, ok := v.(*loggingpb.ListLogEntriesResponse)
	if !ok {
		return fmt.Errorf("an answer of type %T was not asked for", v)
	}
	c.page = page{wire: true}
	if err := c.page.decode(data.Materialize()); err != nil {
		return err
	}
	answer.NextPageToken = c.page.next
	return nil
}

var errWire = errors.New("the answer is no list of entries")

// The fields of ListLogEntriesResponse.
const (
	entriesField = 1
	tokenField   = 2
)

// decode reads a ListLogEntriesResponse.
func (p *page) decode(raw []byte) error {
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			return errWire
		}
		switch {
		case v.kind != protowire.BytesType:
		case v.number == entriesField:
			e, err := newWireEntry(v.bytes)
			if err != nil {
				return err
			}
			p.entries = append(p.entries, e)
		case v.number == tokenField:
			p.next = string(v.bytes)
		}
		raw = rest
	}
	return nil
}

// The fields of LogEntry that a reader needs itself.
const (
	insertIDField  = 4
	timestampField = 9
	logNameField   = 12
)

func newWireEntry(raw []byte) (rawEntry, error) {
	e := rawEntry{raw: raw}
	for len(raw) > 0 {
		v, rest, ok := next(raw)
		if !ok {
			return e, errWire
		}
		switch {
		case v.kind != protowire.BytesType:
		case v.number == insertIDField:
			e.id = v.bytes
		case v.number == logNameField:
			e.log = v.bytes
		case v.number == timestampField:
			sec, nano, ok := whole(v.bytes)
			if !ok {
				return e, errWire
			}
			e.time = time.Unix(sec, int64(nano)).UTC()
		}
		raw = rest
	}
	return e, nil
}
