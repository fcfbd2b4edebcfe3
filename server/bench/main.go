package main

import (
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime/debug"
	"slices"
	"time"

	"asappchat/server/bench/programs"
)

// scenarios are all there are, in the order of the table.
var scenarios = slices.Concat(sending, sendingFew, fanouts, pings, layers, histories, searches, homes, idles, flaps, storms, starts)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// options are what the command line chooses.
type options struct {
	quick    bool
	run      string
	dir      string
	kept     string
	messages int
	data     bool
	curves   string
	profiles string
	program  string
}

func run(ctx context.Context, args []string) error {
	var o options
	flags := flag.NewFlagSet("bench", flag.ExitOnError)
	flags.BoolVar(&o.quick, "quick", false, "see in half a minute that everything works; the figures mean nothing")
	flags.StringVar(&o.run, "run", "", "only scenarios, or laws, whose name matches this `regexp`")
	flags.StringVar(&o.curves, "curves", "", "measure how costs grow, in the place of the scenarios, and write curves into this `folder`")
	flags.StringVar(&o.dir, "dir", "", "`folder` on the disk to measure; the system's for temporary files by default")
	flags.StringVar(&o.kept, "kept", "", "`folder`, on the same disk, for the long conversation, which the next run uses again; that of -dir by default")
	flags.IntVar(&o.messages, "messages", 0, "length of the long conversation; a `number`, at least 1000, a million by default")
	flags.BoolVar(&o.data, "data", false, "only make the long conversation in -kept, unless it is there")
	flags.StringVar(&o.profiles, "cpuprofile", "", "`folder` for a CPU profile of the server in each scenario")
	flags.StringVar(&o.program, "program", "", "run as the child process of this `name`, in -dir")
	flags.Parse(args)
	if o.program != "" {
		return programs.Run(programs.Name(o.program), o.dir)
	}
	return o.bench(ctx)
}

func (o *options) bench(ctx context.Context) error {
	only, err := regexp.Compile(o.run)
	if err != nil {
		return err
	}
	if o.kept != "" {
		if err := os.MkdirAll(o.kept, 0o700); err != nil {
			return err
		}
	}
	dir, err := os.MkdirTemp(o.dir, "bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	debug.SetGCPercent(400) // the load's own
	l := &lab{ctx: ctx, dir: dir, kept: cmp.Or(o.kept, filepath.Dir(dir)), profiles: o.profiles, size: full}
	if o.quick {
		l.size = quick
	}
	if o.messages != 0 {
		l.messages = max(o.messages, programs.ShortMessages)
	}
	if o.data {
		return l.makeArchive()
	}
	if err := describe(os.Stdout, l); err != nil {
		return err
	}
	if o.curves != "" {
		return l.drawCurves(o.curves, only)
	}
	return l.runAll(only)
}

// runAll runs the scenarios whose names match, and prints the table.
func (l *lab) runAll(only *regexp.Regexp) error {
	var rows []*row
	begun := time.Now()
	for _, s := range scenarios {
		if !only.MatchString(s.name) {
			continue
		}
		more, err := l.play(s)
		if err != nil {
			return err
		}
		rows = append(rows, more...)
	}
	if rows == nil {
		return fmt.Errorf("no scenario matches %q", only)
	}
	l.progress("took %v", time.Since(begun).Round(time.Second))
	fmt.Printf("%d rounds of %v, alternating with those of the limit; of each column the median\n\n", l.rounds, l.round)
	return printTable(os.Stdout, rows)
}
