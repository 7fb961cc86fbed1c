package signature

import (
	"sort"
	"strings"

	"gopkg.in/yaml.v3"

	"logwhy/internal/diag"
)

// catalog puts the drafts together: it resolves references, checks what needs
// the whole, and builds the catalog.
func (l *loader) catalog() *Catalog {
	var sound []*draft
	for _, d := range l.drafts {
		l.resolve(d)
		if !d.broken { // a condition that could not be read has no captures
			d.checkNames()
			sound = append(sound, d)
		}
	}
	c := newCatalog(sound, l.files)
	l.cycles(c)
	return c
}

// known reports whether an id may be referred to; a missing one is reported.
func (l *loader) known(d *draft, n *yaml.Node, id string) bool {
	if n == nil {
		n = d.idNode
	}
	if id == "" {
		return false
	}
	if l.byID[id] != nil {
		return true
	}
	if _, off := l.disabled[id]; off {
		return false
	}
	ids := make([]string, 0, len(l.byID))
	for id := range l.byID {
		ids = append(ids, id)
	}
	sort.Strings(ids)
	hint := diag.DidYouMean(id, ids)
	for _, c := range Classes() {
		if c == id {
			hint = `Did you mean "class:` + id + `"?`
		}
	}
	d.file.problem(n, "reference", hint, "no signature is called %q", id)
	return false
}

// resolve checks every reference of a draft, and drops those that lead nowhere.
func (l *loader) resolve(d *draft) {
	s := d.sig
	s.LeadsTo = keep(s.LeadsTo, func(i int) bool {
		return s.LeadsTo[i].Class != "" || l.known(d, get(d.item("leads_to", i), "effect"), s.LeadsTo[i].Effect)
	})
	s.ContradictedBy = keep(s.ContradictedBy, func(i int) bool {
		return s.ContradictedBy[i].Class != "" || l.known(d, get(d.item("contradicted_by", i), "signature"), s.ContradictedBy[i].Signature)
	})
	s.Expects = keep(s.Expects, func(i int) bool {
		return s.Expects[i].Class != "" || l.known(d, get(d.item("expects", i), "signature"), s.Expects[i].Signature)
	})
	s.AlsoFires = keep(s.AlsoFires, func(i int) bool {
		return l.known(d, d.item("also_fires", i), s.AlsoFires[i])
	})
	s.Formerly = keep(s.Formerly, func(i int) bool { return l.free(d, d.item("formerly", i), s.Formerly[i]) })
	if s.form != nil {
		l.resolveSteps(d)
	}
}

// free reports whether an id may be one that a signature had before: it is an
// id, and neither in use nor claimed by another.
func (l *loader) free(d *draft, n *yaml.Node, id string) bool {
	if !idForm.MatchString(id) {
		d.file.problem(n, "id", "An id is <pack>.<name> of a-z, 0-9 and -.", "%q is no id", id)
		return false
	}
	if l.byID[id] != nil {
		d.file.problem(n, "duplicate", "What is in use cannot be an id of the past.", "a signature is called %q", id)
		return false
	}
	if other := l.former[id]; other != nil && other != d {
		d.file.problem(n, "duplicate", "Two rules cannot share an id of the past.", "%s was called %q too", other.sig.ID, id)
		return false
	}
	l.former[id] = d
	return true
}

// item returns the i-th element of a list of the rule. A list that is broken
// may have fewer elements than were read of it.
func (d *draft) item(key string, i int) *yaml.Node {
	if list := items(get(d.root, key)); i < len(list) {
		return list[i]
	}
	return d.root
}

func keep[T any](list []T, ok func(i int) bool) []T {
	var out []T
	for i := range list {
		if ok(i) {
			out = append(out, list[i])
		}
	}
	return out
}

func (l *loader) resolveSteps(d *draft) {
	own := map[string]*Signature{}
	for _, s := range d.steps {
		own[s.ID] = s.Signature
	}
	find := func(ref string, n *yaml.Node) *Signature {
		if s := own[ref]; s != nil {
			return s
		}
		if !l.known(d, get(n, "signature"), ref) {
			return nil
		}
		s := l.byID[ref].sig
		if !s.Single {
			d.file.problem(get(n, "signature"), "form", "Name a signature with match.", "%q is itself made of several events", ref)
			return nil
		}
		return s
	}
	f := d.sig.form
	last := step{}
	for i := range f.steps {
		st := &f.steps[i]
		if i > 0 && st.ref == last.ref {
			st.sig = last.sig
			continue
		}
		if st.sig = find(st.ref, st.node); st.sig != nil {
			for _, c := range st.sig.Captures {
				d.sig.addCapture(c)
			}
		}
		last = *st
	}
	for i := range f.absent {
		f.absent[i].sig = find(f.absent[i].ref, f.absent[i].node)
	}
}

// complete reports whether every step of the form was found.
func (f *form) complete() bool {
	for _, s := range f.steps {
		if s.sig == nil {
			return false
		}
	}
	for _, a := range f.absent {
		if a.sig == nil {
			return false
		}
	}
	return len(f.steps) > 0
}

// unknownName reports a name that is none of the given.
func (f *file) unknownName(n *yaml.Node, name, what string, names []string) {
	hint := diag.DidYouMean(name, names)
	switch {
	case hint != "":
	case len(names) == 0:
		hint = "The signature has no " + what + "s."
	default:
		hint = "One of: " + strings.Join(names, ", ") + "."
	}
	line, col, end := f.place(n, name)
	f.add(line, col, end, what, hint, "no %s is called %q", what, name)
}

// checkNames holds every name of a capture to those that exist.
func (d *draft) checkNames() {
	for _, n := range items(get(d.root, "identity")) {
		d.checkCapture(n, text(n))
	}
	for _, n := range items(get(d.root, "notes")) {
		when := get(n, "when")
		for _, k := range []string{"distinct", "per", "capture"} {
			if c := get(when, k); c != nil {
				d.checkCapture(c, text(c))
			}
		}
	}
	if d.sig.form != nil && d.sig.form.differNode != nil {
		for _, n := range items(d.sig.form.differNode) {
			d.checkCapture(n, text(n))
		}
	}
	d.checkTemplates(d.root)
}

func (d *draft) checkCapture(n *yaml.Node, name string) {
	for _, c := range d.sig.Captures {
		if c == name {
			return
		}
	}
	if name != "" {
		d.file.unknownName(n, name, "capture", d.sig.Captures)
	}
}

// checkTemplates looks at every text outside of the conditions.
func (d *draft) checkTemplates(n *yaml.Node) {
	if n == nil {
		return
	}
	switch n.Kind {
	case yaml.ScalarNode:
		d.checkTemplate(n)
	case yaml.SequenceNode:
		for _, c := range n.Content {
			d.checkTemplates(c)
		}
	case yaml.MappingNode:
		for _, p := range d.file.pairs(n) {
			if p.key.Value != "match" && p.key.Value != "regex" && p.key.Value != "matches" {
				d.checkTemplates(p.val)
			}
		}
	}
}

func (d *draft) checkTemplate(n *yaml.Node) {
	parts, open := splitTemplate(n.Value)
	for _, p := range parts {
		if p.capture != "" && !isScopeWord(p.capture) {
			d.checkCapture(n, p.capture)
		}
	}
	if open != "" {
		line, col, _ := d.file.place(n, open)
		d.file.add(line, col, col+2, "capture", "A capture is written {{name}}, or {{name|words where it has no value}}.", "{{ is opened and no name follows")
	}
}

// cycles reports every group of signatures that cause each other.
func (l *loader) cycles(c *Catalog) {
	state := make([]uint8, c.Len())
	var trail []*Signature
	var visit func(s *Signature)
	visit = func(s *Signature) {
		state[s.Index] = 1
		trail = append(trail, s)
		for _, e := range c.Effects(s) {
			switch state[e.Effect.Index] {
			case 0:
				visit(e.Effect)
			case 1:
				l.cycle(trail, e)
			}
		}
		trail = trail[:len(trail)-1]
		state[s.Index] = 2
	}
	for _, s := range c.Signatures {
		if state[s.Index] == 0 {
			visit(s)
		}
	}
}

func (l *loader) cycle(trail []*Signature, e Link) {
	from := len(trail) - 1
	for from > 0 && trail[from] != e.Effect {
		from--
	}
	var ids []string
	for _, s := range trail[from:] {
		ids = append(ids, s.ID)
	}
	ids = append(ids, e.Effect.ID)
	d := l.byID[e.Cause.ID]
	n := get(d.root, "leads_to")
	for _, i := range items(get(d.root, "leads_to")) {
		if t := text(get(i, "effect")); t == e.Edge.Effect || t == "class:"+e.Edge.Class {
			n = get(i, "effect")
		}
	}
	hint := "A cause cannot be its own effect. Remove one of the edges."
	if e.Edge.Class != "" && e.Cause.HasClass(e.Edge.Class) {
		hint = e.Cause.ID + " is itself of class " + e.Edge.Class + ". Name the effect, or remove the class."
	}
	d.file.problem(n, "cycle", hint, "leads_to goes round in a circle: %s", strings.Join(ids, " -> "))
}
