package correlate

import "strings"

// mergedPattern is what a pattern is shown as: itself, or the merge it is in.
type mergedPattern struct {
	id       string // of the merged template: the same members give the same id
	template string
}

const (
	// manyWords is how many words a slot takes before it counts as a slot for
	// names: fewer may be things that differ. On labelled sets 3 to 6 give
	// nearly the same result, and 8 a worse one.
	manyWords = 5
	// manyValues is the same for words with a masked part.
	manyValues = 2
	// These bound the work on hostile texts. Sets beyond them, of one shape,
	// stay as they are: of long keys, or of very many.
	maxDepth = 24
	maxWords = 40
	maxWork  = 30_000_000 // keys times words times words
)

// mergePatterns merges, for display, the patterns of a run that differ only in
// slots that take many values. keys holds the template of each pattern id, as
// patternOf gives them; the result has an entry for each id. It depends on the
// set of keys alone: no counts, no order. What is never merged: patterns of
// different frames, of different length, and those that differ in a word that
// tells failures apart (see telling) or in a code.
//
// Ids in baselines stay those of the keys, since a merge depends on what else
// the run saw. To show merged findings, in find():
//
//	merged := mergePatterns(templates) // templates[id] = template, of all events
//	what, template := x.nameOf(ev)
//	if m, ok := merged[what]; ok { what, template = m.id, m.template }
//
// and the same lookup for the keys of the cells where counts are made exact.
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
		if n := len(g[0].words); len(g) > 1 && n <= maxWords && len(g)*n*n <= maxWork {
			m.split(g, 0)
			m.join(g)
		}
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

	slots  []bool   // which words a merge has made a slot; nil for none
	hashes []uint64 // of the words
	sum    uint64   // of the hashes
}

func tokensOf(id, key string) *tokens {
	t := &tokens{id: id, key: key}
	for i := 0; ; {
		j := i
		for j < len(key) && !inWord(key, j) {
			j++
		}
		t.seps = append(t.seps, key[i:j])
		if j == len(key) {
			return t
		}
		for i = j; j < len(key) && inWord(key, j); {
			j++
		}
		// What ends a sentence or a clause is no part of its last word.
		for j > i+1 && (key[j-1] == '.' || key[j-1] == ':') {
			j--
		}
		t.words = append(t.words, key[i:j])
		i = j
	}
}

// inWord keeps paths, hosts and addresses in one word, but no leaders of dots.
func inWord(key string, i int) bool {
	switch c := key[i]; c {
	case '=', '&', '?':
		return false
	case '.':
		return (i == 0 || key[i-1] != '.') && (i+1 == len(key) || key[i+1] != '.')
	default:
		return classes[c]&isEnd == 0
	}
}

// shape is what merged keys have in common: everything but the words that tell
// nothing.
func (t *tokens) shape() string {
	var b strings.Builder
	for i, w := range t.words {
		b.WriteString(t.seps[i])
		b.WriteByte(0)
		// All of the word, since a slot would hide what it tells.
		if t.named(i) || telling(w) {
			b.WriteString(w)
		}
		b.WriteByte(0)
	}
	b.WriteString(t.seps[len(t.words)])
	return b.String()
}

// named reports whether a word is a code or a state because of the word before
// it ("code = Unavailable", "reason: quota"), or the type that a message
// begins with.
func (t *tokens) named(i int) bool {
	w := t.words[i]
	if i == 0 {
		k := strings.LastIndexAny(w, `.\`)
		return k >= 0 && k+1 < len(w) && classes[w[k+1]]&isUpper != 0 && strings.HasPrefix(t.seps[1], ":")
	}
	if w == "*" || len(t.seps[i]) > 4 {
		return false
	}
	before := t.words[i-1]
	switch kindOfName(before) {
	case anyCode, numericCode:
		return true
	case noCode:
		switch before {
		case "state", "State", "result", "Result", "reason", "Reason":
			return strings.ContainsAny(t.seps[i], "=:")
		}
	}
	return false
}

// split looks for the slots of a set of keys of one shape: all slots that vary
// take many values, or the set is cut along the slot that takes the fewest.
func (m *merger) split(set []*tokens, depth int) {
	if len(set) < 2 || depth > maxDepth {
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
		many = many && takesMany(values, len(set)) && mayVary(p, values)
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
	m.splitAt(set, best, depth)
}

func (m *merger) splitAt(set []*tokens, p, depth int) {
	parts := map[string][]*tokens{}
	for _, t := range set {
		parts[t.words[p]] = append(parts[t.words[p]], t)
	}
	for _, w := range sortedKeys(parts) {
		m.split(parts[w], depth+1)
	}
}

// join merges keys that differ in one slot only, after the sets were cut.
func (m *merger) join(set []*tokens) {
	for round := 0; round < 4; round++ {
		changed := false
		for p := range set[0].words {
			buckets := map[uint64][]*tokens{}
			for _, t := range set {
				k := t.without(p)
				buckets[k] = append(buckets[k], t)
			}
			for _, b := range buckets { // they share no key: any order will do
				values := valuesAt(b, p)
				if len(values) < 2 || !fixed(b[0], len(b[0].words)-1) {
					continue
				}
				if mayVary(p, values) && (slotAt(b, p) || takesMany(values, len(values))) {
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

// slotAt reports whether a merge has made a slot of a word of the set.
func slotAt(set []*tokens, p int) bool {
	for _, t := range set {
		if t.slots != nil && t.slots[p] {
			return true
		}
	}
	return false
}

// without hashes all words but one.
func (t *tokens) without(p int) uint64 {
	if t.hashes == nil {
		t.hashes = make([]uint64, len(t.words))
		for i, w := range t.words {
			t.hashes[i] = hash64(w, string(rune(i)))
			t.sum += t.hashes[i]
		}
	}
	return t.sum - t.hashes[p]
}

func (t *tokens) wildcard(p int) {
	if t.words[p] == "*" {
		return
	}
	t.words[p] = "*"
	if t.slots == nil {
		t.slots = make([]bool, len(t.words))
	}
	t.slots[p] = true
	if t.hashes != nil {
		t.sum -= t.hashes[p]
		t.hashes[p] = hash64("*", string(rune(p)))
		t.sum += t.hashes[p]
	}
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
	for v := range values {
		if strings.IndexByte(v, '*') < 0 {
			return len(values) >= manyWords && len(values)*2 >= n
		}
	}
	return len(values) >= manyValues
}

// looksValued reports whether a word looks like a value.
func looksValued(w string) bool {
	return strings.ContainsAny(w, "*/@\\.")
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

// mayVary keeps the first word, the subject of most messages, unless all it
// takes are values: "syslogd startup succeeded" and "klogd startup succeeded"
// are two events.
func mayVary(p int, values map[string]bool) bool {
	if p > 0 {
		return true
	}
	for v := range values {
		if !looksValued(v) {
			return false
		}
	}
	return true
}

func wildcard(set []*tokens, p int) {
	for _, t := range set {
		t.wildcard(p)
	}
}

func (m *merger) emit(set []*tokens) {
	for _, t := range set {
		if t.slots == nil {
			m.out[t.id] = mergedPattern{t.id, t.key}
			continue
		}
		var b strings.Builder
		for i, w := range t.words {
			b.WriteString(t.seps[i])
			b.WriteString(w)
		}
		b.WriteString(t.seps[len(t.words)])
		template := b.String()
		id := patternID(template, nil)
		m.out[t.id] = mergedPattern{id[:len(id)-4] + placeOf(t.id), template}
	}
}
