package main

import (
	"time"

	"github.com/schollz/progressbar/v3"
)

// progress shows on standard error how far a long read has come. It keeps
// silent when nobody watches, and for the first half second.
type progress struct {
	e     env
	bar   *progressbar.ProgressBar
	quiet bool
	start time.Time
}

func newProgress(e env, quiet bool) *progress {
	return &progress{e: e, quiet: quiet || !e.stderrTTY, start: e.now()}
}

func (p *progress) set(done, total int64) {
	if p.quiet {
		return
	}
	if p.bar == nil {
		if p.e.now().Sub(p.start) < 500*time.Millisecond {
			return
		}
		if total <= 0 {
			total = -1
		}
		p.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(p.e.stderr), progressbar.OptionShowBytes(true),
			progressbar.OptionSetDescription("reading"), progressbar.OptionThrottle(100*time.Millisecond),
			progressbar.OptionClearOnFinish(), progressbar.OptionSetWidth(30))
	}
	// A bar that cannot be drawn is no reason to stop reading.
	_ = p.bar.Set64(done)
}

func (p *progress) done() {
	if p.bar != nil {
		_ = p.bar.Finish()
	}
}
