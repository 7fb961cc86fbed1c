package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"logwhy/internal/ingest/cloudlog"
)

const (
	// doctorPatience is how long one question may take without --deadline.
	doctorPatience = 30 * time.Second
	// doctorBack is how far back the doctor looks for entries of a log.
	doctorBack = 30 * 24 * time.Hour
	// clockSlack is how far two clocks may differ before --since means something
	// else than what is typed.
	clockSlack = 10 * time.Second
)

// doctor checks one thing after the other and says what to do.
type doctor struct {
	e      env
	live   liveFlags
	client *cloudlog.Client
	failed bool
	clock  bool // the clock was compared
}

func newDoctor(e env) *cobra.Command {
	d := &doctor{e: e}
	var rf ruleFlags
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check credentials, permissions, clock and rules, and say what to do",
		Long: `doctor asks what a live read needs: rules that load, credentials, an API that is
enabled and may be charged, the permission to read entries, audit logs and data
access logs, and a clock that agrees with the server's. For each it says what was
found and, where something is missing, the command that helps.

It reads one entry of each kind at most and prints none. Exit code 0 says that a
live read will work, 3 that it will not. A line that begins with "note" is no
failure: it says what reports will not be able to see.`,
		Example: `  logwhy doctor --project acme-staging
  logwhy doctor --project acme-staging --impersonate reader@acme-staging.iam.gserviceaccount.com`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), rf) },
	}
	d.live.register(cmd)
	rf.register(cmd)
	cmd.Flags().Lookup("deadline").Usage = "wait for one answer at most `DURATION` (default 30s)"
	for _, name := range []string{"limit", "allow-partial", "service", "resource"} {
		_ = cmd.Flags().MarkHidden(name) // they say what to read, and nothing is
	}
	return cmd
}

func (d *doctor) run(ctx context.Context, rf ruleFlags) error {
	if err := d.live.check(d.e, nil); err != nil {
		return err
	}
	d.rules(rf)
	if err := d.credentials(ctx); err == nil {
		defer d.client.Close()
		d.reads(ctx)
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if d.failed {
		return &exitError{code: exitRead}
	}
	return nil
}

// The three things that a check can come to.
const (
	checkOK   = "ok"
	checkNote = "note"
	checkFail = "FAIL"
)

// say prints one check. Lines below the first are what to do.
func (d *doctor) say(state, what, text string) {
	d.failed = d.failed || state == checkFail
	first, rest, _ := strings.Cut(text, "\n")
	fmt.Fprintf(d.e.stdout, "%-5s %-12s %s\n", state, what, first)
	for line := range strings.Lines(rest) {
		fmt.Fprintf(d.e.stdout, "%-5s %-12s   %s\n", "", "", strings.TrimRight(line, "\n"))
	}
}

func (d *doctor) rules(rf ruleFlags) {
	cat, err := loadCatalog(rf)
	if err != nil {
		d.say(checkFail, "rules", err.Error())
		return
	}
	d.say(checkOK, "rules", fmt.Sprintf("%d signatures", len(cat.Signatures)))
}

func (d *doctor) credentials(ctx context.Context) error {
	client, err := d.live.open(ctx, d.e, func(cloudlog.Wait) {})
	switch {
	case err != nil:
		d.say(checkFail, "credentials", err.Error())
	case d.live.insecure:
		d.say(checkOK, "credentials", "none are needed for "+d.live.endpoint)
	case d.live.impersonate != "":
		d.say(checkOK, "credentials", "found, to act as "+d.live.impersonate)
	default:
		d.say(checkOK, "credentials", "found (Application Default Credentials)")
	}
	d.client = client
	return err
}

// reads checks what can be read, resource by resource.
func (d *doctor) reads(ctx context.Context) {
	if !d.live.wanted() {
		d.say(checkNote, "entries", "not checked\nGive --project ID to check what can be read.")
		return
	}
	resources, err := d.live.resources()
	if err != nil {
		d.say(checkFail, "entries", err.Error())
		return
	}
	for _, r := range resources {
		d.resource(ctx, r)
	}
	switch {
	case d.failed:
	case d.live.quotaProject != "":
		d.say(checkOK, "quota", "requests are charged to project "+d.live.quotaProject)
	default:
		d.say(checkOK, "quota", "requests are charged as the credentials say\nTo charge another project: --quota-project P")
	}
	if !d.clock && !d.failed {
		d.say(checkNote, "clock", "not compared: the server does not tell its time")
	}
}

// sampled is the newest entry of a kind.
type sampled struct {
	found          bool
	time, received time.Time
}

// newest asks for one entry.
func (d *doctor) newest(ctx context.Context, resource, filter string) (s sampled, err error) {
	ctx, cancel := context.WithTimeout(ctx, d.patience())
	defer cancel()
	now := d.e.now().UTC()
	q := cloudlog.Query{Resources: []string{resource}, Filter: filter, From: now.Add(-doctorBack), To: now.Add(24 * time.Hour), NewestFirst: true, Limit: 1}
	res, err := d.client.Records(ctx, q, func(r cloudlog.Record) error {
		var e struct {
			ReceiveTimestamp time.Time `json:"receiveTimestamp"`
		}
		// A line without it is still an entry.
		_ = json.Unmarshal(r.Line, &e)
		s = sampled{true, r.Time, e.ReceiveTimestamp}
		return nil
	})
	if err == nil && res.ClockAhead != nil && !d.clock {
		d.compareClocks(*res.ClockAhead)
	}
	return s, err
}

func (d *doctor) compareClocks(ahead time.Duration) {
	d.clock = true
	if ahead.Abs() <= clockSlack {
		d.say(checkOK, "clock", "agrees with the server's")
		return
	}
	side := "behind"
	if ahead < 0 {
		side = "ahead of"
	}
	d.say(checkNote, "clock", fmt.Sprintf("this machine is %s %s the server: --since begins at another time than you mean\nSet the clock (timedatectl set-ntp true), or give --from and --to.", ahead.Abs().Round(time.Second), side))
}

func (d *doctor) resource(ctx context.Context, resource string) {
	s, err := d.newest(ctx, resource, "")
	if err != nil {
		d.say(checkFail, "entries", d.words(err))
		return
	}
	if !s.found {
		d.say(checkNote, "entries", resource+" can be read and holds none of the last 30 days\nCheck the name, and the filters of its sinks.")
	} else {
		d.say(checkOK, "entries", fmt.Sprintf("%s can be read; the newest is %s old", resource, d.age(s.time)))
	}
	d.late(s)
	d.audit(ctx, resource)
	d.logs(ctx, resource)
}

// late compares the clock with the time at which the server received an entry,
// which cannot lie ahead.
func (d *doctor) late(s sampled) {
	if ahead := s.received.Sub(d.e.now()); !d.clock && !s.received.IsZero() && ahead > clockSlack {
		d.compareClocks(ahead)
	}
}

// patience is how long one question may take.
func (d *doctor) patience() time.Duration {
	if d.live.deadlineText != "" {
		return d.live.deadline
	}
	return doctorPatience
}

// words are those of an error.
func (d *doctor) words(err error) string {
	var ce *cloudlog.Error
	switch {
	case errors.As(err, &ce):
		return ce.Error()
	case errors.Is(err, context.DeadlineExceeded):
		return fmt.Sprintf("no answer within %s\nTry again with a longer --deadline; a bucket that holds much may take longer.", d.patience())
	}
	return err.Error()
}

func (d *doctor) age(t time.Time) string {
	age := d.e.now().Sub(t)
	switch {
	case age < time.Minute:
		return max(age, 0).Round(time.Second).String()
	case age < 48*time.Hour:
		return strings.TrimSuffix(age.Round(time.Minute).String(), "0s")
	}
	return fmt.Sprintf("%d days", age/(24*time.Hour))
}

const changeLogs = `log_id("cloudaudit.googleapis.com/activity") OR log_id("cloudaudit.googleapis.com/system_event")`

// audit checks whether deploys can be seen.
func (d *doctor) audit(ctx context.Context, resource string) {
	switch s, err := d.newest(ctx, resource, changeLogs); {
	case err != nil:
		d.say(checkNote, "audit log", "deploys cannot be seen: "+d.words(err))
	case s.found:
		d.say(checkOK, "audit log", fmt.Sprintf("deploys can be seen; the newest change is %s old", d.age(s.time)))
	case strings.Contains(resource, "/views/"):
		d.say(checkNote, "audit log", "no change is in this view: audit logs lie in the bucket _Required\nRead the project itself, without --view and --bucket, to see deploys.")
	default:
		d.say(checkNote, "audit log", "no change of the last 30 days is in it: deploys cannot be seen, or there were none")
	}
}

const dataAccess = "cloudaudit.googleapis.com/data_access"

// logs lists which logs there are, and tries the one that is kept from most.
func (d *doctor) logs(ctx context.Context, resource string) {
	ctx, cancel := context.WithTimeout(ctx, d.patience())
	defer cancel()
	names, err := d.client.Logs(ctx, resource)
	if err != nil {
		d.say(checkNote, "logs", "cannot be listed: "+d.words(err))
		return
	}
	private := false
	ids := make([]string, 0, len(names))
	for _, n := range names {
		id := logID(n)
		private = private || id == dataAccess
		ids = append(ids, id)
	}
	d.say(checkOK, "logs", listed(ids))
	need := cloudlog.NeedFor(resource, true)
	grant := "To read them, grant " + need.Role + ":\n" + need.Command
	if !private {
		d.say(checkNote, "data access", "no such log is listed: none is written, or it is hidden from you\n"+grant)
		return
	}
	switch s, err := d.newest(ctx, resource, `log_id("`+dataAccess+`")`); {
	case err != nil:
		d.say(checkNote, "data access", d.words(err))
	case s.found:
		d.say(checkOK, "data access", "can be read")
	default:
		d.say(checkNote, "data access", "there is such a log, and no entry of it can be read\n"+grant)
	}
}

// logID is the part of a log's name that says which log it is.
func logID(name string) string {
	if _, id, ok := strings.Cut(name, "/logs/"); ok {
		if plain, err := url.PathUnescape(id); err == nil {
			name = plain
		}
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' { // names have no others; a terminal obeys some
			return -1
		}
		return r
	}, name)
}

// listed names some logs and counts the rest.
func listed(ids []string) string {
	const most = 12
	var b strings.Builder
	fmt.Fprintf(&b, "%d", len(ids))
	for i, id := range ids {
		if i == most {
			fmt.Fprintf(&b, "\n… and %d more", len(ids)-most)
			break
		}
		b.WriteString("\n" + id)
	}
	return b.String()
}
