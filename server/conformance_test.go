package server_test

import (
	"context"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/conformance"
	"asappchat/server"
	"asappchat/server/servertest"
)

// forCI is the case for which only the kit's own run in CI has the patience: the
// ping of a silent connection.
const forCI = "connection/time/silence"

// The public kit passes against this server, with nothing left untested but forCI, and
// what this machine is too slow for just now: cases of flow say so themselves, and CI's
// own run takes no such excuse.
func TestConformance(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Limits = protocol.DefaultLimits()
		c.Limits.LoginMS, c.Limits.StallMS = 10_000, 8_000
	}))
	cases := conformance.Cases()
	if testing.Short() { // under the race detector a client cannot be too fast for a rate
		cases = slices.DeleteFunc(cases, func(c conformance.Case) bool { return strings.HasPrefix(c.Name, "flow/") })
	}
	report := conformance.Test(t, conformance.Options{
		URL:      s.URL,
		Cases:    cases,
		Restart:  func(context.Context) error { s.Restart(); return nil },
		Patience: 25 * time.Second,
	})
	for _, out := range report {
		if out.Status == conformance.NotTested && out.Case.Name != forCI && !strings.HasPrefix(out.Case.Name, "flow/") {
			t.Errorf("%s is not tested: %s", out.Case.Name, out.Reason)
		}
	}
}

// Every method of the protocol has a handler and a conformance case.
func TestEveryMethodIsServedAndHasACase(t *testing.T) {
	ana := servertest.New(t).Login("ana")
	var cases strings.Builder
	folder := os.DirFS("../protocol/conformance/cases")
	files, err := fs.Glob(folder, "*/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files of cases, %v", len(files), err)
	}
	for _, name := range files {
		text, err := fs.ReadFile(folder, name)
		if err != nil {
			t.Fatal(err)
		}
		cases.Write(text)
	}
	for _, m := range protocol.Methods() {
		if m.Name != protocol.Logout.Name {
			if r := ana.Request(m.Name, []any{}); r.Error != nil && r.Error.Data.Kind == protocol.MethodNotFound {
				t.Errorf("%s has no handler", m.Name)
			}
		}
		if !strings.Contains(cases.String(), `"method":"`+m.Name+`"`) {
			t.Errorf("%s has no conformance case", m.Name)
		}
	}
}
