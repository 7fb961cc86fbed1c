package stacktrace

import (
	"strconv"
	"strings"
)

// pythonFrame reads `File "/app/main.py", line 12, in handler`. The frame of a
// SyntaxError names no function.
func pythonFrame(s string) (Frame, bool) {
	rest, ok := strings.CutPrefix(s, `File "`)
	if !ok {
		return Frame{}, false
	}
	file, rest, ok := strings.Cut(rest, `", line `)
	if !ok {
		return Frame{}, false
	}
	n := digits(rest)
	if n == 0 || file == "" {
		return Frame{}, false
	}
	f := Frame{File: file, Line: atoi(rest[:n])}
	if fn, ok := strings.CutPrefix(rest[n:], ", in "); ok {
		f.Function = fn
	}
	f.User = userPython(f)
	return f, true
}

func digits(s string) int {
	i := 0
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// atoi returns 0 for what is no number or too large to be a line.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// atFrame reads the frames that begin with "at", and says whose they are:
// "java", "node" or "dotnet".
func atFrame(s string) (Frame, string, bool) {
	rest, ok := strings.CutPrefix(s, "at ")
	if !ok || rest == "" || isSpace(rest[0]) {
		return Frame{}, "", false
	}
	if f, ok := javaFrame(rest); ok {
		return f, "java", true
	}
	if f, ok := nodeFrame(rest); ok {
		return f, "node", true
	}
	if f, ok := dotnetFrame(rest); ok {
		return f, "dotnet", true
	}
	return Frame{}, "", false
}

// javaFrame reads "app//com.acme.Shop.pay(Shop.java:12) ~[shop.jar:1.2]".
func javaFrame(s string) (Frame, bool) {
	open := strings.IndexByte(s, '(')
	if open <= 0 {
		return Frame{}, false
	}
	fn := s[:open]
	n := strings.IndexByte(s[open:], ')')
	if n < 0 || strings.IndexByte(fn, ' ') >= 0 || strings.IndexByte(fn, '.') < 0 {
		return Frame{}, false
	}
	place := s[open+1 : open+n]
	if tail := strings.TrimSpace(s[open+n+1:]); tail != "" && tail[0] != '~' && tail[0] != '[' {
		return Frame{}, false
	}
	f := Frame{Function: fn}
	if i := strings.LastIndexByte(fn, '/'); i >= 0 {
		f.Function = fn[i+1:]
	}
	if f.Function == "" {
		return Frame{}, false
	}
	switch {
	case place == "Native Method" || place == "Unknown Source" || strings.HasPrefix(place, "<"):
	default:
		file, num, hasLine := strings.Cut(place, ":")
		if !isJVMFile(file) || hasLine && digits(num) != len(num) {
			return Frame{}, false
		}
		f.File, f.Line = file, atoi(num)
	}
	f.User = userJava(f)
	return f, true
}

func isJVMFile(s string) bool {
	for _, ext := range [...]string{".java", ".kt", ".scala", ".groovy", ".clj", ".kts"} {
		if strings.HasSuffix(s, ext) {
			return true
		}
	}
	return s == "SourceFile" || s == "Unknown Source" || s == "Native Method"
}

// nodeFrame reads V8's frames: "async Shop.pay (/app/shop.js:12:34)",
// "/app/shop.js:12:34", "new Pool (node:internal/x:1:2)", "Promise.all (index 0)".
func nodeFrame(s string) (Frame, bool) {
	s = strings.TrimSuffix(s, " {")
	s = strings.TrimRight(s, ",")
	f := Frame{}
	place := s
	if strings.HasSuffix(s, ")") {
		open := lastPlaceParen(s)
		if open < 0 {
			return f, false
		}
		place = s[open+2 : len(s)-1]
		f.Function = s[:open]
	} else {
		place = strings.TrimPrefix(place, "async ")
	}
	switch {
	case place == "<anonymous>" || place == "native" || place == "unknown location":
	case strings.HasPrefix(place, "index ") && digits(place[6:]) == len(place)-6:
	case strings.HasPrefix(place, "eval at "):
	default:
		file, line, ok := cutColumn(place)
		if !ok {
			return f, false
		}
		f.File, f.Line = file, line
	}
	f.Function = strings.TrimPrefix(strings.TrimPrefix(f.Function, "async "), "new ")
	if i := strings.Index(f.Function, " [as "); i > 0 {
		f.Function = f.Function[:i]
	}
	if f.Function == "" && f.File == "" {
		return f, false
	}
	f.User = userNode(f)
	return f, true
}

// lastPlaceParen finds the " (" that opens the place of a V8 frame; places
// may hold brackets themselves, "eval at x (/a.js:1:2), <anonymous>:1:1".
func lastPlaceParen(s string) int {
	if i := strings.Index(s, " (eval at "); i > 0 {
		return i
	}
	return strings.LastIndex(s, " (")
}

// cutColumn reads "path:12:34"; V8 always prints the column.
func cutColumn(s string) (file string, line int, ok bool) {
	rest, _, ok := cutLastNumber(s)
	if !ok {
		return "", 0, false
	}
	file, line, ok = cutLastNumber(rest)
	return strings.TrimPrefix(file, "file://"), line, ok
}

// dotnetFrame reads "Acme.Shop.Pay(Order o) in /src/Shop.cs:line 12".
func dotnetFrame(s string) (Frame, bool) {
	f := Frame{}
	if i := strings.LastIndex(s, ":line "); i >= 0 {
		if j := strings.LastIndex(s[:i], " in "); j >= 0 && digits(s[i+6:]) == len(s)-i-6 {
			f.File, f.Line = s[j+4:i], atoi(s[i+6:])
			s = s[:j]
		}
	}
	open := strings.IndexByte(s, '(')
	if open <= 0 || !strings.HasSuffix(s, ")") {
		return f, false
	}
	f.Function = s[:open]
	if strings.IndexByte(s[open:], ':') >= 0 {
		return f, false
	}
	if strings.IndexByte(f.Function, ' ') >= 0 || !(isLetter(s[0]) || s[0] == '_' || s[0] == '<') {
		return f, false
	}
	if strings.IndexByte(f.Function, '.') < 0 && !strings.HasPrefix(f.Function, "lambda_method") {
		return f, false
	}
	f.User = userDotnet(f)
	return f, true
}

// goFile reads the second line of a Go frame, "/app/main.go:12 +0x1d".
func goFile(s string) (file string, line int, ok bool) {
	i := strings.Index(s, ".go:")
	if i <= 0 {
		return "", 0, false
	}
	n := digits(s[i+4:])
	if rest := s[i+4+n:]; n == 0 || rest != "" && !strings.HasPrefix(rest, " +0x") {
		return "", 0, false
	}
	if c := s[0]; c != '/' && c != '_' && !isLetter(c) || strings.IndexByte(s[:i], ' ') >= 0 && s[0] != '/' && !strings.Contains(s[:i], `:\`) {
		return "", 0, false
	}
	return s[:i+3], atoi(s[i+4 : i+4+n]), true
}

// goFunction reads the first line of a Go frame: "main.(*Shop).Pay(0xc000…)",
// "created by main.start in goroutine 1", or, from github.com/pkg/errors and
// zap, the bare name.
func goFunction(s string) (fn string, ok bool) {
	if rest, found := strings.CutPrefix(s, "created by "); found {
		if i := strings.Index(rest, " in goroutine "); i >= 0 {
			rest = rest[:i]
		}
		return rest, rest != "" && strings.IndexByte(rest, ' ') < 0
	}
	if strings.HasSuffix(s, ")") {
		i := goArgs(s)
		if i <= 0 {
			return "", false
		}
		s = s[:i]
	}
	if s == "panic" {
		return s, true
	}
	dot := strings.LastIndexByte(s, '.')
	if dot <= 0 || dot+1 == len(s) || strings.ContainsAny(s, " \"'=,;") {
		return "", false
	}
	return s, true
}

// goArgs returns where the argument list begins: the bracket that the last
// one closes.
func goArgs(s string) int {
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ')', '}':
			depth++
		case '{':
			depth--
		case '(':
			depth--
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// rubyPlace reads "/app/shop.rb:12:in 'Shop#pay'" or, before Ruby 3.4,
// "/app/shop.rb:12:in `pay'"; n is the length of it.
func rubyPlace(s string) (f Frame, n int, ok bool) {
	i := strings.Index(s[:min(len(s), 500)], ":in ")
	if i <= 0 || i+5 >= len(s) {
		return f, 0, false
	}
	file, line, ok := cutLastNumber(s[:i])
	if !ok || line <= 0 || !isRubyFile(file) {
		return f, 0, false
	}
	q := s[i+4]
	if q != '`' && q != '\'' {
		return f, 0, false
	}
	end := strings.IndexByte(s[i+5:], '\'')
	if end < 0 {
		return f, 0, false
	}
	f = Frame{Function: s[i+5 : i+5+end], File: file, Line: line}
	f.User = userRuby(f)
	return f, i + 6 + end, true
}

func isRubyFile(s string) bool {
	if strings.ContainsAny(s, " \t") && s[0] != '/' {
		return false
	}
	for _, ext := range [...]string{".rb", ".ru", ".rake", ".erb", ".haml", ".slim", ".jbuilder", "Rakefile", ">", ")"} {
		if strings.HasSuffix(s, ext) {
			return true
		}
	}
	return strings.Contains(s, "/bin/") || s == "-e" || strings.HasPrefix(s, "bin/")
}

// rubyFrame reads a line of a Ruby backtrace, with or without "from" and the
// level that old versions number.
func rubyFrame(s string) (Frame, bool) {
	if n := digits(s); n > 0 && strings.HasPrefix(s[n:], ": from ") {
		s = s[n+2:]
	}
	s = strings.TrimPrefix(s, "from ")
	f, n, ok := rubyPlace(s)
	return f, ok && n == len(s)
}

// phpFrame reads "#0 /app/shop.php(12): Shop->pay(Object(Order))".
func phpFrame(s string) (Frame, bool) {
	rest, ok := hashNumber(s)
	if !ok {
		return Frame{}, false
	}
	if rest == "{main}" {
		return Frame{Function: "{main}"}, true
	}
	f := Frame{}
	place, call, ok := strings.Cut(rest, ": ")
	if !ok {
		return f, false
	}
	if place != "[internal function]" {
		open := strings.LastIndexByte(place, '(')
		if open <= 0 || !strings.HasSuffix(place, ")") {
			return f, false
		}
		num := place[open+1 : len(place)-1]
		if num == "" || digits(num) != len(num) {
			return f, false
		}
		f.File, f.Line = place[:open], atoi(num)
	}
	f.Function, _, _ = strings.Cut(call, "(")
	f.Function = strings.ReplaceAll(f.Function, `\\`, `\`) // inside JSON
	f.User = userPHP(f)
	return f, true
}

func hashNumber(s string) (rest string, ok bool) {
	if len(s) < 3 || s[0] != '#' {
		return "", false
	}
	n := digits(s[1:])
	if n == 0 || n+1 >= len(s) || s[n+1] != ' ' {
		return "", false
	}
	return strings.TrimLeft(s[n+2:], " "), true
}

// rustFunction reads "  12: shop::pay" of a Rust backtrace.
func rustFunction(s string) (string, bool) {
	n := digits(s)
	if n == 0 || n > 4 || !strings.HasPrefix(s[n:], ": ") {
		return "", false
	}
	fn := strings.TrimSpace(s[n+2:])
	if i := strings.Index(fn, " - "); strings.HasPrefix(fn, "0x") && i > 0 { // RUST_BACKTRACE=full
		fn = fn[i+3:]
	}
	return fn, fn != "" && !strings.HasSuffix(fn, ".")
}

// elixirFrame reads "(shop 0.1.0) lib/shop/pay.ex:12: Shop.Pay.run/2" and
// Erlang's "in function  shop:pay/2 (src/shop.erl, line 12)".
func elixirFrame(s string) (Frame, bool) {
	if f, ok := erlangFrame(s); ok {
		return f, true
	}
	app := ""
	if strings.HasPrefix(s, "(") {
		end := strings.Index(s, ") ")
		if end < 0 {
			return Frame{}, false
		}
		app, s = s[1:end], s[end+2:]
	}
	place, fn, ok := strings.Cut(s, ": ")
	if !ok {
		return Frame{}, false
	}
	file, line, ok := cutLastNumber(place)
	if !ok || !isBeamFile(file) {
		return Frame{}, false
	}
	f := Frame{Function: fn, File: file, Line: line}
	f.User = userBeam(app, f)
	return f, true
}

func isBeamFile(s string) bool {
	for _, ext := range [...]string{".ex", ".exs", ".erl", ".eex", ".heex", ".yrl"} {
		if strings.HasSuffix(s, ext) {
			return strings.IndexByte(s, ' ') < 0
		}
	}
	return false
}

func erlangFrame(s string) (Frame, bool) {
	rest, ok := strings.CutPrefix(s, "in function ")
	if !ok {
		rest, ok = strings.CutPrefix(s, "in call from ")
	}
	if !ok {
		return Frame{}, false
	}
	f := Frame{Function: strings.TrimSpace(rest)}
	if fn, place, ok := strings.Cut(f.Function, " ("); ok {
		f.Function = fn
		if file, num, ok := strings.Cut(strings.TrimSuffix(place, ")"), ", line "); ok {
			f.File, f.Line = file, atoi(num)
		}
	}
	f.User = userBeam("", f)
	return f, true
}
