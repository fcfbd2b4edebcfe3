package server_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/server/servertest"
)

// A client that an off-the-shelf generator makes of what a server answers to
// rpc.discover logs in, sends, and is pushed what it sent.
func TestGeneratedClientChats(t *testing.T) {
	generator, modules := openRPCGenerator(t)
	s := servertest.New(t)
	dir := t.TempDir()
	put(t, filepath.Join(dir, "openrpc.json"), forGenerator(string(s.Dial().Call("rpc.discover", []any{}))))
	put(t, filepath.Join(dir, "config.json"), `{"openrpcDocument":"openrpc.json","outDir":"out",
		"components":[{"type":"client","name":"chat","language":"typescript"}]}`)
	tool(t, dir, generator, "generate", "-c", "config.json")

	client := filepath.Join(dir, "out", "client", "typescript")
	program, err := os.ReadFile("testdata/openrpc_client.ts")
	if err != nil {
		t.Fatal(err)
	}
	put(t, filepath.Join(client, "src", "use.ts"), string(program))
	if err := os.Symlink(filepath.Join(filepath.Dir(modules), "generated", "node_modules"), filepath.Join(client, "node_modules")); err != nil {
		t.Fatal(err)
	}
	tool(t, client, filepath.Join(modules, ".bin", "tsc"), "--skipLibCheck")
	host, port, _ := strings.Cut(strings.TrimPrefix(s.URL, "ws://"), ":")
	got := tool(t, client, "node", "build/use.js", host, port)
	want := `registered ana Ana
logged in 16384
sent 1 false
pushed hello
read hello an-id
refused by the server not_found
refused by the client 1
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// forGenerator changes what the generator cannot cope with. It writes the names
// of params as they stand into TypeScript, of which two are keywords; what it
// makes calls by position. And what it makes holds the document as of a type
// that knows no version after 1.2.
func forGenerator(document string) string {
	return strings.NewReplacer(
		`"name":"with"`, `"name":"with_"`,
		`"name":"new"`, `"name":"new_"`,
		`"openrpc":"1.4.1"`, `"openrpc":"1.2.1"`,
	).Replace(document)
}

// openRPCGenerator finds the program, and the packages that .ci/install
// installs beside it.
func openRPCGenerator(t *testing.T) (program, modules string) {
	t.Helper()
	program, err := exec.LookPath("open-rpc-generator")
	if err != nil && os.Getenv("FOREIGN_CLIENTS") == "required" {
		t.Fatal("open-rpc-generator is not installed: see .ci/install")
	}
	if err != nil {
		t.Skip("open-rpc-generator is not installed: see .ci/install")
	}
	return program, filepath.Dir(filepath.Dir(program))
}

func put(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

// tool runs a program in a folder and returns what it prints.
func tool(t *testing.T, dir, program string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Dir, cmd.Stderr = dir, t.Output()
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", program, args, err, out)
	}
	return string(out)
}
