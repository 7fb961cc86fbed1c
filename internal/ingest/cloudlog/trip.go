package cloudlog

import (
	"context"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

// trip notes what one call of a lister took, apart from waiting for the
// bucket: that is our own pace and says nothing of the server.
type trip struct {
	now   func() time.Time
	calls int
	spent time.Duration
	date  string // the server's clock, as it sent it
}

type tripKey struct{}

func withTrip(ctx context.Context, t *trip) context.Context {
	return context.WithValue(ctx, tripKey{}, t)
}

// roundTrip counts a request that is about to be sent; what it returns is
// called when the answer is there.
func roundTrip(ctx context.Context) func() {
	t, ok := ctx.Value(tripKey{}).(*trip)
	if !ok {
		return func() {}
	}
	t.calls++
	sent := t.now()
	return func() { t.spent += t.now().Sub(sent) }
}

// noteDate keeps the Date header of an answer.
func noteDate(ctx context.Context, date string) {
	if t, ok := ctx.Value(tripKey{}).(*trip); ok && date != "" {
		t.date = date
	}
}

// dated makes a request of which the Date header is noted, where it is asked for.
func dated(ctx context.Context, invoke func(...grpc.CallOption) error) error {
	if _, ok := ctx.Value(tripKey{}).(*trip); !ok {
		return invoke()
	}
	var head metadata.MD
	err := invoke(grpc.Header(&head))
	if d := head.Get("date"); len(d) > 0 {
		noteDate(ctx, d[0])
	}
	return err
}
