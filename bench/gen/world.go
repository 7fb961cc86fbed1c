package main

import (
	"container/heap"
	"math/rand/v2"
	"strconv"
)

// world is a small company's services on Cloud Run, and what they log.
type world struct {
	rng         *rand.Rand
	now         int64 // nanoseconds since the epoch
	services    []*service
	due         schedule // what follows from earlier entries: errors, ends of instances
	buf         []byte
	serial      int
	textPayload string // of the entry that is being written
}

// service is one Cloud Run service with the revision that serves, and the one
// that crashes in a loop now and then.
type service struct {
	name, host string
	language   string
	paths      []string
	revisions  []revision
}

type revision struct {
	name, commit, build, trigger string
	instances                    []string
}

// start is the time of the first entry, 2026-01-15T08:00:00Z.
const start = 1768464000 * int64(1e9)

// meanGap is the mean time between entries.
const meanGap = int64(4e6)

func newWorld(seed uint64) *world {
	x := &world{rng: rand.New(rand.NewPCG(seed, 0x5eed)), now: start, buf: make([]byte, 0, 8<<10)}
	for i, s := range catalogue {
		v := &service{name: s.name, language: s.language, paths: s.paths, host: s.name + "-" + x.hex(10) + "-ew.a.run.app"}
		for r := range 3 {
			rev := revision{
				name:   s.name + "-" + pad(i*7+r+12, 5) + "-" + x.letters(3),
				commit: x.hex(40), build: x.uuid(), trigger: x.uuid(),
			}
			for range 2 + x.rng.IntN(5) {
				rev.instances = append(rev.instances, x.hex(126))
			}
			v.revisions = append(v.revisions, rev)
		}
		x.services = append(x.services, v)
	}
	return x
}

// next returns the next entry as JSON on one line. It is valid until the next call.
func (x *world) next() []byte {
	x.buf = x.buf[:0]
	x.serial++
	if len(x.due) > 0 && x.due[0].at <= x.now {
		d := heap.Pop(&x.due).(due)
		x.scheduled(d)
		return x.buf
	}
	x.now += x.rng.Int64N(2 * meanGap)
	svc := x.services[x.rng.IntN(len(x.services))]
	rev := &svc.revisions[0]
	if x.rng.IntN(10) == 0 {
		rev = &svc.revisions[1]
	}
	at := origin{svc: svc, rev: rev, instance: rev.instances[x.rng.IntN(len(rev.instances))]}
	switch n := x.rng.IntN(12_000); {
	case n < 2:
		x.crashLoop(svc)
		x.text(at, x.pick(calmTexts), "")
	case n < 50:
		x.failedRequest(at)
	case n < 3700:
		status := 200
		if x.rng.IntN(20) == 0 {
			status = 404
		}
		x.request(at, status, x.trace())
	case n < 7800:
		x.text(at, x.pick(calmTexts), "")
	default:
		x.structured(at, x.pick(calmEvents), "info")
	}
	return x.buf
}

// origin is where an entry comes from.
type origin struct {
	svc      *service
	rev      *revision
	instance string
}

// due is an entry that is still to come. Entries of one time keep the order
// in which they were planned.
type due struct {
	at     int64
	serial int
	kind   dueKind
	origin origin
	text   string
	trace  string
}

type dueKind uint8

const (
	dueStderr  dueKind = iota // a line or a stack trace on standard error, without a level
	dueError                  // a stack trace that the platform recognised, severity ERROR
	dueEvent                  // a JSON payload of level error, without a severity
	dueSystem                 // the platform's own word, WARNING or ERROR
	dueStarted                // "Starting new instance"
)

func (x *world) plan(d due) {
	x.serial++
	d.serial = x.serial
	heap.Push(&x.due, d)
}

// schedule is a heap by time.
type schedule []due

func (s schedule) Len() int { return len(s) }
func (s schedule) Less(i, j int) bool {
	return s[i].at < s[j].at || s[i].at == s[j].at && s[i].serial < s[j].serial
}
func (s schedule) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

// Push implements heap.Interface.
func (s *schedule) Push(v any) { *s = append(*s, v.(due)) }

// Pop implements heap.Interface.
func (s *schedule) Pop() any {
	old := *s
	last := old[len(old)-1]
	old[len(old)-1] = due{}
	*s = old[:len(old)-1]
	return last
}

func (x *world) pick(s []string) string { return s[x.rng.IntN(len(s))] }

const hexDigits = "0123456789abcdef"

func (x *world) hex(n int) string {
	return string(x.appendHex(make([]byte, 0, n), n))
}

func (x *world) appendHex(b []byte, n int) []byte {
	for n > 0 {
		v := x.rng.Uint64()
		for range min(n, 16) {
			b = append(b, hexDigits[v&15])
			v >>= 4
			n--
		}
	}
	return b
}

func (x *world) letters(n int) string {
	b := make([]byte, n)
	for i := range b {
		b[i] = "bcdfghjklmnpqrstvwxz"[x.rng.IntN(20)]
	}
	return string(b)
}

func (x *world) uuid() string {
	return x.hex(8) + "-" + x.hex(4) + "-4" + x.hex(3) + "-a" + x.hex(3) + "-" + x.hex(12)
}

func (x *world) trace() string { return x.hex(32) }

func pad(n, width int) string {
	s := strconv.Itoa(n)
	for len(s) < width {
		s = "0" + s
	}
	return s
}
