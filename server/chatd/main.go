// Command chatd is the chat server. It reads its settings, opens the store,
// serves until it is told to stop, and drains.
//
// It is the one place that names drivers. Exit status: 0 after a stop that was
// asked for, 1 when it cannot start or serve, 2 for wrong usage, 3 when the
// storage failed in a way that leaves open what it holds, so that it should be
// started anew.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/openrpc"
	"asappchat/release"
	"asappchat/server"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// The exit statuses beside 0.
const (
	exitFailed  = 1
	exitUsage   = 2
	exitStorage = 3
)

// drainTime is how long a stop may take before what is left is cut.
const drainTime = 10 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// After the first signal the next one ends the process at once.
	context.AfterFunc(ctx, stop)
	status := run(ctx, os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr)
	os.Exit(status)
}

// run is the program: it serves until ctx ends, or does what else it was told,
// and returns its exit status.
func run(ctx context.Context, args []string, env func(string) (string, bool), stdout, stderr io.Writer) int {
	s, done, err := parse(args, env, stdout, stderr)
	if done {
		return 0
	}
	if err != nil {
		fmt.Fprintf(stderr, "chatd: %v\nTry \"chatd --help\".\n", err)
		return exitUsage
	}
	do := serve
	if s.command == "openrpc" {
		do = describe
	}
	if err := do(ctx, s, stdout, stderr); err != nil {
		fmt.Fprintf(stderr, "chatd: %v\n", err)
		if errors.Is(err, errStorage) {
			return exitStorage
		}
		return exitFailed
	}
	return 0
}

// describe prints the OpenRPC document that the server would answer.
func describe(_ context.Context, s *settings, stdout, _ io.Writer) error {
	document, err := openrpc.Document(server.Self(), &s.limits)
	if err != nil {
		return err
	}
	if err := document.Indent(jsontext.WithIndent("  ")); err != nil {
		return err
	}
	_, err = fmt.Fprintf(stdout, "%s\n", document)
	return err
}

var errStorage = errors.New("the storage failed; start again to see what it holds")

// serve opens, serves, and closes in the reverse order.
func serve(ctx context.Context, s *settings, stdout, stderr io.Writer) error {
	log := slog.New(slog.NewTextHandler(stderr, &slog.HandlerOptions{Level: s.level()}))
	messages, err := sqlite.Open(ctx, s.Data, &sqlite.Options{Durability: s.durability(), Log: log})
	if errors.Is(err, store.ErrInUse) {
		return fmt.Errorf("the folder %s is in use\nAnother chatd serves from it. --data chooses another folder, and --listen another address", s.Data)
	}
	if err != nil {
		return err
	}
	stuck := false
	defer func() {
		if !stuck {
			messages.Close()
		}
	}()
	listener, err := net.Listen("tcp", s.Listen)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w\nIs another server listening there? --listen 127.0.0.1:0 takes any free port", err)
	}
	if err != nil {
		return err
	}
	defer listener.Close()
	config := s.config(listener.Addr(), log)
	srv, err := server.New(ctx, messages, config)
	if err != nil {
		return err
	}
	greet(stdout, s, config, listener.Addr())
	served := make(chan error, 1)
	go func() { served <- srv.Serve(listener) }() // until Shutdown
	background, stop := context.WithCancel(ctx)
	defer stop()
	go giveBack(background) // until the server stops
	err = wait(ctx, srv, served)
	if err == nil {
		fmt.Fprintln(stdout, "draining; a second signal ends at once")
	}
	deadline, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	if late := srv.Shutdown(deadline); late != nil {
		stuck = errors.Is(late, server.ErrStuck)
		log.Warn("the stop took too long", "error", late)
	}
	return err
}

// wait returns nil when the server is to stop, or why it cannot go on.
func wait(ctx context.Context, srv *server.Server, served <-chan error) error {
	select {
	case <-ctx.Done():
		return nil
	case err := <-srv.Failed():
		return fmt.Errorf("%w (%v)", errStorage, err)
	case err := <-served:
		return fmt.Errorf("cannot accept connections: %w", err)
	}
}

// greet says where the server is and how to talk to it.
func greet(w io.Writer, s *settings, c server.Config, addr net.Addr) {
	data, err := filepath.Abs(s.Data)
	if err != nil {
		data = s.Data
	}
	url, everywhere := address(addr)
	fmt.Fprintf(w, `chatd %s
listening on  %s%s
data in       %s
login         %s
try           %s %s
              > {"jsonrpc":"2.0","id":1,"method":"server_info"}
`, release.Version, url, everywhere, data, ways(c), server.Try, url)
}

// address makes a URL of where the server listens, and a remark when that is
// on all of the machine's addresses.
func address(addr net.Addr) (url, everywhere string) {
	if tcp, ok := addr.(*net.TCPAddr); ok && tcp.IP.IsUnspecified() {
		return fmt.Sprintf("ws://localhost:%d", tcp.Port), ", and on all other addresses"
	}
	return "ws://" + addr.String(), ""
}

// ways tells which authentication is on.
func ways(c server.Config) string {
	ways := []string{"by password", "by token"}
	if c.NameLogin {
		ways = append([]string{"by name alone"}, ways...)
	}
	registration := "registration is open"
	switch c.Registration {
	case protocol.RegistrationClosed:
		registration = "registration is closed"
	case protocol.RegistrationInvitation:
		registration = "registration is by invitation"
	}
	return strings.Join(ways, ", ") + "; " + registration
}
