package cloudlog

import (
	"bytes"
	"context"
	"time"

	logging "cloud.google.com/go/logging/apiv2"
	"cloud.google.com/go/logging/apiv2/loggingpb"
)

// page is one answer: entries in the order of the request, and the token that
// continues it, "" at the end. Only one of protos and raws is used.
type page struct {
	protos []*loggingpb.LogEntry
	raws   []rawEntry
	next   string
}

// rawEntry is an entry as REST sent it, with what is needed to resume.
type rawEntry struct {
	line    []byte
	time    time.Time
	id, log string
}

func (p *page) len() int { return len(p.protos) + len(p.raws) }

// time returns when entry i happened; the zero Time when it does not say.
func (p *page) time(i int) time.Time {
	if p.raws != nil {
		return p.raws[i].time
	}
	if t := p.protos[i].GetTimestamp(); t != nil {
		return t.AsTime()
	}
	return time.Time{}
}

// identity tells entry i from others of the same time.
func (p *page) identity(i int) identity {
	if p.raws != nil {
		return identity{p.raws[i].log, p.raws[i].id}
	}
	return identity{p.protos[i].GetLogName(), p.protos[i].GetInsertId()}
}

type identity struct{ log, id string }

// line appends entry i as JSON.
func (p *page) line(pr *printer, b []byte, i int) []byte {
	if p.raws != nil {
		return append(b, bytes.ToValidUTF8(p.raws[i].line, []byte("\ufffd"))...)
	}
	return pr.entry(b, p.protos[i])
}

// keep leaves only the entries from..to.
func (p *page) keep(from, to int) {
	if p.raws != nil {
		p.raws = p.raws[from:to]
		return
	}
	p.protos = p.protos[from:to]
}

// without leaves out the entries for which drop holds.
func (p *page) without(drop func(i int) bool) {
	kept := 0
	for i, n := 0, p.len(); i < n; i++ {
		if drop(i) {
			continue
		}
		if p.raws != nil {
			p.raws[kept] = p.raws[i]
		} else {
			p.protos[kept] = p.protos[i]
		}
		kept++
	}
	p.keep(0, kept)
}

// grpcLister asks through the client of the API.
type grpcLister struct{ api *logging.Client }

// entries uses the fetch function of the client's iterator: one request, and
// no iterator that is dead after an error or asks on behind empty pages.
func (l grpcLister) entries(ctx context.Context, r pageRequest) (page, error) {
	it := l.api.ListLogEntries(ctx, &loggingpb.ListLogEntriesRequest{
		ResourceNames: r.resources, Filter: r.filter, OrderBy: r.order,
	})
	protos, next, err := it.InternalFetch(r.size, r.token)
	return page{protos: protos, next: next}, err
}

func (l grpcLister) logs(ctx context.Context, resource, token string) ([]string, string, error) {
	it := l.api.ListLogs(ctx, &loggingpb.ListLogsRequest{Parent: parentOf(resource)})
	return it.InternalFetch(pageSize, token)
}
