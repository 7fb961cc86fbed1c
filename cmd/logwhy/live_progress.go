package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"logwhy/internal/fetch"
	"logwhy/internal/ingest/cloudlog"
)

// liveProgress shows on standard error how far a live read has come, by the
// time it covers. It keeps silent when nobody watches, but for long waits.
type liveProgress struct {
	e     env
	quiet bool

	mu    sync.Mutex // waits are told by several goroutines
	drawn int        // columns of the line that stands there
	last  time.Time
}

func newLiveProgress(e env, quiet bool) *liveProgress { return &liveProgress{e: e, quiet: quiet} }

// longWait is from when on a wait is told also where nobody sits.
const longWait = 5 * time.Second

func (p *liveProgress) set(v fetch.Progress) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.e.now()
	if p.quiet || !p.e.stderrTTY || now.Sub(p.last) < 100*time.Millisecond {
		return
	}
	p.last = now
	through := ""
	if !v.Through.IsZero() {
		through = ", at " + v.Through.UTC().Format("15:04:05")
	}
	p.draw(fmt.Sprintf("%3.0f %% of query %d: %s%s; %d entries in %d requests", v.Covered*100, v.Query, v.What, through, v.Entries, v.Calls))
}

// wait tells what holds up the read.
func (p *liveProgress) wait(w cloudlog.Wait) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch text := fmt.Sprintf("waiting %s: %s", w.For.Round(time.Second), w.Why); {
	case p.quiet || w.For < time.Second:
	case p.e.stderrTTY:
		p.draw(text)
	case w.For >= longWait:
		fmt.Fprintln(p.e.stderr, text)
	}
}

// draw replaces the line on the terminal; what is too wide is cut, as a line
// that wraps cannot be replaced.
func (p *liveProgress) draw(text string) {
	width := p.e.width
	if width <= 0 {
		width = 80
	}
	runes := []rune(text)
	if len(runes) >= width {
		runes = runes[:width-1]
	}
	blank := max(p.drawn-len(runes), 0)
	fmt.Fprintf(p.e.stderr, "\r%s%s", string(runes), strings.Repeat(" ", blank))
	p.drawn = len(runes)
}

// done takes the line away.
func (p *liveProgress) done() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn > 0 {
		fmt.Fprintf(p.e.stderr, "\r%s\r", strings.Repeat(" ", p.drawn))
		p.drawn = 0
	}
}
