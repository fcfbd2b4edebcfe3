package server_test

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"asappchat/server/servertest"
)

// foreign is a client program that we did not write, and how it is given
// requests.
type foreign struct {
	program string
	install string
	command func(ctx context.Context, path, url string, requests []typed) *exec.Cmd
}

// typed is a request, as a method and the params behind each other.
type typed struct{ method, params string }

var foreigners = []foreign{
	{"wscat", "npm install -g wscat@6.1.0", func(ctx context.Context, path, url string, requests []typed) *exec.Cmd {
		args := []string{"-w", "30", "-c", url}
		for i, r := range requests {
			args = append(args, "-x", fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":[%s]}`, i, r.method, r.params))
		}
		return exec.CommandContext(ctx, path, args...)
	}},
	{"websocat", "cargo install websocat@1.14.0", func(ctx context.Context, path, url string, requests []typed) *exec.Cmd {
		var lines strings.Builder
		for _, r := range requests {
			fmt.Fprintln(&lines, r.method, r.params)
		}
		cmd := exec.CommandContext(ctx, path, "--no-close", "--jsonrpc", url)
		cmd.Stdin = strings.NewReader(lines.String())
		return cmd
	}},
}

// People chat from a shell with programs that know nothing of us.
func TestForeignClients(t *testing.T) {
	for _, f := range foreigners {
		t.Run(f.program, func(t *testing.T) {
			path, err := exec.LookPath(f.program)
			if err != nil && os.Getenv("FOREIGN_CLIENTS") == "required" {
				t.Fatalf("%s is not installed: %s", f.program, f.install)
			}
			if err != nil {
				t.Skipf("%s is not installed: %s", f.program, f.install)
			}
			s := servertest.New(t)
			got := f.session(t, path, s.URL, []typed{
				{"register", `"ana"`}, {"login", `"ana"`}, {"subscribe", ``}, {"send", `"ana","hello"`},
				{"history", `"ana",1`}, {"nonsense", ``},
			}, []string{
				`"username":"ana"`, `"token":"t:`, `"reset":false`, `"seq":1`, `"change":"created"`, `"body":"hello"`,
				`"has_more":{"before":false,"after":false}`, `-32601`,
			})
			cursor := between(got[2], `"cursor":"`, `"`)
			f.session(t, path, s.URL, []typed{{"login", `"ana"`}, {"subscribe", `"` + cursor + `"`}},
				[]string{`"token":"t:`, `"cursor":"` + cursor, `"change":"created"`, `"body":"hello"`})
		})
	}
}

// session runs the program, which must show lines that hold these parts.
func (f foreign) session(t *testing.T, path, url string, requests []typed, parts []string) (lines []string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	cmd := f.command(ctx, path, url, requests)
	cmd.Stderr = t.Output()
	if cmd.Stdin == nil { // it must not end
		if _, err := cmd.StdinPipe(); err != nil {
			t.Fatal(err)
		}
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	defer cancel()
	shown := bufio.NewReader(out)
	for _, part := range parts {
		line, err := shown.ReadString('\n')
		if err != nil || !strings.Contains(line, part) {
			t.Fatalf("%s shows %q %v, want %s", f.program, line, err, part)
		}
		lines = append(lines, line)
	}
	return lines
}

func between(s, before, after string) string {
	_, rest, _ := strings.Cut(s, before)
	found, _, _ := strings.Cut(rest, after)
	return found
}
