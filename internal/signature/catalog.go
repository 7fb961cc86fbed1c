package signature

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"sort"
)

// Catalog is a set of signatures that were checked as a whole. It is immutable
// and may be used by any number of goroutines.
type Catalog struct {
	// Signatures are sorted by id. Index counts on through Steps.
	Signatures []*Signature
	// Steps are the hidden signatures of sequences, sets and counts.
	Steps []*Signature

	byID    map[string]*Signature
	byClass map[string][]*Signature
	effects [][]Link
	causes  [][]Link
	hash    string
	engine  *engine

	forms     []*Signature
	listeners [][]*Signature
}

// Link is an edge between two signatures of the catalog; an edge to a class
// gives one for each of its failures and impacts.
type Link struct {
	Cause, Effect *Signature
	Edge          *Edge
}

// newCatalog builds the catalog of the drafts, which are sorted by id.
func newCatalog(drafts []*draft, files []hashedFile) *Catalog {
	c := &Catalog{byID: map[string]*Signature{}, byClass: map[string][]*Signature{}, hash: hashFiles(files)}
	for _, d := range drafts {
		if d.sig.form == nil || d.sig.form.complete() {
			c.Signatures = append(c.Signatures, d.sig)
			for _, s := range d.steps {
				c.Steps = append(c.Steps, s.Signature)
			}
		}
	}
	for i := range c.Len() {
		s := c.At(i)
		s.Index = i
		c.byID[s.ID] = s
		for _, class := range s.Classes {
			c.byClass[class] = append(c.byClass[class], s)
		}
	}
	c.link()
	c.listen()
	c.engine = newEngine(c)
	return c
}

// hashFiles is stable over the order and the place of the files.
func hashFiles(files []hashedFile) string {
	sort.Slice(files, func(i, j int) bool { return files[i].name < files[j].name })
	h := sha256.New()
	for _, f := range files {
		fmt.Fprintf(h, "%s %d\n", f.name, len(f.data))
		h.Write(f.data)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// link resolves the edges. An edge to a class leads to its failures and
// impacts, from an impact to impacts alone: a fault or a change ends a chain,
// and being in a class does not make it the effect of everything that speaks
// of the class. What leads back is written with the id.
func (c *Catalog) link() {
	c.effects = make([][]Link, c.Len())
	c.causes = make([][]Link, c.Len())
	add := func(l Link) {
		if l.Effect == nil || l.Effect == l.Cause {
			return
		}
		c.effects[l.Cause.Index] = append(c.effects[l.Cause.Index], l)
		c.causes[l.Effect.Index] = append(c.causes[l.Effect.Index], l)
	}
	for _, s := range c.Signatures {
		for i := range s.LeadsTo {
			e := &s.LeadsTo[i]
			if e.Class == "" {
				add(Link{s, c.byID[e.Effect], e})
				continue
			}
			for _, t := range c.byClass[e.Class] {
				if t.Role == RoleImpact || t.Role == RoleFailure && s.Role != RoleImpact {
					add(Link{s, t, e})
				}
			}
		}
	}
}

// Len is the number of signatures, hidden steps included.
func (c *Catalog) Len() int { return len(c.Signatures) + len(c.Steps) }

// At returns the signature with an index, of Signatures or Steps.
func (c *Catalog) At(i int) *Signature {
	if i < len(c.Signatures) {
		return c.Signatures[i]
	}
	return c.Steps[i-len(c.Signatures)]
}

// Lookup returns the signature with an id, nil when there is none.
func (c *Catalog) Lookup(id string) *Signature { return c.byID[id] }

// ByClass returns the signatures of a class, sorted by id.
func (c *Catalog) ByClass(class string) []*Signature { return c.byClass[class] }

// Effects returns what s may cause, in the order of its edges and, within a
// class, of ids.
func (c *Catalog) Effects(s *Signature) []Link { return c.effects[s.Index] }

// Causes returns what may cause s, sorted by the id of the cause.
func (c *Catalog) Causes(s *Signature) []Link { return c.causes[s.Index] }

// Hash names the set of rule files: the same files, wherever they stand, have
// the same hash.
func (c *Catalog) Hash() string { return c.hash }
