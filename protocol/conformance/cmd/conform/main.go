// Command conform examines a server of the chat protocol, or a client.
//
//	conform [-run GLOB] [-v] ws://127.0.0.1:8080
//	conform client [-run GLOB] [-v] [-places N] -- COMMAND...
//
// It prints the cases that did not pass and a line that counts them. It exits
// with 0 when none failed, 1 when some did or the server is not there, 2 when
// it was called wrongly.
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

	"asappchat/protocol/conformance"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is main without the process. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "client" {
		return client(ctx, args[1:], stdout, stderr)
	}
	flags := flag.NewFlagSet("conform", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.Usage = func() {
		fmt.Fprintln(stderr, "usage: conform [-run GLOB] [-v] ws://HOST:PORT")
		flags.PrintDefaults()
	}
	glob := flags.String("run", "", "play only the cases with a name, or a leading part of one, like `GLOB`: jsonrpc, */history")
	verbose := flags.Bool("v", false, "also name the cases that passed")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2
	}
	if err := check(flags.Args(), *glob); err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		flags.Usage()
		return 2
	}
	report, err := conformance.Run(ctx, conformance.Options{URL: flags.Arg(0), Filter: *glob})
	if report != nil {
		report.Print(stdout, *verbose)
	}
	if err != nil {
		fmt.Fprintln(stderr, "conform:", err)
		return 1
	}
	return min(report.Count(conformance.Failed), 1)
}

// check refuses arguments that cannot work, with a hint of what would.
func check(args []string, glob string) error {
	if len(args) != 1 {
		return errors.New("give one address, after the flags")
	}
	if u, err := url.Parse(args[0]); err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss" {
		return fmt.Errorf("%q is not an address like ws://127.0.0.1:8080", args[0])
	}
	if _, err := path.Match(glob, ""); err != nil {
		return fmt.Errorf("-run %q: %w", glob, err)
	}
	return nil
}
