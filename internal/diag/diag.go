// Package diag describes what is wrong in a file that a user wrote: where,
// why, and what was probably meant.
//
// A loader collects Problems and goes on, so that all of them are shown at
// once. The package reads no files and prints nothing by itself.
package diag

import (
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Problem is one thing that is wrong in a file.
type Problem struct {
	File string // as shown to the user; "" when there is no file, such as for a flag
	// Line and Col are 1-based; Col and EndCol count characters. 0 is unknown.
	// EndCol is the column behind the last character that is meant.
	Line, Col, EndCol int
	Code              string // one word, shown in brackets
	Message           string // a sentence without full stop
	Hint              string // the next action, such as `Did you mean "severity"?`
	Snippet           string // the line as it stands in the file
}

// Problems is a list of problems.
type Problems []Problem

// Sort orders p by file, place, code and text.
func (p Problems) Sort() {
	sort.SliceStable(p, func(i, j int) bool {
		a, b := p[i], p[j]
		switch {
		case a.File != b.File:
			return a.File < b.File
		case a.Line != b.Line:
			return a.Line < b.Line
		case a.Col != b.Col:
			return a.Col < b.Col
		case a.Code != b.Code:
			return a.Code < b.Code
		}
		return a.Message < b.Message
	})
}

// Error joins the first lines of all problems, so that Problems can be
// returned where an error is asked for.
func (p Problems) Error() string {
	lines := make([]string, len(p))
	for i, q := range p {
		lines[i] = q.head()
	}
	return strings.Join(lines, "\n")
}

// Err returns p as an error, nil when there is no problem.
func (p Problems) Err() error {
	if len(p) == 0 {
		return nil
	}
	return p
}

// WriteTo prints all problems in their order, a blank line between two.
func (p Problems) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for i, q := range p {
		s := q.String()
		if i > 0 {
			s = "\n" + s
		}
		m, err := io.WriteString(w, s)
		n += int64(m)
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// String is the printed form with snippet, caret and hint; it ends in a line break.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.head())
	b.WriteByte('\n')
	if p.Snippet != "" && p.Line > 0 {
		p.writeSnippet(&b)
	}
	for _, l := range strings.Split(p.Hint, "\n") {
		if l != "" {
			b.WriteString("  " + printable(l) + "\n")
		}
	}
	return b.String()
}

// head is "file:line:col: message [code]", without what is unknown.
func (p Problem) head() string {
	var b strings.Builder
	if p.File != "" {
		b.WriteString(printable(p.File))
		if p.Line > 0 {
			fmt.Fprintf(&b, ":%d", p.Line)
			if p.Col > 0 {
				fmt.Fprintf(&b, ":%d", p.Col)
			}
		}
		b.WriteString(": ")
	}
	b.WriteString(printable(p.Message))
	if p.Code != "" {
		b.WriteString(" [" + p.Code + "]")
	}
	return b.String()
}

// snippetWidth is how much of a long line is shown.
const snippetWidth = 120

func (p Problem) writeSnippet(b *strings.Builder) {
	line := []rune(printable(strings.TrimRight(p.Snippet, "\r\n")))
	col, end := p.Col, p.EndCol
	if col > len(line)+1 {
		col = len(line) + 1
	}
	line, col, end = window(line, col, end)
	num := strconv.Itoa(p.Line)
	gutter := strings.Repeat(" ", len(num)) + " | "
	fmt.Fprintf(b, "%s\n%s | %s\n", strings.TrimRight(gutter, " "), num, string(line))
	if col < 1 {
		return
	}
	end = min(max(end, col+1), max(len(line)+1, col+1))
	b.WriteString(gutter + strings.Repeat(" ", col-1) + "^" + strings.Repeat("~", end-col-1) + "\n")
}

// window cuts a long line to the stretch around col.
func window(line []rune, col, end int) ([]rune, int, int) {
	if len(line) <= snippetWidth {
		return line, col, end
	}
	from := max(0, min(col-1-snippetWidth/3, len(line)-snippetWidth))
	to := min(len(line), from+snippetWidth)
	out := append([]rune(nil), line[from:to]...)
	if from > 0 {
		out[0] = '…'
	}
	if to < len(line) {
		out[len(out)-1] = '…'
	}
	return out, col - from, end - from
}

// printable replaces what would move the caret or drive the terminal, one
// character for one, so that columns stay true.
func printable(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case r == utf8.RuneError, unicode.IsControl(r), unicode.Is(unicode.Cf, r), r == '\u2028', r == '\u2029':
			return '\uFFFD'
		}
		return r
	}, s)
}

func isPlain(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}
