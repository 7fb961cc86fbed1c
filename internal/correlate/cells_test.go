package correlate

import (
	"fmt"
	"maps"
	"math/rand"
	"testing"

	"logwhy/internal/logentry"
)

// counted is what a set of cells says, without the cells.
func counted(s *cells) map[cellKey]string {
	out := map[cellKey]string{}
	for k, c := range s.m {
		out[k] = fmt.Sprint(c.n, c.grain, c.first, c.last, c.level)
	}
	return out
}

// Beyond the bound the set of names decides which stay, not their order and
// not how they were dealt to collectors; nothing is lost.
func TestCellsDoNotDependOnOrder(t *testing.T) {
	const kinds, words = 900, 60
	type seen struct{ what, first string }
	var all []seen
	for i := range kinds {
		for range 1 + i%3 {
			all = append(all, seen{fmt.Sprintf("pattern:%04d", i), fmt.Sprintf("word%d-coarse", i%words)})
		}
	}
	add := func(s *cells, v seen, at int) {
		s.at(v.what, "checkout-api", "", func(c *cell) { c.grain, c.up = patterned, name{v.first, coarse} }).see(logentry.Time(at%7+1), "", 0)
	}
	rnd := rand.New(rand.NewSource(3))
	for _, max := range []int{kinds, 300, 25} {
		var want map[cellKey]string
		for round := range 12 {
			order := rnd.Perm(len(all))
			parts := make([]cells, 1+round%4)
			for i := range parts {
				parts[i] = newCells(max)
			}
			for n, i := range order {
				add(&parts[n%len(parts)], all[i], i)
			}
			for i := range parts[1:] {
				parts[0].merge(&parts[i+1])
			}
			s := &parts[0]
			total, names := 0, [rest + 1]int{}
			for _, c := range s.m {
				total += c.n
				names[c.grain]++
			}
			if total != len(all) {
				t.Fatalf("max %d: %d of %d events are counted", max, total, len(all))
			}
			if names[patterned] > max || names[coarse] > max || names[patterned] != s.n[patterned] || names[coarse] != s.n[coarse] {
				t.Fatalf("max %d: %v names are kept, %v are noted", max, names, s.n)
			}
			if bounded := max < kinds; s.bounded() != bounded {
				t.Fatalf("max %d: bounded is %v", max, s.bounded())
			}
			got := counted(s)
			if want == nil {
				want = got
			} else if !maps.Equal(got, want) {
				t.Fatalf("max %d, round %d: another order gives other counts", max, round)
			}
		}
	}
}
