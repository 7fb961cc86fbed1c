package correlate

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"
)

// LOGWHY_LOGHUB names a folder of labelled log sets, one folder a system, each
// with <System>_2k.log_structured.csv: columns Content and EventId, see
// https://github.com/logpai/loghub. The data is not part of this repository.
const loghubVariable = "LOGWHY_LOGHUB"

// One configuration serves all systems; these are its floors.
const (
	floorGA  = 0.80
	floorFGA = 0.85
)

// grouping is how well predicted groups equal the true ones: ga counts
// messages, fga groups.
type grouping struct{ ga, fga float64 }

// TestGroupingOfLabelledSets scores the keys alone and the keys after the
// merge for display. A group is right when it holds exactly the messages of
// one true group.
func TestGroupingOfLabelledSets(t *testing.T) {
	root := os.Getenv(loghubVariable)
	if root == "" {
		t.Skip(loghubVariable + " is not set")
	}
	files, _ := filepath.Glob(filepath.Join(root, "*", "*_2k.log_structured.csv"))
	if len(files) == 0 {
		t.Fatalf("no sets in %s", root)
	}
	sort.Strings(files)
	var table strings.Builder
	var keyed, merged grouping
	fmt.Fprintf(&table, "%-12s %8s %8s %8s %8s\n", "system", "key GA", "key FGA", "GA", "FGA")
	for _, file := range files {
		content, truth := readLabelled(t, file)
		keys, shown := groupBoth(content)
		k, m := score(keys, truth), score(shown, truth)
		name := filepath.Base(filepath.Dir(file))
		fmt.Fprintf(&table, "%-12s %8.3f %8.3f %8.3f %8.3f\n", name, k.ga, k.fga, m.ga, m.fga)
		keyed.ga, keyed.fga = keyed.ga+k.ga, keyed.fga+k.fga
		merged.ga, merged.fga = merged.ga+m.ga, merged.fga+m.fga
		if os.Getenv("LOGWHY_LOGHUB_SHOW") == name {
			showWrong(t, content, shown, truth)
		}
	}
	n := float64(len(files))
	fmt.Fprintf(&table, "%-12s %8.3f %8.3f %8.3f %8.3f\n", "mean", keyed.ga/n, keyed.fga/n, merged.ga/n, merged.fga/n)
	t.Log("\n" + table.String())
	if merged.ga/n < floorGA || merged.fga/n < floorFGA {
		t.Errorf("mean GA %.3f and FGA %.3f, want at least %.2f and %.2f", merged.ga/n, merged.fga/n, floorGA, floorFGA)
	}
}

// groupBoth returns the group of each message by its key, and after the merge.
func groupBoth(content []string) (keys, shown []string) {
	all := map[string]string{}
	for _, c := range content {
		id, template := patternOf(c)
		all[id] = template
		keys = append(keys, id)
	}
	merged := mergePatterns(all)
	for _, id := range keys {
		shown = append(shown, merged[id].id+" "+merged[id].template)
	}
	return keys, shown
}

func readLabelled(t *testing.T, file string) (content, truth []string) {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	c, e := -1, -1
	for i, name := range rows[0] {
		switch strings.TrimSpace(name) {
		case "Content":
			c = i
		case "EventId":
			e = i
		}
	}
	if c < 0 || e < 0 {
		t.Fatalf("%s: no columns Content and EventId", file)
	}
	for _, row := range rows[1:] {
		content, truth = append(content, row[c]), append(truth, row[e])
	}
	return content, truth
}

// score compares two partitions of the same messages.
func score(got, truth []string) grouping {
	got2truth, size, wantSize := map[string]string{}, map[string]int{}, map[string]int{}
	for i, g := range got {
		if was, ok := got2truth[g]; !ok {
			got2truth[g] = truth[i]
		} else if was != truth[i] {
			got2truth[g] = "\x00mixed"
		}
		size[g]++
		wantSize[truth[i]]++
	}
	messages, groups := 0, 0
	for g, n := range size {
		if w := got2truth[g]; w != "\x00mixed" && wantSize[w] == n {
			messages += n
			groups++
		}
	}
	s := grouping{ga: float64(messages) / float64(len(got))}
	if groups > 0 {
		p, r := float64(groups)/float64(len(size)), float64(groups)/float64(len(wantSize))
		s.fga = 2 * p * r / (p + r)
	}
	return s
}

// showWrong prints each true group that was not found, with what became of it.
func showWrong(t *testing.T, content, got, truth []string) {
	t.Helper()
	members, holds := map[string]map[string]int{}, map[string]map[string]bool{}
	example := map[string]string{}
	for i := range got {
		if members[truth[i]] == nil {
			members[truth[i]] = map[string]int{}
		}
		if holds[got[i]] == nil {
			holds[got[i]] = map[string]bool{}
		}
		members[truth[i]][got[i]]++
		holds[got[i]][truth[i]] = true
		example[truth[i]+got[i]] = content[i]
	}
	for _, want := range sortedKeys(members) {
		parts := members[want]
		if len(parts) == 1 && len(holds[firstOf(parts)]) == 1 {
			continue
		}
		t.Logf("%s: %d groups", want, len(parts))
		for i, p := range sortedKeys(parts) {
			if i < 6 {
				t.Logf("   %4d (of %d events) %.150s\n\t\t%.150s", parts[p], len(holds[p]), p, example[want+p])
			}
		}
	}
}

func firstOf(m map[string]int) string {
	for _, k := range sortedKeys(m) {
		return k
	}
	return ""
}
