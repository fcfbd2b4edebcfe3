package main

import (
	"errors"
	"fmt"
	"io/fs"
	"log"
	"os"
	"path/filepath"
)

// generated says where each file goes, by its path in the module, and what
// makes it.
var generated = []struct {
	path string
	make func(*contract) ([]byte, error)
}{
	{"protocol/openrpc/openrpc.json", document},
	{"docs/reference.md", reference},
	{"clients/js/src/types.gen.ts", typeScript},
	{"clients/python/src/asappchat/_types.py", python},
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("gen: ")
	root, err := moduleRoot()
	if err != nil {
		log.Fatal(err)
	}
	c, err := read(filepath.Join(root, "protocol"))
	if err != nil {
		log.Fatal(err)
	}
	for _, g := range generated {
		text, err := g.make(c)
		if err != nil {
			log.Fatalf("%s: %v", g.path, err)
		}
		if err := write(filepath.Join(root, g.path), text); err != nil {
			log.Fatal(err)
		}
	}
}

func write(path string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
		return err
	}
	return os.WriteFile(path, text, 0o666)
}

// moduleRoot returns the folder with go.mod that the working directory is in.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		_, err := os.Stat(filepath.Join(dir, "go.mod"))
		if !errors.Is(err, fs.ErrNotExist) {
			return dir, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", fmt.Errorf("no go.mod above the working directory")
		}
		dir = parent
	}
}
