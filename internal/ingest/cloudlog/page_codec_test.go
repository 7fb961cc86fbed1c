package cloudlog

import (
	"net"
	"testing"
	"time"

	"cloud.google.com/go/logging/apiv2/loggingpb"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/mem"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func TestPageOfAnAnswer(t *testing.T) {
	at := time.Date(2026, 1, 25, 9, 54, 0, 7, time.UTC)
	raw, err := proto.Marshal(&loggingpb.ListLogEntriesResponse{NextPageToken: "t", Entries: []*loggingpb.LogEntry{
		{InsertId: "a", LogName: "projects/acme-staging/logs/x", Timestamp: timestamppb.New(at)}, {}, {InsertId: "c"},
	}})
	if err != nil {
		t.Fatal(err)
	}
	var c pageCodec
	var answer loggingpb.ListLogEntriesResponse
	half := len(raw) / 2
	if err := c.Unmarshal(mem.BufferSlice{mem.SliceBuffer(raw[:half]), mem.SliceBuffer(raw[half:])}, &answer); err != nil {
		t.Fatal(err)
	}
	p := c.page
	if answer.NextPageToken != "t" || p.next != "t" || len(p.entries) != 3 || len(answer.Entries) != 0 {
		t.Fatalf("%+v, %v", p, &answer)
	}
	if e := p.entries[0]; !e.time.Equal(at) || e.identity() != (identity{"projects/acme-staging/logs/x", "a"}) {
		t.Errorf("%v %v", e.time, e.identity())
	}
	if !p.entries[1].time.IsZero() || !p.entries[2].time.IsZero() {
		t.Error("entries without a time have one")
	}
	if got := string(p.line(&printer{}, nil, 2)); got != `{"insertId":"c"}` {
		t.Error(got)
	}
}

func TestAnswersThatAreNone(t *testing.T) {
	for name, raw := range map[string]string{
		"cut":            "\x0a\x05\x22\x01",
		"a cut entry":    "\x0a\x02\x22\x05",
		"a cut time":     "\x0a\x03\x4a\x01\x08",
		"no message":     "\xff",
		"an open group":  "\x0a\x01\x2b",
		"a number of 11": "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",
	} {
		if err := new(pageCodec).Unmarshal(mem.BufferSlice{mem.SliceBuffer(raw)}, &loggingpb.ListLogEntriesResponse{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if err := new(pageCodec).Unmarshal(nil, &loggingpb.LogEntry{}); err == nil {
		t.Error("an answer of another type: no error")
	}
}

// The codec is ours alone: nothing of it is to be seen on the wire.
func TestRequestsLookAsEver(t *testing.T) {
	seen := make(chan []string, 1)
	srv := grpc.NewServer(grpc.UnknownServiceHandler(func(_ any, s grpc.ServerStream) error {
		md, _ := metadata.FromIncomingContext(s.Context())
		seen <- md.Get("content-type")
		return status.Error(codes.PermissionDenied, "no")
	}))
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go srv.Serve(l)
	t.Cleanup(srv.Stop)
	c, err := Dial(t.Context(), Options{Endpoint: l.Addr().String(), Insecure: true, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := c.list.entries(t.Context(), pageRequest{resources: []string{"projects/acme-staging"}}); status.Code(err) != codes.PermissionDenied {
		t.Error(err)
	}
	if got := <-seen; len(got) != 1 || got[0] != "application/grpc" {
		t.Errorf("content type %q", got)
	}
}
