package cloudlogtest

import (
	"math/rand/v2"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// Fault is what goes wrong with one call. The zero value is nothing.
type Fault struct {
	// Delay is waited before anything else.
	Delay time.Duration
	// Err is answered instead of entries. A tail session ends with it at once.
	Err error
	// Empty answers a page without entries, with a token that goes on where the
	// call began: the service found nothing in the time that it had.
	Empty bool
	// Short answers at most so many entries; the token goes on behind them.
	Short int
	// Cut breaks the connection instead of answering. With After it breaks when
	// the answer is made but not yet sent: the client cannot tell the two apart.
	Cut, After bool
	// Stop stops the server for good; see Server.Restart.
	Stop bool
}

// Script gives the first calls the faults of a list, in turn, and nothing after.
func Script(faults ...Fault) func(int, Call) Fault {
	return func(n int, _ Call) Fault {
		if n < len(faults) {
			return faults[n]
		}
		return Fault{}
	}
}

// Only restricts faults to calls of one method, and counts only these.
func Only(method string, faults func(int, Call) Fault) func(int, Call) Fault {
	seen := 0
	return func(_ int, c Call) Fault {
		if c.Method != method {
			return Fault{}
		}
		seen++
		return faults(seen-1, c)
	}
}

// Every gives each k-th call a fault, the first at call k-1.
func Every(k int, f Fault) func(int, Call) Fault {
	return func(n int, _ Call) Fault {
		if n%k == k-1 {
			return f
		}
		return Fault{}
	}
}

// Seeded gives about the share rate of calls some fault that a patient client
// survives: transient errors, quota errors, empty and short pages, delays of a
// few milliseconds, cut connections. Equal seeds give equal schedules. One call
// in four is never failed, so that nobody waits for ever.
func Seeded(seed uint64, rate float64) func(int, Call) Fault {
	return func(n int, _ Call) Fault {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		if r.Float64() >= rate {
			return Fault{}
		}
		f := someFault(r)
		if n%4 == 3 && (f.Err != nil || f.Cut) {
			return Fault{}
		}
		return f
	}
}

func someFault(r *rand.Rand) Fault {
	switch r.IntN(9) {
	case 0:
		return Fault{Err: status.Error(codes.Unavailable, "The service is currently unavailable.")}
	case 1:
		return Fault{Err: status.Error(codes.Internal, "Internal error encountered.")}
	case 2:
		return Fault{Err: status.Error(codes.DeadlineExceeded, "Deadline expired before operation could complete.")}
	case 3:
		return Fault{Err: QuotaError("000000000000", Quota{PerMinute: 60, RetryAfter: time.Millisecond})}
	case 4:
		return Fault{Empty: true}
	case 5:
		return Fault{Short: 1 + r.IntN(5)}
	case 6:
		return Fault{Delay: time.Duration(1+r.IntN(3)) * time.Millisecond}
	case 7:
		return Fault{Cut: true}
	}
	return Fault{Cut: true, After: true}
}
