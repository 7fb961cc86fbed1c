package cloudlogtest

import (
	"regexp"
	"strings"

	"logwhy/internal/logentry"
)

// maxResources is how many resource names a request may hold.
const maxResources = 100

var resourceName = regexp.MustCompile(`^((?:projects|organizations|folders|billingAccounts)/[^/]+)(?:/locations/([^/]+)/buckets/([^/]+)/views/([^/]+))?$`)

// reader decides which entries a resource name shows.
type reader func(*logentry.Entry) bool

// readers checks the resource names of a request. An entry is shown when one of
// them shows it.
func (s *Server) readers(names []string) (reader, error) {
	switch {
	case len(names) == 0:
		return nil, invalid("At least one resource name must be specified")
	case len(names) > maxResources:
		return nil, invalid("At most %d resource names may be specified; there are %d", maxResources, len(names))
	}
	var all []reader
	for _, n := range names {
		r, err := s.reader(n)
		if err != nil {
			return nil, err
		}
		all = append(all, r)
	}
	return func(e *logentry.Entry) bool {
		for _, r := range all {
			if r(e) {
				return true
			}
		}
		return false
	}, nil
}

func (s *Server) reader(name string) (reader, error) {
	m := resourceName.FindStringSubmatch(name)
	if m == nil {
		return nil, invalid("Name %q does not match any of the patterns of resource names", name)
	}
	prefix := m[1] + "/logs/"
	in := func(e *logentry.Entry) bool { return strings.HasPrefix(e.LogName, prefix) }
	if m[2] == "" {
		return in, nil
	}
	if text, ok := s.opts.Views[name]; ok {
		f, err := s.filters.get(text)
		if err != nil {
			return nil, err
		}
		return func(e *logentry.Entry) bool { return in(e) && f.match(e) }, nil
	}
	switch m[3] + "/" + m[4] {
	case "_Required/_AllLogs":
		return func(e *logentry.Entry) bool { return in(e) && required(e) }, nil
	case "_Default/_AllLogs":
		return func(e *logentry.Entry) bool { return in(e) && !required(e) }, nil
	case "_Default/_Default":
		return func(e *logentry.Entry) bool { return in(e) && !required(e) && !private(e) }, nil
	}
	return nil, notFound("View %q does not exist", name)
}

// required reports whether an entry lies in the bucket _Required, whose logs
// nobody can turn off: no other bucket holds them.
func required(e *logentry.Entry) bool {
	switch e.LogID() {
	case "cloudaudit.googleapis.com/activity", "cloudaudit.googleapis.com/system_event", "cloudaudit.googleapis.com/access_transparency":
		return true
	}
	return false
}
