package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/openrpc"
	"asappchat/release"
	"asappchat/server"
)

func noEnv(string) (string, bool) { return "", false }

// A flag beats the environment, which beats the file, which beats the default.
func TestWhereSettingsComeFrom(t *testing.T) {
	file := filepath.Join(t.TempDir(), "chatd.conf")
	if err := os.WriteFile(file, []byte("# comment\n\n listen = from-file:1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	empty := filepath.Join(t.TempDir(), "empty.conf")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	emptyEnv := func(name string) (string, bool) { return "", true }
	if s, _, err := parse(nil, emptyEnv, io.Discard, io.Discard); err != nil || s.Listen != "127.0.0.1:8080" {
		t.Errorf("an empty variable: %+v %v", s, err)
	}
	for i := range 8 {
		flag, env, inFile := i&1 != 0, i&2 != 0, i&4 != 0
		want := "127.0.0.1:8080"
		config := empty
		var args []string
		vars := map[string]string{}
		if inFile {
			want, config = "from-file:1", file
		}
		if env {
			want = "from-env:1"
			vars["CHATD_LISTEN"] = want
		}
		if flag {
			want = "from-flag:1"
			args = append(args, "--listen", want)
		}
		lookup := func(name string) (string, bool) { v, ok := vars[name]; return v, ok }
		for _, named := range []string{"flag", "environment"} {
			given := args
			delete(vars, "CHATD_CONFIG")
			if named == "flag" {
				given = append([]string{"--config", config}, args...)
			} else {
				vars["CHATD_CONFIG"] = config
			}
			s, _, err := parse(given, lookup, io.Discard, io.Discard)
			if err != nil || s.Listen != want {
				t.Errorf("flag %v, environment %v, file %v named by %s: %v, want %s", flag, env, inFile, named, s, want)
			}
		}
	}
}

func TestBadSettings(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	shared := write("shared", "code")
	if err := os.Chmod(shared, 0o640); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--lissten=x"}, "unknown flag"},
		{[]string{"-data", "x"}, "-data: flags have two dashes, as in --data"},
		{[]string{"--config", write("a", "lissten = x")}, `a:1: no setting "lissten"`},
		{[]string{"--config", write("b", "\nlisten")}, "b:2: want"},
		{[]string{"--config", write("twice", "limit = body=5\n\nlimit = page=3")}, "twice:3: limit is set a second time"},
		{[]string{"--config", filepath.Join(dir, "none")}, "no such file"},
		{[]string{"--limit", "bodyy=5"}, `no limit "bodyy"; there are batch, `},
		{[]string{"--limit", "body=5,bodyy=5"}, `no limit "bodyy"`},
		{[]string{"--limit", "body"}, "<key>=<value>"},
		{[]string{"--limit", "body=much"}, `body must be a number from 1 to 268435456, not "much"`},
		{[]string{"--limit", "body=99999999999999999999"}, "must be a number"},
		{[]string{"--limit", "body=9223372036854775807"}, "must be a number"},
		{[]string{"--limit", "send_rate=-1"}, "send_rate must be a number from 0"},
		{[]string{"--limit", "frame_before_login=100"}, "must be a number from 1024"},
		{[]string{"--limit", "page_max=20"}, "page, 50, is more than page_max, 20"},
		{[]string{"--limit="}, "--limit: it is empty"},
		{[]string{"--config", write("d", "data = \"/x\"")}, "d:1: a value goes without quotes"},
		{[]string{"--config", write("e", "data = /x # here")}, "comment on a line of its own"},
		{[]string{"--log-level=loud"}, "must be one of"},
		{[]string{"--limit", "body=0"}, "from 1 to"},
		{[]string{"--limit", "outbox=1000"}, "too small"},
		{[]string{"--name-login=sometimes"}, "must be one of"},
		{[]string{"--directory=friends"}, "must be one of"},
		{[]string{"--origins", "http//x"}, `--origins: "http//x" is no origin, such as chat.example.com`},
		{[]string{"--origins", "[x"}, "is no origin"},
		{[]string{"--origins", "https://example.com/"}, "is no origin"},
		{[]string{"--origins", "a.example, b.example"}, `" b.example" is no origin`},
		{[]string{"--origins", "a.example,,b.example"}, `"" is no origin`},
		{[]string{"--origins", "wss://example.com"}, "begins with http:// or https://"},
		{[]string{"--origins", "https://example.com:443"}, "browsers leave out the port 443"},
		{[]string{"--origins="}, "--origins: it is empty"},
		{[]string{"--listen=8099"}, "no address with a port"},
		{[]string{"--listen=127.0.0.1:"}, "no address with a port"},
		{[]string{"--listen=127.0.0.1:nosuchservice"}, "no address with a port"},
		{[]string{"--listen=127.0.0.1:65536"}, "no address with a port"},
		{[]string{"--listen="}, "--listen: it is empty"},
		{[]string{"--data", ""}, "--data: it is empty"},
		{[]string{"--config="}, "--config: it is empty"},
		{[]string{"--config", write("f", "data =\n")}, "--data: it is empty"},
		{[]string{"--session-ttl=0"}, "0 is too short"},
		{[]string{"--session-ttl=-1h"}, "-1h is too short"},
		{[]string{"--session-ttl=1ns"}, "1ns is too short"},
		{[]string{"--session-ttl=90d"}, `"90d" is no duration, such as 2160h (90 days)`},
		{[]string{"--proxies=192.0.2.7"}, `"192.0.2.7" is no network, such as 10.0.0.0/8`},
		{[]string{"--proxies="}, "--proxies: it is empty"},
		{[]string{"--registration=open", "--invitation-file", shared}, "registration is open"},
		{[]string{"--registration=invitation", "--invitation-file", write("g", strings.Repeat("x", 300))}, "nobody could give this code"},
		{[]string{"--registration=invitation"}, "--invitation-file"},
		{[]string{"--registration=invitation", "--invitation-file", write("c", " \n")}, "is empty"},
		{[]string{"--registration=invitation", "--invitation-file", shared}, "may be read by others"},
	} {
		if _, _, err := parse(c.args, noEnv, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v: %v, want %q", c.args, err, c.want)
			continue
		}
		if status := run(t.Context(), c.args, noEnv, io.Discard, io.Discard); status != exitUsage {
			t.Errorf("%v: status %d", c.args, status)
		}
	}
}

func TestGoodSettings(t *testing.T) {
	s, _, err := parse([]string{
		"--origins", "chat.example.com,*.example.com,https://example.com:8443,localhost:*,http://[::1]:3000,*,app://x",
		"--proxies", "10.0.0.0/8,2001:db8::/32", "--session-ttl", "30m", "--limit", "body=5,send_rate=0",
	}, noEnv, io.Discard, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if want := `http://\[::1\]:3000`; len(s.origins) != 7 || s.origins[4] != want {
		t.Errorf("origins %q", s.origins)
	}
	if ok, err := path.Match(s.origins[4], "http://[::1]:3000"); err != nil || !ok {
		t.Errorf("%s: %v %v", s.origins[4], ok, err)
	}
	if len(s.proxies) != 2 || s.sessionTTL != 30*time.Minute || s.limits.Body != 5 || s.limits.SendRate != 0 {
		t.Errorf("%+v", s)
	}
}

// program is run in the background.
type program struct {
	stop   func()
	status chan int
	out    *bufio.Scanner
	stderr strings.Builder
}

func start(args ...string) *program {
	ctx, stop := context.WithCancel(context.Background())
	r, w := io.Pipe()
	p := &program{stop: stop, status: make(chan int, 1), out: bufio.NewScanner(r)}
	go func() { // until it has stopped
		p.status <- run(ctx, args, noEnv, w, &p.stderr)
		w.Close()
	}()
	return p
}

// line returns the rest of the next line that begins so.
func (p *program) line(prefix string) string {
	for p.out.Scan() {
		if rest, ok := strings.CutPrefix(p.out.Text(), prefix); ok {
			return strings.TrimSpace(rest)
		}
	}
	return ""
}

func TestRun(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "made", "here")
	p := start("--listen", "127.0.0.1:0", "--data", dir)
	url := p.line("listening on")
	address, ok := strings.CutPrefix(url, "ws://127.0.0.1:")
	if !ok || address == "0" {
		t.Fatalf("listening on %q: %s", url, p.stderr.String())
	}
	if got := p.line("data in"); got != dir {
		t.Errorf("data in %q, want %q", got, dir)
	}
	if got := p.line("login"); !strings.Contains(got, "by name alone") || !strings.Contains(got, "registration is open") {
		t.Errorf("login %q", got)
	}
	if got := p.line("try"); got != server.Try+" "+url {
		t.Errorf("try %q", got)
	}
	p.line("              >")
	for path, want := range map[string]struct {
		status int
		text   string
	}{"/": {426, server.Try + " " + url}, "/healthz": {200, "ok"}, "/readyz": {200, "ready"}, "/nothing": {404, ""}} {
		status, text := get(t, "http"+url[2:]+path)
		if status != want.status || !strings.Contains(text, want.text) || strings.Count(text, "\n") != 1 {
			t.Errorf("%s: %d %q, want %d %q", path, status, text, want.status, want.text)
		}
	}
	second := start("--listen", "127.0.0.1:0", "--data", dir)
	if status := <-second.status; status != exitFailed || !strings.Contains(second.stderr.String(), dir) || !strings.Contains(second.stderr.String(), "Another chatd serves from it") {
		t.Errorf("a second server on the folder: %d, %s", status, second.stderr.String())
	}
	p.stop()
	if got := p.line("draining"); got == "" {
		t.Error("it did not say that it drains")
	}
	select {
	case status := <-p.status:
		if status != 0 {
			t.Errorf("exit status %d: %s", status, p.stderr.String())
		}
	case <-time.After(patience):
		t.Error("it does not end")
	}
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	r, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	text, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return r.StatusCode, string(text)
}

// The greeting, the pages and the tests are about the same clients of others.
func TestClientsOfOthers(t *testing.T) {
	pinned := regexp.MustCompile(`(websocat|wscat)(?:@| --version )([0-9.]+[0-9])`)
	versions := make(map[string]string) // by client
	for _, file := range []string{".ci/install", "README.md", "docs/scripting.md", "server/servertest/require.go", "server/http.go"} {
		text, err := os.ReadFile(filepath.Join("..", "..", file))
		if err != nil {
			t.Fatal(err)
		}
		found := pinned.FindAllStringSubmatch(string(text), -1)
		if len(found) == 0 {
			t.Errorf("%s pins no client", file)
		}
		for _, m := range found {
			if had, ok := versions[m[1]]; ok && had != m[2] {
				t.Errorf("%s has %s %s, another file %s", file, m[1], m[2], had)
			}
			versions[m[1]] = m[2]
		}
	}
}

// Login by name is offered on loopback only, unless it was asked for.
func TestNameLoginFollowsTheAddress(t *testing.T) {
	for _, c := range []struct {
		listen, setting string
		want            bool
	}{
		{"127.0.0.1:0", "loopback", true}, {"0.0.0.0:0", "loopback", false},
		{"0.0.0.0:0", "always", true}, {"127.0.0.1:0", "never", false},
	} {
		p := start("--listen", c.listen, "--data", t.TempDir(), "--name-login", c.setting)
		if got := strings.Contains(p.line("login"), "by name alone"); got != c.want {
			t.Errorf("%s, %s: %v", c.listen, c.setting, got)
		}
		p.stop()
		p.line("draining")
		<-p.status
	}
}

// The program prints the document that its server would answer.
func TestOpenRPCIsPrinted(t *testing.T) {
	var out, stderr strings.Builder
	status := run(context.Background(), []string{"openrpc", "--limit", "body=1234"}, noEnv, &out, &stderr)
	limits := protocol.DefaultLimits()
	limits.Body = 1234
	want, err := openrpc.Document(server.Self(), &limits)
	if err != nil {
		t.Fatal(err)
	}
	got := jsontext.Value(out.String())
	if err := got.Compact(); err != nil || status != 0 || string(got) != string(want) {
		t.Errorf("status %d, %v, %d bytes instead of %d: %s", status, err, len(got), len(want), stderr.String())
	}
}

func TestHelpAndVersion(t *testing.T) {
	for arg, want := range map[string]string{"--help": "--listen", "--version": release.Line("chatd") + "\n"} {
		var out strings.Builder
		if status := run(context.Background(), []string{arg}, noEnv, &out, io.Discard); status != 0 || !strings.Contains(out.String(), want) {
			t.Errorf("%s: status %d, %q, want %q", arg, status, out.String(), want)
		}
	}
}
