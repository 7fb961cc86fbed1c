package ingest

import (
	"math/rand"
	"testing"

	"logwhy/internal/logentry"
)

// The set knows what was collected and joined, and nothing else.
func TestIDSet(t *testing.T) {
	s := newIDSet(1 << 20)
	r := rand.New(rand.NewSource(1))
	var known []uint64
	for range 50 {
		var batch []uint64
		for range 1000 {
			batch = append(batch, nonZero(r.Uint64()))
		}
		s.collect(batch)
		if s.has(batch[0]) {
			t.Fatal("known before it joined")
		}
		s.join()
		known = append(known, batch...)
	}
	for _, h := range known {
		if !s.has(h) {
			t.Fatalf("%x is forgotten", h)
		}
	}
	for range 10000 {
		if s.has(nonZero(r.Uint64())) {
			t.Fatal("something unknown is known")
		}
	}
	if s.partial() || s.n != len(known) {
		t.Errorf("partial %t, %d of %d", s.partial(), s.n, len(known))
	}
}

// Beyond its limit it keeps the same hashes in whatever order they came.
func TestIDSetBounded(t *testing.T) {
	r := rand.New(rand.NewSource(2))
	hashes := make([]uint64, 30_000)
	for i := range hashes {
		hashes[i] = nonZero(r.Uint64())
	}
	keep := func(order []int) (*idSet, int) {
		s := newIDSet(4096)
		for in := range 3 {
			for i := in * 100; i < in*100+100; i++ {
				s.collect(hashes[order[i]*100 : order[i]*100+100])
			}
			s.join()
		}
		n := 0
		for _, h := range hashes {
			if s.has(h) {
				n++
			}
		}
		return s, n
	}
	order := r.Perm(300)
	a, n := keep(order)
	for in := range 3 { // another order within each input
		part := order[in*100 : in*100+100]
		r.Shuffle(len(part), func(i, j int) { part[i], part[j] = part[j], part[i] })
	}
	b, m := keep(order)
	if n != m || a.most != b.most || !a.partial() || n > 4096 || n < 1024 {
		t.Errorf("%d and %d kept, up to %x and %x", n, m, a.most, b.most)
	}
}

// Identity is log name, time and insertId, each on its own.
func TestIdentity(t *testing.T) {
	base := logentry.Entry{LogName: "projects/p/logs/a", Time: 5, InsertID: "0123456789abcdef"}
	change := []func(e *logentry.Entry){
		func(e *logentry.Entry) { e.LogName = "projects/p/logs/b" },
		func(e *logentry.Entry) { e.Time = 6 },
		func(e *logentry.Entry) { e.Time = logentry.NoTime },
		func(e *logentry.Entry) { e.InsertID = "0123456789abcdeg" },
		func(e *logentry.Entry) { e.InsertID = "0123456789abcde" },
		func(e *logentry.Entry) { e.LogName, e.InsertID = "projects/p/logs/a0", "123456789abcdef" },
	}
	for i, c := range change {
		e := base
		c(&e)
		if identity(&e) == identity(&base) {
			t.Errorf("change %d makes no difference", i)
		}
	}
	same := base
	same.Message, same.Severity = "other", logentry.SeverityError
	if identity(&same) != identity(&base) {
		t.Error("the text is no part of the identity")
	}
	if same.InsertID = ""; identity(&same) != 0 {
		t.Error("no identity without an insertId")
	}
}
