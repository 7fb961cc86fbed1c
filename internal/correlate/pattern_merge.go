package correlate

import (
	"strings"
)

// mergedPattern is what a pattern is shown as: itself, or the merge it is in.
type mergedPattern struct {
	id       string // of the merged template: the same members give the same id
	template string
}

const (
	// manyWords is how many words a slot takes before it counts as a slot for
	// names: below it they may be two or three things that differ.
	manyWords = 4
	// manyValues is the same for what looks like a value: a path, a host, a
	// name with an underscore or with masked digits.
	manyValues = 2
)

// mergePatterns merges, for display, the patterns of a run that differ only in
// slots that take many values. keys holds the template of each pattern id, as
// patternOf gives them; the result has an entry for each id. It depends on the
// set of keys alone: no counts, no order. What is never merged: patterns of
// different frames, of different length, and those that differ in a word that
// tells failures apart (see guardOf) or in a code.
//
// Ids in baselines stay those of the keys, since a merge depends on what else
// the run saw. To show merged findings, in find():
//
//	merged := mergePatterns(templates) // templates[id] = template, of all events
//	what, template := x.nameOf(ev)
//	if m, ok := merged[what]; ok { what, template = m.id, m.template }
func mergePatterns(keys map[string]string) map[string]mergedPattern {
	m := merger{out: make(map[string]mergedPattern, len(keys))}
	groups := map[string][]*tokens{}
	for _, id := range sortedKeys(keys) {
		t := tokensOf(id, keys[id])
		shape := placeOf(id) + "\x00" + t.shape()
		groups[shape] = append(groups[shape], t)
	}
	for _, shape := range sortedKeys(groups) {
		g := groups[shape]
		m.split(g)
		m.join(g)
		m.emit(g)
	}
	return m.out
}

type merger struct{ out map[string]mergedPattern }

// tokens is a key cut into words and what stands between them.
type tokens struct {
	id    string
	key   string
	words []string
	seps  []string // seps[i] stands before words[i], the last one at the end
}

func tokensOf(id, key string) *tokens {
	t := &tokens{id: id, key: key}
	i := 0
	for {
		j := i
		for j < len(key) && !inWord(key[j]) {
			j++
		}
		t.seps = append(t.seps, key[i:j])
		if j == len(key) {
			return t
		}
		i = j
		for j < len(key) && inWord(key[j]) {
			j++
		}
		// The dot or the ellipsis of a sentence is no part of its last word.
		end := j
		for end > i+1 && (key[end-1] == '.' || key[end-1] == ':') {
			end--
		}
		t.words = append(t.words, key[i:end])
		i = end
	}
}

// inWord keeps paths, hosts and addresses in one word.
func inWord(c byte) bool {
	return classes[c]&isEnd == 0 && c != '=' && c != '&' && c != '?' || c == '*'
}

// shape is what merged keys have in common: everything but the words that tell
// nothing.
func (t *tokens) shape() string {
	var b strings.Builder
	for i, w := range t.words {
		b.WriteString(t.seps[i])
		b.WriteByte(0)
		b.WriteString(guardOf(w))
		b.WriteByte(0)
	}
	b.WriteString(t.seps[len(t.words)])
	return b.String()
}

// split looks for the slots of a set of keys of one shape: all slots that vary
// take many values, or the set is cut along the slot that takes the fewest.
func (m *merger) split(set []*tokens) {
	if len(set) < 2 {
		return
	}
	n := len(set[0].words)
	best, fewest, varying := -1, 0, 0
	many := true
	for p := 0; p < n; p++ {
		values := valuesAt(set, p)
		if len(values) < 2 {
			continue
		}
		varying++
		if best < 0 || len(values) < fewest {
			best, fewest = p, len(values)
		}
		many = many && takesMany(values, len(set))
	}
	if best < 0 {
		return
	}
	if many && fixed(set[0], n-varying) {
		for p := 0; p < n; p++ {
			if len(valuesAt(set, p)) > 1 {
				wildcard(set, p)
			}
		}
		return
	}
	m.splitAt(set, best)
}

func (m *merger) splitAt(set []*tokens, p int) {
	parts := map[string][]*tokens{}
	for _, t := range set {
		parts[t.words[p]] = append(parts[t.words[p]], t)
	}
	for _, w := range sortedKeys(parts) {
		m.split(parts[w])
	}
}

// join merges keys that differ in one slot only, after the sets were cut.
func (m *merger) join(set []*tokens) {
	if len(set) < 2 {
		return
	}
	for round := 0; round < 4; round++ {
		changed := false
		for p := range set[0].words {
			buckets := map[string][]*tokens{}
			for _, t := range set {
				k := t.without(p)
				buckets[k] = append(buckets[k], t)
			}
			for _, k := range sortedKeys(buckets) {
				b := buckets[k]
				values := valuesAt(b, p)
				if len(values) < 2 || !fixed(b[0], len(b[0].words)-1) {
					continue
				}
				if values["*"] || takesMany(values, len(values)) {
					wildcard(b, p)
					changed = true
				}
			}
		}
		if !changed {
			return
		}
	}
}

func (t *tokens) without(p int) string {
	var b strings.Builder
	for i, w := range t.words {
		if i == p {
			w = ""
		}
		b.WriteString(w)
		b.WriteByte(0)
	}
	return b.String()
}

func valuesAt(set []*tokens, p int) map[string]bool {
	values := map[string]bool{}
	for _, t := range set {
		values[t.words[p]] = true
	}
	return values
}

// takesMany reports whether a slot takes many values, in a set of n keys.
func takesMany(values map[string]bool, n int) bool {
	valued := 0
	for v := range values {
		if looksValued(v) {
			valued++
		}
	}
	if valued == len(values) {
		return len(values) >= manyValues
	}
	return len(values) >= manyWords && len(values)*2 >= n
}

// looksValued reports whether a word looks like a value.
func looksValued(w string) bool {
	return strings.ContainsAny(w, "*/_@\\") || strings.Count(w, ".") >= 1
}

// fixed reports whether enough words stand still for a merge to mean one thing.
func fixed(t *tokens, n int) bool {
	words := 0
	for _, w := range t.words {
		if w != "*" {
			words++
		}
	}
	return n >= 1 && words >= 2
}

func wildcard(set []*tokens, p int) {
	for _, t := range set {
		t.words[p] = "*"
	}
}

func (m *merger) emit(set []*tokens) {
	for _, t := range set {
		var b strings.Builder
		for i, w := range t.words {
			b.WriteString(t.seps[i])
			b.WriteString(w)
		}
		b.WriteString(t.seps[len(t.words)])
		p := mergedPattern{t.id, t.key}
		if template := b.String(); template != t.key {
			p.template = template
			p.id = "pattern:" + hexTwelve(template) + placeOf(t.id)
		}
		m.out[t.id] = p
	}
}

func hexTwelve(template string) string { return patternID(template, nil)[8:20] }
