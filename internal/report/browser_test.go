package report

import (
	"context"
	"fmt"
	"math"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	cdplog "github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browsers are the programs that the tests know, first one first.
var browsers = []string{"chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "headless_shell", "headless-shell"}

// tab is a page in a real browser, with what it complained about and asked for.
type tab struct {
	t   *testing.T
	ctx context.Context

	mu         sync.Mutex
	complaints []string
	requests   []string
}

// newBrowser starts a browser without a window. Without one the test is skipped.
func newBrowser(t *testing.T) context.Context {
	t.Helper()
	if testing.Short() {
		t.Skip("a browser takes its time")
	}
	path := ""
	for _, name := range browsers {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		t.Skipf("no browser: install chromium, or another of %s, to test the page in it", strings.Join(browsers, ", "))
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.WSURLReadTimeout(60*time.Second), chromedp.Flag("force-color-profile", "srgb"))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // it refuses to start as root with one
	}
	ctx, cancel := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(cancel)
	ctx, cancel = context.WithTimeout(ctx, 4*time.Minute)
	t.Cleanup(cancel)
	return ctx
}

// open shows a page in a tab of its own, of the size of a laptop.
func open(t *testing.T, browser context.Context, source string) *tab {
	t.Helper()
	file := filepath.Join(t.TempDir(), "report.html")
	if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := chromedp.NewContext(browser)
	t.Cleanup(cancel)
	b := &tab{t: t, ctx: ctx}
	if err := chromedp.Listen(ctx, b.note); err != nil {
		t.Fatalf("the browser does not start: %v", err)
	}
	command(b, network.Enable, network.EnableParams{})
	command(b, runtime.Enable, cdp.Empty{})
	command(b, cdplog.Enable, cdp.Empty{})
	b.do(chromedp.EmulateViewport(1280, 800), chromedp.Navigate(fileURL(file)), chromedp.WaitReady(chromedp.CSS("main")))
	return b
}

// note keeps errors of the console and requests.
func (b *tab) note(event any) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch e := event.(type) {
	case *runtime.EventConsoleAPICalled:
		b.complaints = append(b.complaints, fmt.Sprint("console.", e.Type))
	case *runtime.EventExceptionThrown:
		b.complaints = append(b.complaints, fmt.Sprint(e.ExceptionDetails.Text))
	case *cdplog.EventEntryAdded:
		b.complaints = append(b.complaints, e.Entry.Text)
	case *network.EventRequestWillBeSent:
		b.requests = append(b.requests, e.Request.URL)
	}
}

func fileURL(file string) string {
	return (&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.t.Fatal(err)
	}
}

// command sends a command of the protocol.
func command[P, R any](b *tab, c cdp.Command[P, R], params P) R {
	b.t.Helper()
	r, err := chromedp.Call(b.ctx, c, params)
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// evaluate runs an expression in the page.
func evaluate[T any](b *tab, expression string) T {
	b.t.Helper()
	out, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return out
}

// script runs statements in the page.
func (b *tab) script(statements string) {
	b.t.Helper()
	evaluate[bool](b, "(function () { "+statements+"; return true; })()")
}

// holds reports an expression that is not true, also a moment later.
func (b *tab) holds(expression string) {
	b.t.Helper()
	for range 40 {
		if evaluate[bool](b, expression) {
			return
		}
		b.do(chromedp.Sleep(25 * time.Millisecond))
	}
	b.t.Errorf("not so: %s", expression)
}

// slash hits the key "/" as a keyboard does, whose character comes only when the
// page does not take the key for itself.
func (b *tab) slash() {
	b.t.Helper()
	command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyDown, Key: "/", Code: "Slash", Text: "/", WindowsVirtualKeyCode: 191})
	command(b, input.DispatchKeyEvent, input.DispatchKeyEventParams{Type: input.DispatchKeyEventTypeKeyUp, Key: "/", Code: "Slash", WindowsVirtualKeyCode: 191})
}

// press hits keys one after the other.
func (b *tab) press(keys string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(keys))
}

// click clicks in the middle of what a selector finds first.
func (b *tab) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector), chromedp.NodeVisible))
}

// quiet reports what the page complained about, and each request but that for
// the page itself.
func (b *tab) quiet() {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.complaints) > 0 {
		b.t.Errorf("the page complains: %q", b.complaints)
	}
	if len(b.requests) != 1 || !strings.HasPrefix(b.requests[0], "file://") {
		b.t.Errorf("requests: %q", b.requests)
	}
}

// inView is an expression that says whether an element is seen and has the focus.
func inView(id string) string {
	return fmt.Sprintf(`(function () {
		var e = document.getElementById(%q), r = e.getBoundingClientRect();
		return document.activeElement === e && r.height > 0 && r.bottom > 40 && r.top < innerHeight && location.hash === "#" + e.id;
	})()`, id)
}

// TestBrowser opens pages in a browser and uses them as a reader does.
func TestBrowser(t *testing.T) {
	browser := newBrowser(t)
	for _, name := range cases(t) {
		t.Run("opens/"+name, func(t *testing.T) {
			b := open(t, browser, render(t, "html", stored(t, name), Options{}))
			b.holds(`document.querySelector("h1").getBoundingClientRect().height > 0`)
			b.holds(`document.documentElement.scrollWidth <= innerWidth`)
			b.quiet()
		})
	}
	source := render(t, "html", stored(t, "crash-loop"), Options{})
	for name, use := range map[string]func(*tab){
		"filter": useFilter, "zoom": useZoom, "evidence": useEvidence, "keyboard": useKeyboard, "theme": useTheme, "phone": usePhone, "print": usePrint, "policy": usePolicy,
	} {
		t.Run(name, func(t *testing.T) {
			b := open(t, browser, source)
			use(b)
			if name != "policy" { // which breaks the policy to see it hold
				b.quiet()
			}
		})
	}
	t.Run("without scripts", func(t *testing.T) {
		b := open(t, browser, "<title>nothing</title><main>nothing</main>")
		command(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		file := filepath.Join(t.TempDir(), "report.html")
		if err := os.WriteFile(file, []byte(source), 0o600); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.Navigate(fileURL(file)))
		text, err := chromedp.Run(b.ctx, chromedp.TextContent(chromedp.CSS("main")))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"Most likely cause", "Check next", "Evidence"} {
			if !strings.Contains(text, want) {
				t.Errorf("without scripts the page lacks %q", want)
			}
		}
	})
}

// TestScreenshots writes pictures of each page to the folder that SCREENSHOTS
// names, for people to look at: light, dark, on a phone, and as it is printed.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("SCREENSHOTS")
	if dir == "" {
		t.Skip("set SCREENSHOTS to a folder to get pictures of the pages")
	}
	browser := newBrowser(t)
	for _, name := range cases(t) {
		b := open(t, browser, render(t, "html", stored(t, name), Options{}))
		for look, media := range map[string]emulation.SetEmulatedMediaParams{
			"light": {}, "phone": {},
			"dark":  {Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: "dark"}}},
			"print": {Media: "print"},
		} {
			width, option := int64(1280), chromedp.EmulateViewportOption(chromedp.EmulateLandscape)
			if look == "phone" {
				width, option = 390, chromedp.EmulateMobile
			}
			command(b, emulation.SetEmulatedMedia, media)
			b.do(chromedp.EmulateViewport(width, 844, option))
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err == nil {
				err = os.WriteFile(filepath.Join(dir, name+"-"+look+".png"), picture, 0o600)
			}
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// useFilter types words: rows that lack them go, and come back.
func useFilter(b *tab) {
	const shown = `Array.from(document.querySelectorAll("main [data-find]")).filter(function (e) { return !e.closest("svg") && e.getClientRects().length > 0; }).length`
	all := evaluate[int](b, shown)
	b.slash()
	b.holds(`document.activeElement.id === "filter"`)
	b.press("container called exit")
	some := evaluate[int](b, shown)
	if some == 0 || some >= all {
		b.t.Errorf("%d of %d rows are shown for %q", some, all, evaluate[string](b, `document.getElementById("filter").value`))
	}
	b.holds(fmt.Sprintf(`document.getElementById("count").textContent === "%d of %d"`, some, all))
	b.holds(`Array.from(document.querySelectorAll("main [data-find]:not(.off)")).every(function (e) { return /container/i.test(e.textContent) && /exit/i.test(e.textContent); })`)
	b.holds(`Array.from(document.querySelectorAll("#lanes .off")).every(function (e) { return getComputedStyle(e).opacity < 0.5; }) && document.querySelector("#lanes .off") !== null`)
	b.press(kb.Escape)
	b.holds(`document.getElementById("filter").value === ""`)
	if again := evaluate[int](b, shown); again != all {
		b.t.Errorf("%d of %d rows come back", again, all)
	}
}

// useZoom zooms by keys, buttons, wheel and drag: the axis and the bars follow.
func useZoom(b *tab) {
	const (
		axis = `Array.from(document.querySelectorAll("#lanes [data-tick]")).map(function (e) { return e.textContent; }).join(" ")`
		bars = `Array.from(document.querySelectorAll("#lanes rect[data-a]")).map(function (e) { return e.getAttribute("x") + e.style.display; }).join(" ")`
	)
	whole, wholeBars := evaluate[string](b, axis), evaluate[string](b, bars)
	last := whole
	changes := func(how string) {
		b.t.Helper()
		now := evaluate[string](b, axis)
		if now == last {
			b.t.Errorf("%s: the axis still reads %s", how, now)
		}
		last = now
	}
	b.press("+")
	changes("+")
	if evaluate[string](b, bars) == wholeBars {
		b.t.Error("the bars do not follow")
	}
	b.press(kb.ArrowRight)
	changes("arrow right")
	b.press(kb.ArrowLeft)
	changes("arrow left")
	b.click("#zoomin")
	changes("button zoom in")
	b.click("#zoomout")
	changes("button zoom out")
	b.script(`document.getElementById("lanes").scrollIntoView({block: "center"})`)
	x, y := centre(b, "#lanes")
	b.do(chromedp.MouseEvent("mouseWheel", x, y, func(p *input.DispatchMouseEventParams) {
		p.DeltaX, p.DeltaY, p.Modifiers = 1, -200, int64(chromedp.ModifierCtrl)
	}))
	changes("wheel with Ctrl")
	b.do(chromedp.MouseEvent("mousePressed", x, y, chromedp.ButtonLeft, chromedp.ClickCount(1)), chromedp.MouseEvent("mouseMoved", x-120, y, chromedp.ButtonLeft),
		chromedp.MouseEvent("mouseReleased", x-120, y, chromedp.ButtonLeft, chromedp.ClickCount(1)))
	changes("drag")
	b.press("-")
	changes("-")
	b.press("0")
	if got := evaluate[string](b, axis); got != whole {
		b.t.Errorf("all of it reads %s, want %s", got, whole)
	}
	b.click("#zoomin")
	b.click("#zoomall")
	if got := evaluate[string](b, axis); got != whole {
		b.t.Errorf("button all: %s, want %s", got, whole)
	}
	b.holds(`location.hash === ""`) // a drag is no click
}

// centre is the middle of an element, in pixels of the window.
func centre(b *tab, selector string) (x, y float64) {
	at := evaluate[[]float64](b, fmt.Sprintf(`(function () { var r = document.querySelector(%q).getBoundingClientRect(); return [r.left + r.width / 2, Math.min(r.top + r.height / 2, innerHeight - 20)]; })()`, selector))
	return at[0], at[1]
}

// useEvidence follows links: what they name is seen and has the focus, also
// where a filter or a fold hid it.
func useEvidence(b *tab) {
	id := evaluate[string](b, `document.querySelector("dl.screen a.ref[href^='#E']").getAttribute("href").slice(1)`)
	b.click("dl.screen a.ref[href='#" + id + "']")
	b.holds(inView(id))
	b.script(`scrollTo(0, 0)`)
	b.click("dl.screen a.ref[href='#" + id + "']") // the same once more
	b.holds(inView(id))

	b.script(`scrollTo(0, 0)`)
	b.slash()
	b.press("nothing holds these words")
	b.holds(fmt.Sprintf(`document.getElementById(%q).getClientRects().length === 0`, id))
	b.click("dl.screen a.ref[href='#" + id + "']")
	b.holds(inView(id))

	bar := evaluate[string](b, `document.querySelector("#lanes a").getAttribute("href").baseVal || document.querySelector("#lanes a").getAttribute("href")`)
	b.script(`document.getElementById("lanes").scrollIntoView({block: "center"})`)
	b.click("#lanes a rect.run")
	b.holds(inView(strings.TrimPrefix(bar, "#")))
}

// useKeyboard goes through the page with Tab and follows a link with Enter.
func useKeyboard(b *tab) {
	seen := map[string]bool{}
	const where = `(function () { var e = document.activeElement; return (e.id || e.getAttribute("href") || e.tagName) + (getComputedStyle(e).outlineStyle === "none" ? " unmarked" : ""); })()`
	for range 40 {
		b.press(kb.Tab)
		at := evaluate[string](b, where)
		if strings.HasSuffix(at, " unmarked") {
			b.t.Errorf("the focus is not seen at %s", at)
		}
		seen[at] = true
		if !strings.HasPrefix(at, "#E") {
			continue
		}
		b.press(kb.Enter)
		b.holds(inView(at[1:]))
		b.press(kb.Tab) // and on from there
		b.holds(`document.activeElement.closest(".evidence") !== null || document.activeElement.tagName === "BODY"`)
		break
	}
	for _, want := range []string{"filter", "theme", "#evidence"} {
		if !seen[want] {
			b.t.Errorf("Tab does not reach %s, only %v", want, seen)
		}
	}
}

// useTheme shows the page light and dark, as the system says and by its button;
// in both, text can be read.
func useTheme(b *tab) {
	background := func(scheme string) string {
		command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}})
		b.readable(scheme)
		return evaluate[string](b, `getComputedStyle(document.body).backgroundColor`)
	}
	light, dark := background("light"), background("dark")
	if light == dark {
		b.t.Errorf("light and dark are both %s", light)
	}
	b.click("#theme")
	b.readable("dark, made light")
	if got := evaluate[string](b, `getComputedStyle(document.body).backgroundColor`); got != light {
		b.t.Errorf("the button gives %s, want %s", got, light)
	}
}

// readable reports text whose contrast is below what WCAG asks for (4.5 to 1).
func (b *tab) readable(theme string) {
	b.t.Helper()
	type pair struct{ What, Fg, Bg string }
	pairs := evaluate[[]pair](b, `Array.from(document.querySelectorAll("p,code,pre,a,th,td,dt,.tag,.mute,button,input,.todo,figcaption,.head")).filter(function (e) { return e.getClientRects().length; }).map(function (e) {
		for (var p = e, bg = ""; p && (bg = getComputedStyle(p).backgroundColor) === "rgba(0, 0, 0, 0)"; p = p.parentElement) {}
		return {What: e.tagName + "." + e.className, Fg: getComputedStyle(e).color, Bg: bg};
	})`)
	if len(pairs) < 20 {
		b.t.Errorf("%s: %d texts", theme, len(pairs))
	}
	told := map[pair]bool{}
	for _, p := range pairs {
		if c := contrast(p.Fg, p.Bg); c < 4.5 && !told[p] {
			told[p] = true
			b.t.Errorf("%s: %s is %s on %s, contrast %.1f", theme, p.What, p.Fg, p.Bg, c)
		}
	}
}

// contrast of two colours, see https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio.
func contrast(a, b string) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

func luminance(colour string) float64 {
	var rgb [3]float64
	if _, err := fmt.Sscanf(strings.TrimPrefix(strings.TrimPrefix(colour, "rgba"), "rgb"), "(%f, %f, %f", &rgb[0], &rgb[1], &rgb[2]); err != nil {
		return math.NaN()
	}
	for i, v := range rgb {
		if v /= 255; v <= 0.03928 {
			rgb[i] = v / 12.92
		} else {
			rgb[i] = math.Pow((v+0.055)/1.055, 2.4)
		}
	}
	return 0.2126*rgb[0] + 0.7152*rgb[1] + 0.0722*rgb[2]
}

// usePhone shows the page on a narrow screen: nothing is wider than that.
func usePhone(b *tab) {
	b.do(chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile))
	b.holds(`document.documentElement.scrollWidth <= 390`)
	b.holds(`Array.from(document.querySelectorAll("main>*")).every(function (e) { return e.getBoundingClientRect().right <= 390.5; })`)
	b.readable("phone")
}

// usePrint prints: no tools, folds open, and pages come out.
func usePrint(b *tab) {
	b.click("#theme") // printed light, whatever is shown
	b.click("#theme")
	command(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	b.holds(`["nav", "#zoomin"].every(function (s) { return document.querySelector(s).getClientRects().length === 0; })`)
	b.holds(`getComputedStyle(document.querySelector("pre")).backgroundColor === "rgb(246, 248, 250)"`)
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF())
	if err != nil {
		b.t.Fatal(err)
	}
	if len(pdf) < 10_000 || string(pdf[:5]) != "%PDF-" {
		b.t.Errorf("%d bytes are printed: %.10q", len(pdf), pdf)
	}
	b.holds(`Array.from(document.querySelectorAll("details")).every(function (e) { return e.open; })`)
}

// usePolicy tries what foreign text would try, had it got onto the page.
func usePolicy(b *tab) {
	b.script(`(function () {
		var s = document.createElement("script"); s.textContent = "window.taken = 1"; document.body.appendChild(s);
		var i = document.createElement("img"); i.src = "https://evil.example/p.png"; document.body.appendChild(i);
		var d = document.createElement("div"); d.innerHTML = "<b id=styled style='color:red' onclick='window.taken = 2'>x</b>"; document.body.appendChild(d);
		var f = document.createElement("iframe"); f.src = "https://evil.example/"; document.body.appendChild(f);
		var l = document.createElement("link"); l.rel = "stylesheet"; l.href = "https://evil.example/x.css"; document.head.appendChild(l);
		document.getElementById("styled").click();
		try { fetch("https://evil.example/").catch(function () { window.refused = true; }); } catch (e) { window.refused = true; }
	})()`)
	b.holds(`window.refused === true`)
	b.holds(`window.taken === undefined && getComputedStyle(document.getElementById("styled")).color !== "rgb(255, 0, 0)"`)
	b.mu.Lock()
	defer b.mu.Unlock()
	blocked := 0
	for _, c := range b.complaints {
		if strings.Contains(c, "Content Security Policy") || strings.Contains(c, "content security policy") {
			blocked++
		}
	}
	if blocked < 5 {
		b.t.Errorf("%d things are blocked: %q", blocked, b.complaints)
	}
}
