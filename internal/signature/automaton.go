package signature

import "slices"

// automaton finds literals in a text, in one pass: a dense Aho–Corasick
// automaton over a window of each literal. ASCII letters are folded; literals
// that are not are compared in full when their window is found.
type automaton struct {
	lits []soughtLiteral
	// table holds, for each state and class of bytes, the next state times the
	// number of classes, with hasOutput set when something ends there.
	table   []uint32
	class   [256]uint8
	classes int
	// outputs[start[s]:start[s+1]] are the literals whose window ends in state s.
	start   []uint32
	outputs []int32
}

// soughtLiteral is a literal with the end of its window.
type soughtLiteral struct {
	literal
	end int // offset in text behind the window
	// whole is true when finding the window is finding the literal.
	whole bool
}

const hasOutput = 1 << 31

// newAutomaton builds the automaton; literals must be at least minLiteral bytes
// long.
func newAutomaton(lits []literal, g grams) *automaton {
	a := &automaton{}
	windows := make([]string, len(lits))
	for i, l := range lits {
		from, _ := g.window(l)
		n := min(len(l.text), windowLen)
		windows[i] = lowerASCII(l.text[from : from+n])
		a.lits = append(a.lits, soughtLiteral{l, from + n, l.fold && n == len(l.text)})
	}
	a.classify(windows)
	a.number(a.trie(windows))
	return a
}

// classify gives every byte that occurs in a window a class of its own, and all
// others class 0.
func (a *automaton) classify(windows []string) {
	var used [256]bool
	for _, w := range windows {
		for i := 0; i < len(w); i++ {
			used[w[i]] = true
		}
	}
	a.classes = 1
	for b, u := range used {
		if u {
			a.class[b] = uint8(a.classes)
			a.classes++
		}
	}
	for b := 'A'; b <= 'Z'; b++ {
		a.class[b] = a.class[b+'a'-'A']
	}
}

// trie is the tree of the windows, in the order in which they were put in:
// next[s*classes+class] is a child of state s, 0 where there is none, and
// out[s] the literals whose window ends there.
type trie struct {
	next []uint32
	out  [][]int32
}

func (a *automaton) trie(windows []string) trie {
	t := trie{next: make([]uint32, a.classes), out: make([][]int32, 1)}
	for i, w := range windows {
		s := 0
		for j := 0; j < len(w); j++ {
			at := s*a.classes + int(a.class[w[j]])
			if t.next[at] == 0 {
				t.next[at] = uint32(len(t.out))
				t.next = append(t.next, make([]uint32, a.classes)...)
				t.out = append(t.out, nil)
			}
			s = int(t.next[at])
		}
		t.out[s] = append(t.out[s], int32(i))
	}
	return t
}

// number fills the table breadth first: states near the root, where nearly all
// time is spent, lie side by side, and the state to fall back to, which is
// nearer to the root, is complete before it is needed.
func (a *automaton) number(t trie) {
	n := len(t.out)
	a.table = make([]uint32, n*a.classes)
	order := make([]uint32, 1, n) // states of the trie by their new number
	fail := make([]uint32, n)     // new numbers
	outs := make([][]int32, n)
	for i := 0; i < len(order); i++ {
		s := order[i]
		row := a.table[i*a.classes : (i+1)*a.classes]
		back := a.table[int(fail[i])*a.classes : (int(fail[i])+1)*a.classes]
		outs[i] = t.out[s]
		if i > 0 {
			outs[i] = merged(t.out[s], outs[fail[i]])
		}
		for c := range row {
			if i > 0 {
				row[c] = back[c]
			}
			if child := t.next[int(s)*a.classes+c]; child != 0 {
				if i > 0 {
					fail[len(order)] = back[c]
				}
				row[c] = uint32(len(order))
				order = append(order, child)
			}
		}
	}
	a.start = make([]uint32, 1, n+1)
	for _, o := range outs {
		a.outputs = append(a.outputs, o...)
		a.start = append(a.start, uint32(len(a.outputs)))
	}
	for i, s := range a.table {
		a.table[i] = s * uint32(a.classes)
		if a.start[s] != a.start[s+1] {
			a.table[i] |= hasOutput
		}
	}
}

// merged joins two sorted lists into a new one.
func merged(x, y []int32) []int32 {
	if len(y) == 0 {
		return x
	}
	out := append(append(make([]int32, 0, len(x)+len(y)), x...), y...)
	slices.Sort(out)
	return out
}

// at reports whether literal l stands in text such that its window ends at end.
func (l *soughtLiteral) at(text string, end int) bool {
	if l.whole {
		return true
	}
	from := end - l.end
	if from < 0 || from+len(l.text) > len(text) {
		return false
	}
	s := text[from : from+len(l.text)]
	if !l.fold {
		return s == l.text
	}
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != l.text[i] {
			return false
		}
	}
	return true
}
