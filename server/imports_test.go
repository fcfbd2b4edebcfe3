package server_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// imports says what each package may import, beside the standard library:
// packages of ours, and modules of others by the names that follow. A name
// that ends in "/..." stands for all below it, "*" for everything. Test files
// are left out.
const imports = `
protocol                  json uniseg
protocol/gen              protocol json
protocol/jsonrpc          protocol json jsonrpc2
protocol/openrpc          protocol json
docs
protocol/conformance      docs json
protocol/conformance/cmd/conform  protocol/conformance protocol/conformance/clientkit release
protocol/conformance/clientkit  docs protocol/conformance protocol/conformance/clientkit/stage websocket json
protocol/conformance/clientkit/stage  protocol/conformance websocket json

store                     protocol store/words
store/words               norm uniseg
store/sqlite              protocol store store/words modernc libc goose json
store/storetest           protocol store store/words store/storetest/chance store/storetest/model json cmp rapid
store/storetest/chance    rapid
store/storetest/model     protocol store

server/wire               protocol websocket
server/journal            store
server/hub                protocol protocol/jsonrpc store
server/api                protocol protocol/jsonrpc protocol/openrpc store store/words server/journal server/hub json crypto time
server                    protocol protocol/jsonrpc store server/wire server/journal server/hub server/api release
server/servertest         protocol store store/sqlite server websocket json
server/chatd               protocol protocol/openrpc server store store/sqlite release kong json
server/bench/...          *

protocol/alloctest
release

clients/chatclient        protocol protocol/jsonrpc websocket jsonrpc2 json uuid
clients/chatclient/driver protocol clients/chatclient json
clients/chat              protocol clients/chatclient clients/load release json kong uuid
clients/load              protocol clients/load/chart hdrhistogram json uuid errgroup
clients/load/chart
`

// modules are those of others that the project stands on.
var modules = map[string]string{
	"cmp":          "github.com/google/go-cmp",
	"crypto":       "golang.org/x/crypto",
	"errgroup":     "golang.org/x/sync",
	"goose":        "github.com/pressly/goose/v3",
	"hdrhistogram": "github.com/HdrHistogram/hdrhistogram-go",
	"json":         "github.com/go-json-experiment/json",
	"jsonrpc2":     "github.com/sourcegraph/jsonrpc2",
	"kong":         "github.com/alecthomas/kong",
	"libc":         "modernc.org/libc",
	"modernc":      "modernc.org/sqlite",
	"norm":         "golang.org/x/text/unicode/norm",
	"time":         "golang.org/x/time",
	"uuid":         "github.com/google/uuid",
	"websocket":    "github.com/coder/websocket",
	"rapid":        "pgregory.net/rapid",
	"uniseg":       "github.com/rivo/uniseg",
}

// Imports run one way: no package imports what the table does not give it.
func TestImports(t *testing.T) {
	table := parseImports(t)
	for dir, files := range sources(t, "..") {
		allowed, ok := lookUp(table, dir)
		if !ok {
			t.Errorf("%s is not in the table of imports", dir)
			continue
		}
		for _, file := range files {
			for _, name := range importsOf(t, file) {
				if !permits(allowed, name) {
					t.Errorf("%s must not import %s (%s)", dir, name, file)
				}
			}
		}
	}
}

func TestImportsRefuse(t *testing.T) {
	table := parseImports(t)
	for _, c := range []struct {
		dir, name string
		permitted bool
	}{
		{"protocol", "strings", true},
		{"protocol", "github.com/go-json-experiment/json/jsontext", true},
		{"protocol", "github.com/go-json-experiment/jsonx", false},
		{"protocol", "asappchat/store", false},
		{"server/wire", "asappchat/protocol/jsonrpc", false},
		{"server/wire", "nhooyr.io/websocket", false},
		{"server/bench/naked", "modernc.org/sqlite", true},
	} {
		row, ok := lookUp(table, c.dir)
		if !ok || permits(row, c.name) != c.permitted {
			t.Errorf("%s importing %s: in the table %v, permitted %v, want %v", c.dir, c.name, ok, !c.permitted, c.permitted)
		}
	}
	if row, ok := lookUp(table, "server/new"); ok {
		t.Errorf("an unknown package has the row %q", row)
	}
}

// parseImports reads the table.
func parseImports(t *testing.T) map[string][]string {
	table := make(map[string][]string)
	for line := range strings.Lines(imports) {
		if words := strings.Fields(line); len(words) > 0 {
			if _, twice := table[words[0]]; twice {
				t.Fatalf("%s is in the table of imports twice", words[0])
			}
			table[words[0]] = words[1:]
		}
	}
	return table
}

// lookUp finds the row of a package, or that of a folder that it is below.
func lookUp(table map[string][]string, dir string) ([]string, bool) {
	if row, ok := table[dir]; ok {
		return row, true
	}
	for ; dir != "."; dir = path.Dir(dir) {
		if row, ok := table[dir+"/..."]; ok {
			return row, true
		}
	}
	return nil, false
}

// permits says whether a row of the table has an imported package.
func permits(row []string, name string) bool {
	first, _, _ := strings.Cut(name, "/")
	ours := strings.TrimPrefix(name, "asappchat/")
	switch {
	case slices.Contains(row, "*"):
		return true
	case ours != name:
		return slices.Contains(row, ours)
	case !strings.Contains(first, "."): // of the standard library
		return true
	}
	return slices.ContainsFunc(row, func(word string) bool {
		module, ok := modules[word]
		return ok && (name == module || strings.HasPrefix(name, module+"/"))
	})
}

// sources returns the Go files of each package below root, by its path from
// there. Like the go command it passes over testdata, and what begins with a
// dot or an underscore.
func sources(t *testing.T, root string) map[string][]string {
	found := make(map[string][]string)
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := entry.Name()
		if entry.IsDir() {
			hidden := file != root && strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_")
			if hidden || name == "testdata" || name == "node_modules" {
				return filepath.SkipDir
			}
			return nil
		}
		if strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			dir, err := filepath.Rel(root, filepath.Dir(file))
			if err != nil {
				return err
			}
			dir = filepath.ToSlash(dir)
			found[dir] = append(found[dir], file)
		}
		return nil
	})
	if err != nil || len(found) == 0 {
		t.Fatalf("%d packages, %v", len(found), err)
	}
	return found
}

func importsOf(t *testing.T, file string) (names []string) {
	f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range f.Imports {
		name, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}
