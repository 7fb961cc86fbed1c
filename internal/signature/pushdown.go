package signature

import "slices"

// Need is what an entry has at least when a signature is recognised in it:
// what can be asked of a server that knows nothing of signatures. An entry
// that has it need not match.
type Need struct {
	// Texts stand in the message, the most telling first. Whether the case of
	// letters counts is left open, so it should not be made to.
	Texts []string
	// HTTP and Audit ask for a request and for an audit payload.
	HTTP, Audit bool
	// Fields have these values; paths as in rules ("log", "resource.type",
	// "jsonPayload.code" …).
	Fields []Value
}

// Value is a field with the value that it must have.
type Value struct{ Path, Want string }

// Needs lists the ways in which one entry may be recognised as s: whatever
// matches meets one of them. A need without anything is met by every entry.
// Signatures of several events have none; their steps have.
func (s *Signature) Needs() []Need {
	if !s.Single {
		return nil
	}
	list := s.cond.needs()
	out := make([]Need, 0, len(list))
	for _, n := range list {
		v := Need{HTTP: n.gate&gateHTTP != 0, Audit: n.gate&gateAudit != 0}
		for _, l := range n.lits {
			v.Texts = append(v.Texts, l.text)
		}
		for _, w := range n.where {
			v.Fields = append(v.Fields, Value{w.path, w.value})
		}
		if !slices.ContainsFunc(out, v.equal) {
			out = append(out, v)
		}
	}
	return out
}

func (n Need) equal(o Need) bool {
	return n.HTTP == o.HTTP && n.Audit == o.Audit && slices.Equal(n.Texts, o.Texts) && slices.Equal(n.Fields, o.Fields)
}
