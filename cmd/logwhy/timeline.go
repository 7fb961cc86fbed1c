package main

import (
	"github.com/spf13/cobra"

	"logwhy/internal/correlate"
	"logwhy/internal/incident"
	"logwhy/internal/report"
)

func newTimeline(e env) *cobra.Command {
	var in inputFlags
	var rf ruleFlags
	var of outputFlags
	var red redactFlags
	var cf contextFlags
	var opt correlate.Options
	cmd := &cobra.Command{
		Use:   "timeline INPUT... | --project ID",
		Short: "List what happened, in order",
		Long: `timeline lists failures, changes and signs of health in the order of time, with
runs of one kind collapsed and silent stretches marked.`,
		Example: `  logwhy timeline logs.json
  logwhy timeline --project acme-staging --service checkout-api --since 30m
  logwhy timeline logs.json --around 2026-01-25T09:54:00Z --window 10m -o csv=timeline.csv`,
		RunE: func(cmd *cobra.Command, args []string) error {
			outs, ropt, err := of.parse(e)
			if err != nil {
				return err
			}
			if err := red.parse(); err != nil {
				return err
			}
			if args, err = in.inputs(e, cmd, args); err != nil {
				return err
			}
			a, err := cf.analyze(cmd.Context(), e, args, in, rf, opt, incident.Tool{Name: "logwhy", Version: toolVersion(), Command: commandLine(cmd, args)})
			if err != nil {
				return err
			}
			red.apply(a)
			return of.write(e, a, outs, ropt)
		},
	}
	in.register(cmd)
	in.registerLive(cmd)
	_ = cmd.Flags().MarkHidden("allow-partial") // what is missing is said, and changes no exit code here
	rf.register(cmd)
	red.register(cmd)
	of.register(cmd, report.TimelineFormats(), report.WriteTimeline)
	cf.registerStated(cmd)
	cmd.Flags().DurationVar(&opt.Gap, "gap", 0, "mark silences of `DURATION` (default 5m)")
	return cmd
}
