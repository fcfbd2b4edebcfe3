package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"chat": main})
}

// TestScripts runs each script of testdata with a server of its own.
func TestScripts(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scripts", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			s := servertest.New(t)
			testscript.Run(t, testscript.Params{
				Files: []string{file},
				Setup: func(env *testscript.Env) error {
					env.Setenv("CHAT_URL", s.URL)
					env.Setenv("CHAT_HOME", filepath.Join(env.WorkDir, "home"))
					env.Setenv("TZ", "UTC")
					env.Setenv("GORACE", "atexit_sleep_ms=0") // else each command takes a second
					return nil
				},
				Cmds: map[string]func(*testscript.TestScript, bool, []string){
					"restart": func(*testscript.TestScript, bool, []string) { s.Restart() },
					"exit":    exit,
					"setenv":  setenv,
				},
			})
		})
	}
}

// exit runs a command that must fail with an exit code: exit 3 chat ping.
func exit(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	if err == nil {
		ts.Fatalf("no failure")
	}
	if got := strings.TrimPrefix(err.Error(), "exit status "); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// setenv sets a variable to what a file holds, without the end of its line.
func setenv(ts *testscript.TestScript, _ bool, args []string) {
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile(args[1])))
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain é 漢 👩‍👩‍👧":   "plain é 漢 👩‍👩‍👧",
		"\x1b[2J":           `\x1b[2J`,
		"a\nb\tc\r\x00\x7f": `a\x0ab\x09c\x0d\x00\x7f`,
		"\u009b1m":          `\u009b1m`,
		"\u202eevil\u2066":  `\u202eevil\u2066`,
		"\u2028":            `\u2028`,
		"\xff\xfe":          `\xff\xfe`,
		"\ufffd is itself":  "\ufffd is itself",
	} {
		if got := printable(in); got != want {
			t.Errorf("%q is shown as %q, want %q", in, got, want)
		}
	}
	if got := indented("one\ntwo\x1b\r\n\tthree"); got != "one\n    two\\x1b\n        three" {
		t.Errorf("got %q", got)
	}
	if got := string(escapeJSON([]byte("\"\u009b \u202e é\""))); got != `"\u009b \u202e é"` {
		t.Errorf("got %s", got)
	}
}

func TestTokensAreTheUsersOwn(t *testing.T) {
	t.Setenv("CHAT_HOME", t.TempDir())
	a := &app{globals: globals{URL: "ws://host:1/x"}}
	id, err := a.identity("..")
	if err != nil {
		t.Fatal(err)
	}
	unlock, err := id.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	unlock()
	if err := id.save("secret"); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(id.path()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if token, err := id.token(); token != "secret" || err != nil {
		t.Errorf("%q, %v", token, err)
	}
	os.Chmod(id.path(), 0o640)
	if _, err := id.token(); err == nil {
		t.Error("a file that others may read was taken")
	}
	if _, err := a.identity("../x"); diagnose(err).code != exitUsage {
		t.Errorf("got %v", err)
	}
}

// Who registers without a code where one is wanted is told how to give it.
func TestInvitationIsHintedAt(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Registration, c.Invitation = protocol.RegistrationInvitation, "a code of some length"
	}))
	a := &app{globals: globals{URL: s.URL, Timeout: time.Minute}, ctx: t.Context(), stdin: strings.NewReader(""), stdout: io.Discard, stderr: io.Discard}
	if f := diagnose((&registerCommand{Name: "ana"}).Run(a)); f.code != exitRefused || !strings.Contains(f.hint, "--invitation") {
		t.Errorf("without a code: %+v", f)
	}
	if f := diagnose((&registerCommand{Name: "ana", Invitation: "another"}).Run(a)); f.code != exitRefused || f.hint != "" {
		t.Errorf("with another code: %+v", f)
	}
	if err := (&registerCommand{Name: "ana", Invitation: "a code of some length"}).Run(a); err != nil {
		t.Error(err)
	}
}
