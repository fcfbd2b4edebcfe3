package server_test

import (
	"bytes"
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

// foreignSession is what each foreign client sees: the same session, in the
// same lines, whatever it is written in. Its programs are in testdata/foreign.
const foreignSession = `registered ana
logged in as ana
subscribed
refused -32602 invalid_params /bdoy
refused -32601 method_not_found
sent 1
created: ana, bo
heard 1 ana: héllo 👋
heard 2 bo: hello yourself
heard 3 bo: still there?
logged in as ana
resumed
history 1 ana: héllo 👋
history 2 bo: hello yourself
history 3 bo: still there?
more: false false
sent 4
heard 3 bo: still there?
heard 4 ana: bye
`

// foreign is a client that we did not write.
type foreign struct {
	name  string
	needs needs
	// run performs the session with the server at a URL, from within a copy of
	// testdata/foreign, and prints what it sees.
	run func(t *testing.T, ctx context.Context, dir, url string, out io.Writer) error
}

type needs = []servertest.Need

var foreigners = []foreign{
	{"wscat", needs{servertest.Bash, servertest.JQ, servertest.Wscat}, script("bash", "wscat.sh")},
	{"websocat", needs{servertest.Bash, servertest.JQ, servertest.Websocat}, script("bash", "websocat.sh")},
	{"websocat --jsonrpc", needs{servertest.Bash, servertest.JQ, servertest.Websocat}, script("bash", "websocat-jsonrpc.sh")},
	{"json-rpc-2.0", needs{servertest.NPM("json-rpc-2.0", "1.8.1"), servertest.NPM("ws", "8.23.0")}, script("node", "json-rpc-2.0.mjs")},
	{"rpc-websockets", needs{servertest.NPM("rpc-websockets", "10.0.1")}, script("node", "rpc-websockets.mjs")},
	{"vscode-jsonrpc", needs{servertest.NPM("vscode-jsonrpc", "10.0.0"), servertest.NPM("vscode-ws-jsonrpc", "3.5.0"), servertest.NPM("ws", "8.23.0")}, script("node", "vscode-jsonrpc.mjs")},
	{"python websockets", needs{servertest.Pip("websockets", "17.4")}, script("python3", "python-websockets.py")},
	{"python aiohttp", needs{servertest.Pip("aiohttp", "3.14.5")}, script("python3", "python-aiohttp.py")},
	{"go gorilla", nil, goSession(dialGorilla)},
	{"go nhooyr", nil, goSession(dialNhooyr)},
	{"go jsonrpc2", nil, goSession(dialJSONRPC2)},
	{"chromium", needs{servertest.Chromium}, browse},
}

// Programs that know nothing of us, in many languages, chat with the server.
func TestForeignClients(t *testing.T) {
	for _, f := range foreigners {
		t.Run(f.name, func(t *testing.T) {
			servertest.Require(t, f.needs...)
			s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Origins = []string{"localhost:*"} }))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			hold(t, ctx, s)
			var out bytes.Buffer
			err := f.run(t, ctx, foreignDir(t), s.URL, &out)
			if diff := cmp.Diff(foreignSession, out.String()); diff != "" || err != nil {
				t.Errorf("%s: %v, and it prints (-want +got):\n%s", f.name, err, diff)
			}
		})
	}
}

// hold is the other side of the conversation: bo answers the first message
// with two. It ends with ctx.
func hold(t *testing.T, ctx context.Context, s *servertest.Server) {
	t.Helper()
	s.Login("bo").Close()
	bo, err := chatclient.Dial(ctx, s.URL, &chatclient.Options{Credentials: chatclient.Credentials{Username: "bo"}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { bo.Close() })
	go func() { // ends with ctx or the first message
		for event := range bo.Events(ctx) {
			e, ok := event.(protocol.MessageEvent)
			if !ok {
				continue
			}
			for _, body := range []string{"hello yourself", "still there?"} {
				chatclient.Go(ctx, bo, protocol.Send, protocol.SendParams{To: e.Message.Sender, Body: body})
			}
			return
		}
	}()
}

// foreignDir is a copy of testdata/foreign in which Node finds the packages of
// NODE_PATH, which it does not use for modules.
func foreignDir(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/foreign")); err != nil {
		t.Fatal(err)
	}
	if packages := os.Getenv("NODE_PATH"); packages != "" {
		if err := os.Symlink(packages, filepath.Join(dir, "node_modules")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// script is a session by a program of testdata/foreign, which is given the URL.
func script(interpreter, file string) func(*testing.T, context.Context, string, string, io.Writer) error {
	return func(t *testing.T, ctx context.Context, dir, url string, out io.Writer) error {
		cmd := exec.CommandContext(ctx, interpreter, filepath.Join(dir, file), url)
		cmd.Stdout, cmd.Stderr = out, t.Output()
		cmd.WaitDelay = time.Second // its own children may outlive it
		return cmd.Run()
	}
}
