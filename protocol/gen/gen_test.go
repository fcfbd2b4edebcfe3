package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What is generated is committed, and as it would be generated now.
func TestGeneratedFilesAreFresh(t *testing.T) {
	root, err := moduleRoot()
	if err != nil {
		t.Fatal(err)
	}
	c, err := read(filepath.Join(root, "protocol"))
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range generated {
		want, err := g.make(c)
		if err != nil {
			t.Fatalf("%s: %v", g.path, err)
		}
		got, err := os.ReadFile(filepath.Join(root, g.path))
		if err != nil {
			t.Errorf("%v: go run ./protocol/gen", err)
		} else if diff := cmp.Diff(string(want), string(got)); diff != "" {
			t.Errorf("%s is stale: go run ./protocol/gen\n%s", g.path, diff)
		}
	}
}
