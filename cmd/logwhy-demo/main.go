// Command logwhy-demo serves an incident as Cloud Logging would, so that logwhy
// can be tried live without a project in the cloud:
//
//	go run ./cmd/logwhy-demo
//
// It prints the command to try. The entries are those of testdata/incident.json,
// moved so that the incident lies in the last hour.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"logwhy/internal/ingest/cloudlog/cloudlogtest"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr, time.Now)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "logwhy-demo:", err)
		os.Exit(2)
	}
}

// options are the flags.
type options struct {
	file      string
	keepTimes bool
	play      float64
	quota     int
	faults    float64
	seed      uint64
	listen    string
}

func parse(args []string, stderr io.Writer) (options, error) {
	var o options
	fl := flag.NewFlagSet("logwhy-demo", flag.ContinueOnError)
	fl.SetOutput(stderr)
	fl.StringVar(&o.file, "file", "", "serve the LogEntry JSON of `FILE` (default testdata/incident.json of the repository)")
	fl.BoolVar(&o.keepTimes, "keep-times", false, "serve the entries with the times that they have")
	fl.Float64Var(&o.play, "play", 0, "let the entries arrive `SPEED` times as fast as they were logged, once somebody watches")
	fl.IntVar(&o.quota, "quota", 60, "refuse more than `N` read requests in a minute, as the service does (0: never)")
	fl.Float64Var(&o.faults, "faults", 0, "let this `SHARE` of the requests go wrong, such as 0.3")
	fl.Uint64Var(&o.seed, "seed", 1, "which requests go wrong")
	fl.StringVar(&o.listen, "listen", "127.0.0.1:0", "serve gRPC at `HOST:PORT`")
	if err := fl.Parse(args); err != nil {
		return o, err
	}
	if fl.NArg() > 0 {
		return o, fmt.Errorf("unknown argument %q\nTo serve a file: --file %s", fl.Arg(0), fl.Arg(0))
	}
	if o.play < 0 || o.faults < 0 || o.faults > 1 {
		return o, errors.New("--play is 0 or above, --faults between 0 and 1")
	}
	return o, nil
}

func run(ctx context.Context, args []string, stdout, stderr io.Writer, now func() time.Time) error {
	o, err := parse(args, stderr)
	if err != nil {
		return err
	}
	entries, err := load(o, now())
	if err != nil {
		return err
	}
	opts := cloudlogtest.Options{Listen: o.listen, Now: now, Quota: cloudlogtest.Quota{PerMinute: o.quota}, TailBuffer: true}
	if o.faults > 0 {
		opts.Faults = cloudlogtest.Seeded(o.seed, o.faults)
	}
	if o.play == 0 {
		opts.Sources = []cloudlogtest.Source{entries}
	}
	srv, err := cloudlogtest.Start(opts)
	if err != nil {
		return err
	}
	defer srv.Stop()
	announce(stdout, srv, entries, o)
	if o.play > 0 {
		if err := play(ctx, srv, entries, o.play); err != nil {
			return err
		}
	}
	<-ctx.Done()
	return nil
}

// load reads the entries and, unless they keep their times, moves the newest to
// a minute ago: the incident is fresh then, and nothing lies in the future.
func load(o options, now time.Time) (*cloudlogtest.Entries, error) {
	path := o.file
	if path == "" {
		found, err := example()
		if err != nil {
			return nil, err
		}
		path = found
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	entries, err := cloudlogtest.Load(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", filepath.Base(path), err)
	}
	if entries.Len() == 0 {
		return nil, fmt.Errorf("%s holds no entries", filepath.Base(path))
	}
	if o.keepTimes {
		return entries, nil
	}
	return entries.Shift(now.UTC().Add(-time.Minute).Truncate(time.Second).Sub(entries.Newest().Truncate(time.Second)))
}

// example finds the incident of the repository that this command is run in.
func example() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		path := filepath.Join(dir, "testdata", "incident.json")
		if _, err := os.Stat(path); err == nil {
			return path, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("testdata/incident.json is not here\nRun it in the repository of logwhy, or give --file FILE")
		}
		dir = parent
	}
}

// announce says what is served, and how to look at it.
func announce(w io.Writer, srv *cloudlogtest.Server, entries *cloudlogtest.Entries, o options) {
	project := entries.Entry(0).Scope.Project
	first, last := entries.Time(0), entries.Newest()
	to := fmt.Sprintf("logwhy %%s --project %s --endpoint %s --insecure", project, srv.Addr)
	fmt.Fprintf(w, "%d entries of %s, %s – %s\n", entries.Len(), project, first.Format(time.RFC3339), last.Format(time.RFC3339))
	fmt.Fprintf(w, "gRPC at %s, REST at %s\n\nTry, in another terminal:\n\n", srv.Addr, srv.URL)
	switch {
	case o.play > 0:
		took := time.Duration(float64(last.Sub(first)) / o.play).Round(time.Second)
		fmt.Fprintf(w, "  "+to+" --since 1h\n\nThe entries arrive within %s, once it watches.\n", "watch", took)
	case o.keepTimes:
		fmt.Fprintf(w, "  "+to+" --from %s --to %s\n", "report", first.Format(time.RFC3339), last.Add(time.Second).Format(time.RFC3339))
	default:
		fmt.Fprintf(w, "  "+to+" --since 1h\n", "report")
	}
	fmt.Fprintln(w, "\nIf logwhy is not installed, write go run ./cmd/logwhy instead. Ctrl-C ends this server.")
}

// play adds the entries at the pace at which they were logged, times speed.
func play(ctx context.Context, srv *cloudlogtest.Server, entries *cloudlogtest.Entries, speed float64) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	texts, first := entries.Texts(), entries.Time(0)
	played := time.Duration(0)
	for done := 0; done < len(texts); {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if srv.Tails() == 0 {
			continue
		}
		played += time.Duration(float64(100*time.Millisecond) * speed)
		before, _ := entries.Until(first.Add(played))
		if before.Len() > done {
			if err := srv.Add(texts[done:before.Len()]...); err != nil {
				return err
			}
			done = before.Len()
		}
	}
	return nil
}
