package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"asappchat/server/bench/programs"
)

// child is a program in a process of its own.
type child = programs.Process

// start runs a program on a new folder, until the end of the scenario.
func (l *lab) start(name programs.Name) (*child, error) {
	dir, err := os.MkdirTemp(l.dir, string(name))
	if err != nil {
		return nil, err
	}
	return l.startIn(name, dir)
}

// startIn is start with a folder that is there already.
func (l *lab) startIn(name programs.Name, dir string) (*child, error) {
	c, err := programs.Start(l.ctx, name, dir)
	if err != nil {
		return nil, err
	}
	l.children = append(l.children, c)
	if name == programs.Server { // which indexes what the folder has
		err = c.Index()
	}
	return c, err
}

// profile begins a CPU profile if one is wanted. It ends with the child.
func (l *lab) profile(c *child) error {
	if l.profiles == "" {
		return nil
	}
	name := fmt.Sprintf("%s-%d-%s.pprof", strings.ReplaceAll(l.name, " ", "-"), len(l.children), c.Name)
	file, err := filepath.Abs(filepath.Join(l.profiles, name))
	if err != nil {
		return err
	}
	return c.Profile(file)
}
