package ingest

import "logwhy/internal/logentry"

// A note remembers a chunk: where it is and which times it covers.
type note struct {
	off    int64
	size   int
	line   int
	record int
	state  int

	first, last logentry.Time // earliest and latest, filtered entries included
	// To tell the order of the input: the times at both ends, and how many
	// steps in between went up and down.
	head, tail logentry.Time
	up, down   int

	// dropped marks the entries of the chunk, in order, that were duplicates.
	dropped []uint64
	// spans are kept where cutting the chunk again might find others.
	spans []span
}

func (n *note) drop(i int) {
	for len(n.dropped) <= i/64 {
		n.dropped = append(n.dropped, 0)
	}
	n.dropped[i/64] |= 1 << (i % 64)
}

func (n *note) wasDropped(i int) bool {
	return i/64 < len(n.dropped) && n.dropped[i/64]&(1<<(i%64)) != 0
}

// see takes the time of the next entry.
func (n *note) see(t logentry.Time) {
	if !t.Known() {
		return
	}
	if !n.first.Known() {
		n.head = t
	} else if t > n.tail {
		n.up++
	} else if t < n.tail {
		n.down++
	}
	n.tail = t
	n.first, n.last = earlier(n.first, t), later(n.last, t)
}

// span tells the times that the input covers and how they are ordered.
func (in *input) span() (first, last logentry.Time, order string) {
	all := note{first: logentry.NoTime, last: logentry.NoTime}
	for _, n := range in.notes {
		if !n.first.Known() {
			continue
		}
		all.see(n.head)
		all.up += n.up
		all.down += n.down
		all.tail = n.tail
		all.first, all.last = earlier(all.first, n.first), later(all.last, n.last)
	}
	switch {
	case all.up+all.down == 0:
	case all.up <= all.down/20:
		order = NewestFirst
	case all.down <= all.up/20:
		order = OldestFirst
	default:
		order = MixedOrder
	}
	return all.first, all.last, order
}
