// Command logwhy finds the root cause of an incident in Google Cloud Logging.
//
// It reads exports of Cloud Logging, matches failure signatures, tests which
// failures explain which, and writes a five-whys report that stops where the
// evidence stops. Run "logwhy help" for the commands.
package main

import (
	"context"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
)

// gcPercent makes the collector run earlier than Go does by itself: what is
// live while reading is small and flat, and memory matters more on a machine
// in trouble than the little work. GOGC overrides it.
const gcPercent = 45

func main() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], systemEnv())
	stop()
	os.Exit(code)
}
