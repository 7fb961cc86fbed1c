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
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:], systemEnv())
	stop()
	os.Exit(code)
}
