package signature

import (
	"fmt"
	"time"

	"gopkg.in/yaml.v3"
)

// formKind is the kind of a signature of several events.
type formKind uint8

const (
	formSequence formKind = iota
	formSet
	formCount
)

// form is a signature of several events.
type form struct {
	kind   formKind
	steps  []step // one per event; a step with a count stands here so often
	join   []Rung
	within time.Duration
	absent []absence
	// atLeast is the number of events of a count; it has one step.
	atLeast int
	// differ holds two captures that must not be equal; "" for none.
	differ     [2]string
	differNode *yaml.Node
	// named is 1 + the number of the step whose event a hit names; 0 for the last.
	named int
}

// step is one event of a form.
type step struct {
	name string
	// ref is the id of the signature; sig is set when references are resolved.
	ref  string
	sig  *Signature
	node *yaml.Node
}

// absence is an event that must not occur in an interval.
type absence struct {
	ref  string
	sig  *Signature
	node *yaml.Node
	// from and to are the numbers of two steps, when between was given.
	between  bool
	from, to int
	// anchor, window, slide and absolute are those of CRE rules: the interval
	// is [anchor+slide, +width], where width is the window plus, unless
	// absolute, the length of the match.
	anchor        int
	window, slide time.Duration
	absolute      bool
}

// maxSteps bounds the events of a form: state is kept for each.
const maxSteps = 64

func (d *draft) buildSteps(kind string, n *yaml.Node) {
	if n.Kind != yaml.MappingNode {
		return
	}
	f := &form{kind: map[string]formKind{"sequence": formSequence, "set": formSet, "count": formCount}[kind], join: parseRungs(get(n, "join")), within: duration(get(n, "within"))}
	d.sig.form = f
	if f.kind == formCount {
		d.buildCount(f, n)
		return
	}
	if len(f.join) == 0 {
		f.join = []Rung{RungTrace, RungRequest, RungInstance, RungExecution, RungRevision, RungService}
	}
	for i, s := range items(get(n, "steps")) {
		if s.Kind == yaml.MappingNode {
			d.buildStep(f, i, s)
		}
	}
	if len(f.steps) > maxSteps {
		d.file.problem(get(n, "steps"), "form", "", "%d steps are more than %d", len(f.steps), maxSteps)
		f.steps = f.steps[:maxSteps]
	}
	if len(f.steps) > 1 && get(n, "within") == nil {
		d.file.problem(n, "missing", "For example:  within: 10s", "%q is missing: a %s of several steps needs a bound in time", "within", kind)
	}
	if f.kind == formSequence && len(f.steps) == 1 {
		d.file.problem(n, "form", "Use match, or add a step.", "a sequence needs at least two steps")
	}
	for i, a := range items(get(n, "absent")) {
		if a.Kind == yaml.MappingNode {
			d.buildAbsence(f, i, a)
		}
	}
	d.buildDiffer(f, n)
	d.buildNames(f, n)
}

func (d *draft) buildDiffer(f *form, n *yaml.Node) {
	list := get(n, "differ")
	if list == nil {
		return
	}
	names := items(list)
	if len(names) != 2 {
		d.file.problem(list, "form", "For example:  differ: [listens, probed]", "differ takes two captures, not %d", len(names))
		return
	}
	f.differ = [2]string{text(names[0]), text(names[1])}
	f.differNode = list
}

func (d *draft) buildNames(f *form, n *yaml.Node) {
	if want := get(n, "names"); want != nil {
		f.named = 1 + d.stepNamed(f, want, text(want))
	}
}

func (d *draft) buildStep(f *form, i int, n *yaml.Node) {
	name := text(get(n, "as"))
	if name == "" {
		name = fmt.Sprint(i + 1)
	}
	for _, s := range f.steps {
		if s.name == name {
			d.file.problem(n, "duplicate", "Rename one of them.", "two steps are called %q", name)
			return
		}
	}
	ref := d.eventOf(n, name)
	times := 1
	if c := get(n, "count"); c != nil {
		if times = int(number(c)); times < 1 || times > maxSteps {
			d.file.problem(c, "form", "", "a step occurs 1 to %d times", maxSteps)
			times = 1
		}
	}
	for range times {
		f.steps = append(f.steps, step{name: name, ref: ref, node: n})
	}
}

// eventOf reads signature or match; a match becomes a hidden signature.
func (d *draft) eventOf(n *yaml.Node, name string) (ref string) {
	byID, cond := get(n, "signature"), get(n, "match")
	switch {
	case byID != nil && cond != nil:
		d.file.problem(cond, "form", "Remove one of them.", "match stands beside signature")
	case byID != nil:
		return text(byID)
	case cond != nil:
		// Steps that ask the same are one step that occurs several times: an
		// event must not count for each of them.
		for _, s := range d.steps {
			if sameNode(s.node, cond) {
				return s.ID
			}
		}
		s := &Signature{ID: d.sig.ID + "#" + name, Pack: d.sig.Pack, Title: d.sig.Title, Role: d.sig.Role,
			Single: true, Owner: d.sig, File: d.file.name, Line: n.Line}
		s.cond = d.condition(cond, s)
		d.steps = append(d.steps, hiddenStep{s, cond})
		return s.ID
	default:
		d.file.problem(n, "missing", "", "signature or match is missing")
	}
	return ""
}

// sameNode reports whether two values of a file say the same.
func sameNode(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	for i := range a.Content {
		if !sameNode(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func (d *draft) buildCount(f *form, n *yaml.Node) {
	f.join = []Rung{RungService}
	if by := parseRungs(get(n, "by")); len(by) > 0 {
		f.join = by
	}
	at := int(number(get(n, "at_least")))
	if c := get(n, "at_least"); c != nil && (at < 2 || at > 100_000) {
		d.file.problem(c, "form", "One event is a match.", "at_least is a number from 2 to 100000")
		at = 2
	}
	ref := d.eventOf(n, "1")
	f.atLeast = at
	f.steps = []step{{name: "1", ref: ref, node: n}}
}

func (d *draft) buildAbsence(f *form, i int, n *yaml.Node) {
	a := absence{node: n, window: duration(get(n, "window")), slide: duration(get(n, "slide")), absolute: text(get(n, "absolute")) == "true"}
	a.ref = d.eventOf(n, fmt.Sprintf("absent-%d", i+1))
	between := get(n, "between")
	if between == nil {
		a.anchor = int(number(get(n, "anchor")))
		if a.anchor < 0 || a.anchor >= max(1, len(f.steps)) {
			d.file.problem(get(n, "anchor"), "form", "Steps are counted from 0.", "there is no step %d", a.anchor)
			a.anchor = 0
		}
		f.absent = append(f.absent, a)
		return
	}
	names := texts(between)
	if len(names) != 2 {
		d.file.problem(between, "form", "For example:  between: [first, last]", "between takes two steps")
		return
	}
	a.between = true
	a.from, a.to = d.stepNamed(f, between, names[0]), d.stepNamed(f, between, names[1])
	f.absent = append(f.absent, a)
}

func (d *draft) stepNamed(f *form, n *yaml.Node, name string) int {
	var names []string
	for i, s := range f.steps {
		if s.name == name {
			return i
		}
		names = append(names, s.name)
	}
	d.file.unknownName(n, name, "step", names)
	return 0
}
