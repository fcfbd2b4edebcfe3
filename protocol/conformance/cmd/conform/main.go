// Command conform examines a server of the chat protocol, or a client.
//
//	conform [flags] ws://127.0.0.1:8080
//	conform client [flags] -- COMMAND...
//
// It prints a line for each clause of the specification, with the shortest
// transcript that shows it under one that failed; the last line counts them. It
// exits with 0 when none failed, 1 when some did, the server is not there or the
// run was given up, 2 when it was called wrongly.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"path"
	"time"

	"asappchat/protocol/conformance"
	"asappchat/release"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// settings are the flags.
type settings struct {
	glob, restart, deviations, junit, json string
	verbose, list, version                 bool
	limit                                  time.Duration
}

func (s *settings) flags(stderr io.Writer) *flag.FlagSet {
	flags := flag.NewFlagSet("conform", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: conform [flags] ws://HOST:PORT")
		flags.PrintDefaults()
	}
	flags.StringVar(&s.glob, "run", "", "play only the cases with a name, or a leading part of one, like `GLOB`: jsonrpc, */history")
	flags.StringVar(&s.restart, "restart", "", "`COMMAND` for the shell that restarts the server, with the same address and data; it returns when the old one has ended")
	flags.StringVar(&s.deviations, "deviations", "", "`FILE` of cases that are known to fail: a name or glob in each line, and the reason")
	flags.DurationVar(&s.limit, "limit", 10*time.Minute, "give up after this `TIME`; the cases that are left are not tested")
	s.reportFlags(flags)
	flags.BoolVar(&s.list, "clauses", false, "list the clauses with the number of their cases, and play none")
	return flags
}

// run is main without the process. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "client" {
		return client(ctx, args[1:], stdout, stderr)
	}
	var s settings
	flags := s.flags(stderr)
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if s.version {
		fmt.Fprintln(stdout, release.Line("conform"))
		return 0
	}
	if s.list {
		list(stdout)
		return 0
	}
	options, err := s.options(flags.Args(), stderr)
	if err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		flags.Usage()
		return 2
	}
	report, err := conformance.Run(ctx, options)
	return s.finish(report, err, stdout, stderr)
}

// reportFlags are those that say what becomes of a report.
func (s *settings) reportFlags(flags *flag.FlagSet) {
	flags.StringVar(&s.junit, "junit", "", "write a JUnit report to `FILE`")
	flags.StringVar(&s.json, "json", "", "write the whole report to `FILE`")
	flags.BoolVar(&s.version, "version", false, "print the version and quit")
	flags.BoolVar(&s.verbose, "v", false, "also name the cases that passed")
}

// finish prints and writes a report, which is nil when there was none, and
// returns the exit status.
func (s settings) finish(report conformance.Report, err error, stdout, stderr io.Writer) int {
	if report != nil {
		err = errors.Join(err, report.Print(stdout, s.verbose),
			write(s.junit, report.WriteJUnit), write(s.json, report.WriteJSON))
	}
	if err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		return 1
	}
	return min(report.Count(conformance.Failed), 1)
}

// options checks what was said, with a hint of what would do.
func (s settings) options(args []string, stderr io.Writer) (o conformance.Options, err error) {
	if len(args) != 1 {
		return o, errors.New("give one address, after the flags")
	}
	if u, err := url.Parse(args[0]); err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return o, fmt.Errorf("%q is not an address like ws://127.0.0.1:8080", args[0])
	}
	if _, err := path.Match(s.glob, ""); err != nil {
		return o, fmt.Errorf("-run %q: %w", s.glob, err)
	}
	if s.limit <= 0 {
		return o, errors.New("-limit is a time like 10m")
	}
	o = conformance.Options{URL: args[0], Filter: s.glob, Limit: s.limit}
	if s.restart != "" {
		o.Restart = shell(s.restart, stderr)
	}
	if s.deviations != "" {
		text, err := os.ReadFile(s.deviations)
		if err != nil {
			return o, err
		}
		if o.Deviations, err = conformance.ParseDeviations(string(text)); err != nil {
			return o, fmt.Errorf("%s: %w", s.deviations, err)
		}
	}
	return o, nil
}

// write writes a report to a file, if there is a name for one.
func write(name string, report func(io.Writer) error) error {
	if name == "" {
		return nil
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(report(f), f.Close())
}

// list prints the clauses.
func list(w io.Writer) {
	cases := map[string]int{}
	for _, c := range conformance.Cases() {
		for _, n := range c.Clauses {
			cases[n]++
		}
	}
	for _, c := range conformance.Clauses() {
		shown := fmt.Sprint(cases[c.Number], " cases")
		if c.Mark != "" {
			shown = c.Mark
		}
		fmt.Fprintf(w, "%-7s %s (%s)\n", c.Number, c.Title(), shown)
	}
}
