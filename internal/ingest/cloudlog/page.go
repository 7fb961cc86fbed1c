package cloudlog

import (
	"bytes"
	"context"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
	"github.com/googleapis/gax-go/v2"
	"google.golang.org/grpc"
)

// page is one answer: entries in the order of the request, and the token that
// continues it, "" at the end.
type page struct {
	entries []rawEntry
	wire    bool // entries are in the binary form of gRPC, otherwise they are JSON
	next    string
}

// rawEntry is an entry as it was sent, with what is needed to resume.
type rawEntry struct {
	raw     []byte
	time    time.Time // the zero Time when it does not say
	id, log []byte
}

// identity tells an entry from others of the same time.
type identity struct{ log, id string }

func (e *rawEntry) identity() identity { return identity{string(e.log), string(e.id)} }

// line appends entry i as JSON.
func (p *page) line(pr *printer, b []byte, i int) []byte {
	if p.wire {
		return pr.entry(b, p.entries[i].raw)
	}
	return append(b, bytes.ToValidUTF8(p.entries[i].raw, []byte("\ufffd"))...)
}

// grpcLister asks through the client of the API.
type grpcLister struct{ api *logging.Client }

// entries uses the fetch function of the client's iterator: one request, and
// no iterator that is dead after an error or asks on behind empty pages.
func (l grpcLister) entries(ctx context.Context, r pageRequest) (page, error) {
	var answer pageCodec
	it := l.api.ListLogEntries(ctx, &loggingpb.ListLogEntriesRequest{
		ResourceNames: r.resources, Filter: r.filter, OrderBy: r.order,
	}, gax.WithGRPCOptions(grpc.ForceCodecV2(&answer)))
	if _, _, err := it.InternalFetch(r.size, r.token); err != nil {
		return page{}, err
	}
	return answer.page, nil
}

func (l grpcLister) logs(ctx context.Context, resource, token string) ([]string, string, error) {
	it := l.api.ListLogs(ctx, &loggingpb.ListLogsRequest{Parent: parentOf(resource)})
	return it.InternalFetch(pageSize, token)
}
