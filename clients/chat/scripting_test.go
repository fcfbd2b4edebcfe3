package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"asappchat/server/servertest"
)

// TestScriptingPage runs the recipes of docs/scripting.md as they stand there,
// each section with a server of its own, and all of them, one after another, with
// the same. Blocks are told apart by what stands
// behind their fence:
//
//	sh              is run
//	sh background   is run until the next such block or the section's end
//	sh interrupted  is run after what runs in the background was interrupted
//	bash FILE       is a program that is stored as FILE
//	text            is what the last block that was run prints, where … stands
//	                for anything; without it, a block prints nothing
func TestScriptingPage(t *testing.T) {
	servertest.Require(t, servertest.Bash, servertest.JQ, servertest.Websocat, servertest.Wscat)
	page, err := os.ReadFile("../../docs/scripting.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(page), "\n## ")[1:]
	first := blocks(t, sections[0]) // which all others begin with
	used := newCook(t)
	for _, section := range sections {
		name, _, _ := strings.Cut(section, "\n")
		steps := blocks(t, section)
		if len(steps) == 0 {
			t.Errorf("%s: no recipe", name)
		}
		t.Run(name, func(t *testing.T) {
			c := newCook(t)
			if section != sections[0] {
				c.follow(first)
			}
			c.follow(steps)
			c.interrupt()
		})
		t.Run(name+", behind the others", func(t *testing.T) {
			used.t = t
			used.follow(steps)
			used.interrupt()
		})
	}
}

// step is a block of a page, with what it prints.
type step struct {
	kind, file string
	code, want string
}

var fence = regexp.MustCompile("(?ms)^```(\\w+) ?([\\w-]*)\n(.*?)^```$")

func blocks(t *testing.T, section string) (steps []step) {
	for _, m := range fence.FindAllStringSubmatch(section, -1) {
		kind, word, code := m[1], m[2], m[3]
		switch {
		case kind == "text" && len(steps) > 0:
			steps[len(steps)-1].want = code
		case kind == "bash":
			steps = append(steps, step{kind: "bash", file: word, code: code})
		case kind == "sh":
			steps = append(steps, step{kind: strings.TrimSpace("sh " + word), code: code})
		default:
			t.Errorf("unknown block: %s %s", kind, word)
		}
	}
	return steps
}

// cook follows recipes in a folder of its own, with a relay before the server.
type cook struct {
	t     *testing.T
	dir   string
	relay *servertest.Relay

	background *exec.Cmd
	prints     *bufio.Reader
	want       string
}

func newCook(t *testing.T) *cook {
	return &cook{t: t, dir: t.TempDir(), relay: servertest.NewRelay(t, servertest.New(t))}
}

func (c *cook) follow(steps []step) {
	for _, s := range steps {
		switch s.kind {
		case "bash":
			if err := os.WriteFile(filepath.Join(c.dir, s.file), []byte(s.code), 0o700); err != nil {
				c.t.Fatal(err)
			}
		case "sh background":
			c.interrupt()
			c.start(s)
		case "sh interrupted":
			c.interrupt()
			c.run(s)
		default:
			c.run(s)
		}
	}
}

// run runs a block to its end.
func (c *cook) run(s step) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	cmd := c.command(ctx, s.code)
	open, err := cmd.StdinPipe() // as a terminal is
	if err != nil {
		c.t.Fatal(err)
	}
	defer open.Close()
	out, err := cmd.Output()
	if err != nil || !matches(s.want, string(out)) {
		c.t.Fatalf("%s%v, and it prints\n%swant\n%s", s.code, err, out, s.want)
	}
}

// start runs a block in the background, and waits until it has subscribed.
func (c *cook) start(s step) {
	c.t.Helper()
	subscribed := c.relay.Await(`"reset":false`)
	c.background = c.command(c.t.Context(), s.code)
	alone(c.background)
	if _, err := c.background.StdinPipe(); err != nil {
		c.t.Fatal(err)
	}
	out, err := c.background.StdoutPipe()
	if err == nil {
		err = c.background.Start()
	}
	if err != nil {
		c.t.Fatal(err)
	}
	c.prints, c.want = bufio.NewReader(out), s.want
	select {
	case <-subscribed:
	case <-time.After(time.Minute):
		c.t.Fatalf("%sdoes not subscribe", s.code)
	}
}

// interrupt ends what runs in the background when it has printed what it is
// to print, as somebody does with Ctrl-C.
func (c *cook) interrupt() {
	c.t.Helper()
	if c.background == nil {
		return
	}
	stop := time.AfterFunc(time.Minute, func() { interruptAll(c.background) })
	defer stop.Stop()
	var got strings.Builder
	for range strings.Count(c.want, "\n") {
		line, err := c.prints.ReadString('\n')
		got.WriteString(line)
		if err != nil {
			break
		}
	}
	interruptAll(c.background)
	c.prints.WriteTo(&got)
	c.background.Wait()
	c.background = nil
	if !matches(c.want, got.String()) {
		c.t.Fatalf("in the background it prints\n%swant\n%s", got.String(), c.want)
	}
}

func (c *cook) command(ctx context.Context, code string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "bash", "-euo", "pipefail", "-c", code)
	cmd.Dir, cmd.Stderr = c.dir, c.t.Output()
	cmd.Env = append(os.Environ(), "CHAT_URL="+c.relay.URL, "CHAT_HOME="+filepath.Join(c.dir, "home"), "TZ=UTC", "GORACE=atexit_sleep_ms=0")
	cmd.WaitDelay = time.Second
	return cmd
}

// matches says whether what was printed is what is wanted.
func matches(want, got string) bool {
	pattern := strings.ReplaceAll(regexp.QuoteMeta(want), "…", ".*")
	return regexp.MustCompile(fmt.Sprintf("^%s$", pattern)).MatchString(got)
}
