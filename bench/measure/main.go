//go:build unix

// Command measure runs commands one after the other, several rounds, and
// prints what each took: wall clock, CPU (its own and its children's) and peak
// memory, as medians, beside the ratio to the first one.
//
// The commands are read from standard input, one a line: a name, a tab, a
// shell command. Rounds are interleaved, so that a machine that slows down
// slows all of them. Standard output of the commands is thrown away. A command
// whose first word is not installed is reported and left out.
//
// Peak memory is what the kernel counted for the largest process; a floor of
// some MB is that of this program, which the kernel counts for its children.
//
// usage: measure [-rounds 3] [-bytes N] < commands
package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"text/tabwriter"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 3, "how often to run each command")
	size := flag.Int64("bytes", 0, "size of the input, to print MB per CPU second")
	flag.Parse()
	if err := run(os.Stdin, os.Stdout, os.Stderr, *rounds, *size); err != nil {
		fmt.Fprintln(os.Stderr, "measure:", err)
		os.Exit(1)
	}
}

// tool is one line of the input, and what its runs took.
type tool struct {
	name, command string
	absent        string // the program that is not installed
	wall, cpu     []time.Duration
	rss           []int64 // bytes
	failed        error
}

func run(in io.Reader, out, progress io.Writer, rounds int, size int64) error {
	if rounds < 1 {
		return errors.New("at least one round is needed")
	}
	tools, err := readTools(in)
	if err != nil {
		return err
	}
	for r := range rounds {
		for _, t := range tools {
			if t.absent != "" || t.failed != nil {
				continue
			}
			fmt.Fprintf(progress, "round %d of %d: %s\n", r+1, rounds, t.name)
			t.run()
		}
	}
	return printTable(out, tools, size)
}

func readTools(in io.Reader) ([]*tool, error) {
	var tools []*tool
	sc := bufio.NewScanner(in)
	for sc.Scan() {
		if strings.TrimSpace(sc.Text()) == "" {
			continue
		}
		name, command, ok := strings.Cut(sc.Text(), "\t")
		if !ok || strings.TrimSpace(command) == "" {
			return nil, fmt.Errorf("%q is no name, a tab and a command", sc.Text())
		}
		t := &tool{name: name, command: command}
		program, _, _ := strings.Cut(strings.TrimSpace(command), " ")
		if _, err := exec.LookPath(program); err != nil {
			t.absent = program
		}
		tools = append(tools, t)
	}
	if len(tools) == 0 && sc.Err() == nil {
		return nil, errors.New("no commands on standard input")
	}
	return tools, sc.Err()
}

// run runs the command once. An exit status of 1 is a result: grep's for
// "nothing found", a policy's for "found".
func (t *tool) run() {
	cmd := exec.Command("sh", "-c", "exec "+t.command)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	begin := time.Now()
	err := cmd.Run()
	wall := time.Since(begin)
	if exit := (*exec.ExitError)(nil); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1) {
		t.failed = fmt.Errorf("%w: %s", err, firstLine(stderr.String()))
		return
	}
	t.wall = append(t.wall, wall)
	t.cpu = append(t.cpu, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
	if ru, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		t.rss = append(t.rss, maxRSS(int64(ru.Maxrss)))
	}
}

// maxRSS turns ru_maxrss into bytes: kilobytes everywhere but on macOS.
func maxRSS(n int64) int64 {
	if runtime.GOOS == "darwin" || runtime.GOOS == "ios" {
		return n
	}
	return n << 10
}

func firstLine(s string) string {
	s, _, _ = strings.Cut(strings.TrimSpace(s), "\n")
	return s
}

func median[T int64 | time.Duration](v []T) T {
	if len(v) == 0 {
		return 0
	}
	s := slices.Sorted(slices.Values(v))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func printTable(out io.Writer, tools []*tool, size int64) error {
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\twall s\tCPU s\tpeak MB\tMB/CPU s\twall ×\tCPU ×\t")
	first := tools[0]
	for _, t := range tools {
		switch {
		case t.absent != "":
			fmt.Fprintf(w, "%s\t%s is not installed\t\t\t\t\t\t\n", t.name, t.absent)
			continue
		case t.failed != nil:
			fmt.Fprintf(w, "%s\tfailed\t\t\t\t\t\t\n", t.name)
			continue
		}
		wall, cpu := median(t.wall).Seconds(), median(t.cpu).Seconds()
		rate := "–"
		if size > 0 && cpu > 0 {
			rate = fmt.Sprintf("%.0f", float64(size)/1e6/cpu)
		}
		fmt.Fprintf(w, "%s\t%.2f\t%.2f\t%.0f\t%s\t%s\t%s\t\n", t.name, wall, cpu, float64(median(t.rss))/1e6, rate,
			ratio(wall, median(first.wall).Seconds()), ratio(cpu, median(first.cpu).Seconds()))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	for _, t := range tools {
		if t.failed != nil {
			fmt.Fprintf(out, "%s failed: %v\n", t.name, t.failed)
		}
	}
	return nil
}

func ratio(a, b float64) string {
	if b == 0 {
		return "–"
	}
	return fmt.Sprintf("%.2f", a/b)
}
