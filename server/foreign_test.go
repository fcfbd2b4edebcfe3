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
	needs []need
	// run performs the session with the server at a URL, from within a copy of
	// testdata/foreign, and prints what it sees.
	run func(t *testing.T, ctx context.Context, dir, url string, out io.Writer) error
}

// need is something that a client cannot do without: a command that must
// succeed, and how it is installed.
type need struct {
	command []string
	install string
}

var (
	bash     = need{[]string{"bash", "--version"}, "apt-get install bash"}
	jq       = need{[]string{"jq", "--version"}, "apt-get install jq"}
	wscat    = need{[]string{"wscat", "--version"}, "npm install -g wscat@6.1.0"}
	websocat = need{[]string{"websocat", "--version"}, "cargo install websocat@1.14.0"}
	chromium = need{[]string{"chromium", "--version"}, "apt-get install chromium"}
)

var foreigners = []foreign{
	{"wscat", []need{bash, jq, wscat}, script("bash", "wscat.sh")},
	{"websocat", []need{bash, jq, websocat}, script("bash", "websocat.sh")},
	{"websocat --jsonrpc", []need{bash, jq, websocat}, script("bash", "websocat-jsonrpc.sh")},
	{"json-rpc-2.0", []need{npm("json-rpc-2.0", "1.8.1"), npm("ws", "8.23.0")}, script("node", "json-rpc-2.0.mjs")},
	{"rpc-websockets", []need{npm("rpc-websockets", "10.0.1")}, script("node", "rpc-websockets.mjs")},
	{"vscode-jsonrpc", []need{npm("vscode-jsonrpc", "10.0.0"), npm("vscode-ws-jsonrpc", "3.5.0"), npm("ws", "8.23.0")}, script("node", "vscode-jsonrpc.mjs")},
	{"python websockets", []need{pip("websockets", "17.4")}, script("python3", "python-websockets.py")},
	{"python aiohttp", []need{pip("aiohttp", "3.14.5")}, script("python3", "python-aiohttp.py")},
	{"go gorilla", nil, goSession(dialGorilla)},
	{"go nhooyr", nil, goSession(dialNhooyr)},
	{"go jsonrpc2", nil, goSession(dialJSONRPC2)},
	{"chromium", []need{chromium}, browse},
}

// npm is a package that Node finds below NODE_PATH.
func npm(name, version string) need {
	return need{
		[]string{"node", "-e", "require('fs').accessSync(process.env.NODE_PATH + '/" + name + "')"},
		"npm install --prefix DIR " + name + "@" + version + ", and NODE_PATH=DIR/node_modules in the environment",
	}
}

// pip is a package of the python3 that is found first.
func pip(name, version string) need {
	return need{[]string{"python3", "-c", "import " + name}, "pip install " + name + "==" + version}
}

// Programs that know nothing of us, in many languages, chat with the server.
func TestForeignClients(t *testing.T) {
	for _, f := range foreigners {
		t.Run(f.name, func(t *testing.T) {
			require(t, f.needs...)
			s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Origins = []string{"localhost:*"} }))
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			hold(t, ctx, s.URL)
			var out bytes.Buffer
			err := f.run(t, ctx, foreignDir(t), s.URL, &out)
			if diff := cmp.Diff(foreignSession, out.String()); diff != "" || err != nil {
				t.Errorf("%s: %v, and it prints (-want +got):\n%s", f.name, err, diff)
			}
		})
	}
}

// require skips the test when something is missing, or fails it where nothing
// may be.
func require(t *testing.T, needs ...need) {
	t.Helper()
	for _, n := range needs {
		out, err := exec.Command(n.command[0], n.command[1:]...).CombinedOutput()
		switch {
		case err == nil:
		case os.Getenv("FOREIGN_CLIENTS") == "required":
			t.Fatalf("%q: %v %s; to install it: %s", n.command, err, out, n.install)
		default:
			t.Skipf("%q: %v; to install it: %s", n.command, err, n.install)
		}
	}
}

// hold is the other side of the conversation: bo answers the first message
// with two. It ends with ctx.
func hold(t *testing.T, ctx context.Context, url string) {
	t.Helper()
	dial, err := chatclient.Dial(ctx, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = chatclient.Call(ctx, dial, protocol.Register, protocol.RegisterParams{Username: "bo"})
	dial.Close()
	if err != nil {
		t.Fatal(err)
	}
	bo, err := chatclient.Dial(ctx, url, &chatclient.Options{Credentials: chatclient.Credentials{Username: "bo"}})
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
