package signature

import "sort"

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

// node is a state while the automaton is built.
type node struct {
	next map[byte]int32
	fail int32
	out  []int32
}

// newAutomaton builds the automaton; literals must be at least minLiteral bytes
// long.
func newAutomaton(lits []literal, g grams) *automaton {
	a := &automaton{}
	nodes := []node{{next: map[byte]int32{}}}
	for i, l := range lits {
		from, _ := g.window(l)
		n := min(len(l.text), windowLen)
		window := lowerASCII(l.text[from : from+n])
		a.lits = append(a.lits, soughtLiteral{l, from + n, l.fold && n == len(l.text)})
		s := int32(0)
		for j := 0; j < n; j++ {
			t, ok := nodes[s].next[window[j]]
			if !ok {
				t = int32(len(nodes))
				nodes = append(nodes, node{next: map[byte]int32{}})
				nodes[s].next[window[j]] = t
			}
			s = t
		}
		nodes[s].out = append(nodes[s].out, int32(i))
	}
	a.classify(nodes)
	a.fill(nodes)
	return a
}

// classify gives every byte that occurs in a literal a class of its own, and
// all others class 0.
func (a *automaton) classify(nodes []node) {
	var used [256]bool
	for _, n := range nodes {
		for b := range n.next {
			used[b] = true
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

// fill numbers the states breadth first, so that those near the root, where
// nearly all time is spent, lie side by side, and writes the table.
func (a *automaton) fill(nodes []node) {
	order := breadthFirst(nodes)
	number := make([]uint32, len(nodes))
	for i, s := range order {
		number[s] = uint32(i)
	}
	a.table = make([]uint32, len(nodes)*a.classes)
	a.start = make([]uint32, 1, len(nodes)+1)
	for i, s := range order {
		row := a.table[i*a.classes : (i+1)*a.classes]
		if s != 0 {
			f := int(number[nodes[s].fail])
			copy(row, a.table[f*a.classes:(f+1)*a.classes])
			nodes[s].out = append(nodes[s].out, nodes[nodes[s].fail].out...)
		}
		for b, t := range nodes[s].next {
			row[a.class[b]] = number[t] * uint32(a.classes)
		}
		sort.Slice(nodes[s].out, func(i, j int) bool { return nodes[s].out[i] < nodes[s].out[j] })
		a.outputs = append(a.outputs, nodes[s].out...)
		a.start = append(a.start, uint32(len(a.outputs)))
	}
	for i, t := range a.table {
		if s := t / uint32(a.classes); a.start[s] != a.start[s+1] {
			a.table[i] |= hasOutput
		}
	}
}

// breadthFirst orders the states by depth and sets their fail links.
func breadthFirst(nodes []node) []int32 {
	order := []int32{0}
	for i := 0; i < len(order); i++ {
		s := order[i]
		keys := make([]int, 0, len(nodes[s].next))
		for b := range nodes[s].next {
			keys = append(keys, int(b))
		}
		sort.Ints(keys)
		for _, k := range keys {
			b := byte(k)
			t := nodes[s].next[b]
			if s != 0 {
				f := nodes[s].fail
				for f != 0 && nodes[f].next[b] == 0 {
					f = nodes[f].fail
				}
				nodes[t].fail = nodes[f].next[b]
			}
			order = append(order, t)
		}
	}
	return order
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
