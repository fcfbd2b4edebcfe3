package server_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/server/servertest"
)

// clientPage is the client of docs/clients.md, put together from its blocks.
func clientPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../docs/clients.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, m := range regexp.MustCompile("(?ms)^```python\n(.*?)^```$").FindAllSubmatch(page, -1) {
		code.Write(append(m[1], '\n'))
	}
	if lines := len(regexp.MustCompile(`(?m)^\s*\S`).FindAllString(code.String(), -1)); lines == 0 || lines > 200 {
		t.Errorf("the client of the page has %d lines of code, want 200 at most", lines)
	}
	file := filepath.Join(t.TempDir(), "client.py")
	if err := os.WriteFile(file, []byte(code.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// The client of docs/clients.md keeps what the page promises: through cut
// connections, a restart of the server and its own death, each message is
// stored once and shown once, in order.
func TestClientOfThePage(t *testing.T) {
	servertest.Require(t, servertest.Pip("websockets", "17.4"))
	s := servertest.New(t)
	relay := servertest.NewRelay(t, s)
	bo := s.Login("bo")
	ana := &pageClient{t: t, file: clientPage(t), dir: t.TempDir(), url: relay.URL}
	ana.start(relay)

	ana.types("bo hello")
	ana.shows("#1 ana: hello")
	bo.Call("send", protocol.SendParams{To: "ana", Body: "hello yourself"})
	ana.shows("#2 bo: hello yourself")
	bo.Call("edit", protocol.EditParams{With: "ana", Seq: 2, Body: "hello, you"})
	ana.shows("#2 bo: hello, you (changed)")
	ana.types("nobody hello")
	ana.shows("not sent to nobody: no such user (404)")

	var want []string
	for i := range 40 {
		ana.types(fmt.Sprintf("bo line %d", i))
		want = append(want, fmt.Sprintf("#%d ana: line %d", i+3, i))
	}
	for shown := range slices.Chunk(want, 8) {
		ana.shows(shown...)
		relay.Cut() // while the client sends
	}

	bo.Close() // else the server waits for it
	s.Stop()
	ana.types("bo are you there?")
	s.Start()
	ana.shows("#43 ana: are you there?")

	ana.kill()
	bo = s.Login("bo")
	bo.Call("send", protocol.SendParams{To: "ana", Body: "I was away"})
	bo.Call("edit", protocol.EditParams{With: "ana", Seq: 44, Body: "I was away, sorry"})
	ana.start(relay)
	ana.shows("#44 bo: I was away, sorry (changed)")

	ana.kill()
	state := filepath.Join(ana.dir, "ana.json")
	before, err := os.ReadFile(state)
	if err != nil {
		t.Fatal(err)
	}
	after := regexp.MustCompile(`", "[^"]*", \[`).ReplaceAllString(string(before), `", "of another server", [`)
	if err := os.WriteFile(state, []byte(after), 0o600); err != nil || after == string(before) {
		t.Fatalf("%s, %v", before, err)
	}
	ana.start(relay)
	ana.shows("what was shown may be wrong: the server's log is another one", "bo: 1 unread")

	page := servertest.Decode[protocol.HistoryResult](t, bo.Call("history", protocol.HistoryParams{With: "ana", Limit: new(200)}))
	var bodies []string
	for _, m := range page.Messages[2:42] {
		bodies = append(bodies, fmt.Sprintf("#%d %s: %s", m.Seq, m.Sender, m.Body))
	}
	if diff := cmp.Diff(want, bodies); diff != "" || len(page.Messages) != 44 {
		t.Errorf("%d messages are stored, want 44; (-want +got):\n%s", len(page.Messages), diff)
	}

	ana.types("bo bye")
	ana.shows("#45 ana: bye")
	ana.ends()
}

// pageClient is a run of the client of the page after another, on one state.
type pageClient struct {
	t              *testing.T
	file, dir, url string

	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Scanner
	last  string // line that was shown before the client was killed
}

// start starts the client, and waits until it has subscribed.
func (c *pageClient) start(relay *servertest.Relay) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	c.t.Cleanup(cancel)
	subscribed := relay.Await(`"reset":`)
	c.cmd = exec.CommandContext(ctx, "python3", c.file, c.url, "ana")
	c.cmd.Dir, c.cmd.Stderr = c.dir, c.t.Output()
	out, err := c.cmd.StdoutPipe()
	if err != nil {
		c.t.Fatal(err)
	}
	c.out = bufio.NewScanner(out)
	if c.stdin, err = c.cmd.StdinPipe(); err != nil {
		c.t.Fatal(err)
	}
	if err := c.cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	select {
	case <-subscribed:
	case <-ctx.Done():
		c.t.Fatal("the client does not subscribe")
	}
}

func (c *pageClient) types(line string) {
	c.t.Helper()
	if _, err := io.WriteString(c.stdin, line+"\n"); err != nil {
		c.t.Fatal(err)
	}
}

// shows reads these lines, and no others. The last of a client that was killed may
// come again first: it had not noted yet that it had handled it.
func (c *pageClient) shows(lines ...string) {
	c.t.Helper()
	for _, want := range lines {
		more := c.out.Scan()
		if more && c.last != "" && c.out.Text() == c.last {
			more = c.out.Scan()
		}
		c.last = ""
		if !more || c.out.Text() != want {
			c.t.Fatalf("the client shows %q %v, want %q", c.out.Text(), c.out.Err(), want)
		}
	}
}

// kill ends the client as a power cut does.
func (c *pageClient) kill() {
	c.last = c.out.Text()
	c.cmd.Process.Kill()
	c.cmd.Wait()
}

// ends says that nothing more is typed: the client shows nothing more and ends
// well.
func (c *pageClient) ends() {
	c.t.Helper()
	c.stdin.Close()
	for c.out.Scan() {
		c.t.Errorf("the client shows %q at the end", c.out.Text())
	}
	if err := c.cmd.Wait(); err != nil {
		c.t.Error(err)
	}
}
