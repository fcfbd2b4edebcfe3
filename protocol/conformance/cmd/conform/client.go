package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"path"

	"asappchat/protocol/conformance/clientkit"
	"asappchat/release"
)

// client is run for the client side: conform client [flags] -- COMMAND...
func client(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	var o clientkit.Options
	var s settings
	flags := flag.NewFlagSet("conform client", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: conform client [flags] -- COMMAND...\n\nCOMMAND starts the client's driver, as protocol/conformance/README.md has it.")
		flags.PrintDefaults()
	}
	flags.StringVar(&o.Filter, "run", "", "play only the cases with a name, or a leading part of one, like `GLOB`: fault, outbox/in-*")
	flags.IntVar(&o.Places, "places", 100, "let each fault happen at `N` places of the conversation; 0 for all, which takes tens of thousands of runs")
	flags.IntVar(&o.Parallel, "parallel", 2, "run `N` drivers side by side; four times as many where a fault leaves them waiting")
	flags.StringVar(&o.Server, "server", "", "play the faults of the wire on the server at `URL`, in place of the kit's own; the other cases are not tested then")
	s.reportFlags(flags)
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
	o.Command = flags.Args()
	if err := checkClient(o); err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		flags.Usage()
		return 2
	}
	report, err := clientkit.Run(ctx, o)
	return s.finish(report, err, stdout, stderr)
}

func checkClient(o clientkit.Options) error {
	if len(o.Command) == 0 {
		return errors.New("give the command that starts the driver, after --")
	}
	if _, err := path.Match(o.Filter, ""); err != nil {
		return fmt.Errorf("-run %q: %w", o.Filter, err)
	}
	if o.Places < 0 || o.Parallel < 1 {
		return errors.New("-places and -parallel are counts")
	}
	if o.Server != "" {
		if _, err := clientkit.ParseServer(o.Server); err != nil {
			return fmt.Errorf("-server: %w", err)
		}
	}
	return nil
}
