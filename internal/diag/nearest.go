package diag

import "strings"

// Nearest returns the candidate that word was most likely meant to be, "" when
// none is near. Case does not count; of equally near ones the first wins.
func Nearest(word string, candidates []string) string {
	w := strings.ToLower(word)
	best, bestAt := "", 0
	for _, c := range candidates {
		d := distance(w, strings.ToLower(c))
		if best == "" || d < bestAt {
			best, bestAt = c, d
		}
	}
	if best == "" || bestAt > reach(w, best) {
		return ""
	}
	return best
}

// DidYouMean is the hint for an unknown word, "" when no candidate is near.
func DidYouMean(word string, candidates []string) string {
	if n := Nearest(word, candidates); n != "" {
		return `Did you mean "` + n + `"?`
	}
	return ""
}

// reach is how many changes still make a slip: a third of the longer word, at
// least one. A word of two letters is near to everything, so it must match but
// for case.
func reach(a, b string) int {
	n := max(len(a), len(b))
	if n <= 2 {
		return 0
	}
	return max(1, n/3)
}

// distance counts insertions, deletions, replacements and swaps of neighbours
// that turn a into b (optimal string alignment).
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	older := make([]int, len(y)+1)
	old := make([]int, len(y)+1)
	row := make([]int, len(y)+1)
	for j := range old {
		old[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(old[j]+1, row[j-1]+1, old[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], older[j-2]+1)
			}
		}
		older, old, row = old, row, older
	}
	return old[len(y)]
}
