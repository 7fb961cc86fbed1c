package signature

import "testing"

func TestFill(t *testing.T) {
	values := map[string]string{"module": "acme.billing", "evil": "`rm` [x](y)"}
	quote := func(s string) string { return "<" + s + ">" }
	tests := []struct{ template, plain, prose string }{
		{"no captures", "no captures", "no captures"},
		{"{{module}} is missing", "acme.billing is missing", "<acme.billing> is missing"},
		{"`{{module}}` is missing", "`acme.billing` is missing", "<acme.billing> is missing"},
		{"run `pip install {{ module }}` once", "run `pip install acme.billing` once", "run <pip install acme.billing> once"},
		{"{{evil}}", "`rm` [x](y)", "<`rm` [x](y)>"},
		{"in {{file}}", "in (not stated)", "in (not stated)"},
		{"in {{file|one of its files}}", "in one of its files", "in one of its files"},
		{"in `{{file|one of its files}}`", "in `one of its files`", "in one of its files"},
		{"in `{{file}}:{{line|1}}`", "in `(not stated):1`", "in <(not stated):1>"},
		{"plain `code` here", "plain `code` here", "plain <code> here"},
		{"an open ` stays", "an open ` stays", "an open ` stays"},
		{"{{module|words}} and {{", "acme.billing and {{", "<acme.billing> and {{"},
		{"{{module", "{{module", "{{module"},
		{"", "", ""},
	}
	var s Signature
	for _, tt := range tests {
		if got := s.Fill(tt.template, values); got != tt.plain {
			t.Errorf("Fill(%q) = %q, want %q", tt.template, got, tt.plain)
		}
		if got := s.FillProse(tt.template, values, quote); got != tt.prose {
			t.Errorf("FillProse(%q) = %q, want %q", tt.template, got, tt.prose)
		}
	}
}
