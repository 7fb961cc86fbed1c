package ingest

import (
	"sort"

	"logwhy/internal/logentry"
)

// inOrder merges what the workers got, in the order of the inputs.
func inOrder(lists [][]*logentry.Entry) []*logentry.Entry {
	var all []*logentry.Entry
	for _, l := range lists {
		all = append(all, l...)
	}
	sort.SliceStable(all, func(i, j int) bool {
		a, b := all[i].Pos, all[j].Pos
		if a.Input != b.Input {
			return a.Input < b.Input
		}
		return a.Seq < b.Seq
	})
	return all
}
