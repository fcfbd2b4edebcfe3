// Package clients_test examines all clients with the client side of the
// conformance kit.
package clients_test

import (
	"bytes"
	"context"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"

	"asappchat/protocol/conformance"
	"asappchat/protocol/conformance/clientkit"
	"asappchat/server/servertest"
)

// places is for a run by hand, or by the task "clients".
var places = flag.Int("places", -1, "at how many places of the conversation each fault happens, 0 for all")

// client is one that is examined.
type client struct {
	name string
	// driver returns the command of its driver, and what is missing, if something
	// is, with what brings it.
	driver func(*testing.T) (command []string, missing string)
	places int // see clientkit.Options
}

var all = []client{
	{"go", goDriver, 12},
	{"js", jsDriver, 6},
	{"python", pythonDriver, 6},
}

func goDriver(t *testing.T) ([]string, string) {
	program := filepath.Join(t.TempDir(), "driver")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./chatclient/driver").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return []string{program}, ""
}

func jsDriver(t *testing.T) ([]string, string) {
	const build = "with Node 20 or newer, `npm install --no-save && npm run build` in clients/js"
	node, err := exec.LookPath("node")
	if err != nil {
		return nil, build
	}
	for _, file := range []string{"js/dist/index.js", "js/node_modules/ws"} {
		if _, err := os.Stat(file); err != nil {
			return nil, build
		}
	}
	return []string{node, "js/test/driver.mjs"}, ""
}

// pythonDriver takes the interpreter that PYTHON names, or python3.
func pythonDriver(t *testing.T) ([]string, string) {
	python := os.Getenv("PYTHON")
	if python == "" {
		python = "python3"
	}
	check := exec.CommandContext(t.Context(), python, "-c", "import asappchat")
	check.Env = append(os.Environ(), "PYTHONPATH=python/src")
	if check.Run() != nil {
		return nil, "a Python (3.10 or newer) that has the package websockets, as PYTHON"
	}
	return []string{"env", "PYTHONPATH=python/src", python, "python/tests/driver.py"}, ""
}

// command is driver for those whose client is there. Without, the test is
// skipped, or fails where clients of others are required.
func (c client) command(t *testing.T) []string {
	t.Helper()
	command, missing := c.driver(t)
	switch {
	case missing == "":
		return command
	case os.Getenv("FOREIGN_CLIENTS") == "required":
		t.Fatalf("the client cannot be run; it needs %s", missing)
	}
	t.Skipf("the client cannot be run; it needs %s", missing)
	return nil
}

// anywhere are the cases that are played on any server: the faults of the wire. On
// the kit's own all are.
var anywhere = regexp.MustCompile(`^fault/(none$|cut/|stall/|double/)`)

// examine runs the kit, and shows what has not passed.
func examine(ctx context.Context, t *testing.T, o clientkit.Options) {
	t.Helper()
	report, err := clientkit.Run(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range report {
		switch {
		case out.Status == conformance.Failed:
			t.Error("\n" + out.String())
		case out.Status != conformance.Passed && (o.Server == "" || anywhere.MatchString(out.Case.Name)):
			t.Error(out.String())
		}
	}
}

func TestClientsBehaveAlike(t *testing.T) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			o := clientkit.Options{Command: c.command(t), Places: c.places}
			if *places >= 0 {
				o.Places = *places
			} else if testing.Short() {
				o.Places = 2
			}
			examine(t.Context(), t, o)
		})
	}
}

// A connection that goes silent instead of being cut, at places of the whole
// conversation. Most of that is waiting.
func TestClientsNoticeSilence(t *testing.T) {
	places := 40
	if testing.Short() {
		places = 4
	}
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			examine(t.Context(), t, clientkit.Options{Command: c.command(t), Filter: "fault/stall", Places: places})
		})
	}
}

// What the kit's own server shows, the real one does.
func TestClientsOnTheServer(t *testing.T) {
	for _, c := range all {
		t.Run(c.name, func(t *testing.T) {
			command := c.command(t)
			s := servertest.New(t)
			examine(t.Context(), t, clientkit.Options{Command: command, Server: s.URL, Filter: "fault", Places: 4})
		})
	}
}

// A stranger examines a client with the command.
func TestConformClient(t *testing.T) {
	conform := filepath.Join(t.TempDir(), "conform")
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", conform, "../protocol/conformance/cmd/conform").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	driver, _ := goDriver(t)
	out, err := exec.CommandContext(t.Context(), conform, append([]string{"client", "-run", "outbox", "--"}, driver...)...).CombinedOutput()
	if err != nil || !bytes.Contains(out, []byte(" 0 failed, 0 known deviations, 0 not tested\n")) {
		t.Errorf("%v: %s", err, out)
	}
}
