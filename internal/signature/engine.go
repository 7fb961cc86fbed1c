package signature

import (
	"sort"
	"strings"
)

// engine finds the signatures that an entry may fulfil, without evaluating
// any: one pass over the message finds the rarest literal of every conjunct,
// the other literals are looked for where it stands, and what has no literal is
// asked for only where its gate is open. It is immutable and shared by all
// matchers.
type engine struct {
	// lits are all literals of all conditions; the first keys of them are those
	// that the automaton looks for.
	lits   []literal
	keys   int32
	number map[literal]int32
	keyed  []keyedConjunct
	auto   *automaton
	// lines is true when conditions see more than the message, see wholeLine.
	lines bool
	// byLit lists, for each literal, the conjuncts that it is the rarest part of.
	byLit [][]conjunct
	// always lists signatures without any filter; each costs an evaluation per entry.
	always []int32
	http   []conjunct
	audit  []conjunct
	// values lists the fields of which one value is asked for, by path.
	values []*valueIndex
}

// valueIndex finds the conjuncts for which a field has the right value. The
// field is read once, however many signatures ask for it.
type valueIndex struct {
	path  string
	field field
	// json is true for fields that only a JSON payload can have.
	json bool
	// key is the end of the last name of the path with the quote behind it: a
	// record without it has no such field, and finding that out is cheap. Names
	// may hold dots, so it does not begin with a quote.
	key []byte
	by  map[string][]conjunct
}

// conjunct is a need of one signature, with numbers for its literals.
type conjunct struct {
	sig  int32
	lits []int32 // beside the one it is filed under
	gate gate
	log  string // "" for any
	typ  string
}

// newEngine compiles the conditions of all signatures of one event.
func newEngine(c *Catalog) *engine {
	e := &engine{number: map[literal]int32{}}
	var needs [][]need
	var lits []literal
	for i := range c.Len() {
		var list []need
		if s := c.At(i); s.Single {
			list = s.cond.needs()
		}
		for _, n := range list {
			lits = append(lits, n.lits...)
		}
		needs = append(needs, list)
	}
	g := newGrams(lits)
	for i, list := range needs {
		for _, n := range list {
			e.addNeed(int32(i), n, g)
		}
	}
	// The automaton looks for the first literal of each conjunct alone: it is
	// small enough for the cache then. The others are looked for when it is found.
	e.keys = int32(len(e.lits))
	e.byLit = make([][]conjunct, e.keys)
	for _, k := range e.keyed {
		for _, l := range k.rest {
			k.lits = append(k.lits, e.literal(l))
		}
		e.byLit[k.key] = append(e.byLit[k.key], k.conjunct)
	}
	for i := range c.Len() {
		if s := c.At(i); s.Single {
			s.cond.walk(false, func(t *test, _ bool) { e.gate(t) })
			s.cond.arrange()
		}
	}
	sort.Slice(e.values, func(i, j int) bool { return e.values[i].path < e.values[j].path })
	e.auto = newAutomaton(e.lits[:e.keys], g)
	return e
}

// keyedConjunct is a conjunct before all literals have their numbers.
type keyedConjunct struct {
	conjunct
	key  int32
	rest []literal
}

// literal returns the number of a literal.
func (e *engine) literal(l literal) int32 {
	id, ok := e.number[l]
	if !ok {
		id = int32(len(e.lits))
		e.number[l] = id
		e.lits = append(e.lits, l)
	}
	return id
}

func (e *engine) addNeed(sig int32, n need, g grams) {
	k := conjunct{sig: sig, gate: n.gate}
	k.log, _ = n.valueOf("log")
	k.typ, _ = n.valueOf("resource.type")
	if len(n.lits) > 0 {
		sort.SliceStable(n.lits, func(i, j int) bool {
			_, a := g.window(n.lits[i])
			_, b := g.window(n.lits[j])
			return a < b
		})
		e.keyed = append(e.keyed, keyedConjunct{k, e.literal(n.lits[0]), n.lits[1:]})
		return
	}
	e.file(k, n.where)
}

// gate lets a regexp on the message be left out where its own texts are
// missing: most conditions are alternatives of many, and only one is met.
func (e *engine) gate(t *test) {
	e.lines = e.lines || t.field.path == lineField
	if t.kind != testRegex || !isText(t.field.path) {
		return
	}
	t.texts = nil
	for _, w := range t.ways {
		var ids []int32
		for _, l := range w.lits {
			ids = append(ids, e.literal(l))
		}
		if len(ids) == 0 {
			t.texts = nil // one way without a text is enough
			return
		}
		t.texts = append(t.texts, ids)
	}
}

// file puts a conjunct without literals under what else it asks for.
func (e *engine) file(k conjunct, where []fieldValue) {
	switch {
	case k.gate&gateAudit != 0:
		e.audit = append(e.audit, k)
	case k.gate&gateHTTP != 0 && k.log == "":
		e.http = append(e.http, k)
	case len(where) > 0:
		v := e.valuesOf(rarest(where).path)
		key := rarest(where).value
		v.by[key] = append(v.by[key], k)
	default:
		e.always = append(e.always, k.sig)
	}
}

// rarest picks the value that fewest entries have: any field of the record
// before the log, and that before the type of the resource.
func rarest(where []fieldValue) fieldValue {
	best := where[0]
	for _, w := range where[1:] {
		if best.path == "resource.type" || best.path == "log" && w.path != "resource.type" {
			best = w
		}
	}
	return best
}

func (e *engine) valuesOf(path string) *valueIndex {
	for _, v := range e.values {
		if v.path == path {
			return v
		}
	}
	f, _, _ := lookupField(path)
	v := &valueIndex{path: path, field: f, json: root(path) == "jsonPayload", by: map[string][]conjunct{}}
	if v.json && !strings.ContainsAny(path, `"\[]`) {
		v.key = []byte(path[strings.LastIndexByte(path, '.')+1:] + `"`)
	}
	e.values = append(e.values, v)
	return v
}
