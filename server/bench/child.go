package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// child is a program in a process of its own. It is for one goroutine.
type child struct {
	program string
	address string
	cmd     *exec.Cmd
	in      io.WriteCloser
	out     *json.Decoder
}

// start runs a program on a new folder, until the end of the scenario.
func (l *lab) start(program string) (*child, error) {
	dir, err := os.MkdirTemp(l.dir, program)
	if err != nil {
		return nil, err
	}
	return l.startIn(program, dir)
}

// startIn is start with a folder that is there already.
func (l *lab) startIn(program, dir string) (*child, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(l.ctx, self, "-program", program, "-dir", dir)
	cmd.Stderr = os.Stderr
	c := &child{program: program, cmd: cmd}
	if c.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	c.out = json.NewDecoder(out)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	l.children = append(l.children, c)
	if err := c.reply(&c.address); err != nil {
		return nil, fmt.Errorf("%s: %w", program, err)
	}
	return c, nil
}

// ask asks a question and waits for the answer, of which value takes what it
// says, if anything.
func (c *child) ask(q question, value any) error {
	if err := json.NewEncoder(c.in).Encode(q); err != nil {
		return err
	}
	if err := c.reply(value); err != nil {
		return fmt.Errorf("%s: %w", q.Ask, err)
	}
	return nil
}

func (c *child) reply(value any) error {
	r := reply{Value: value}
	if err := c.out.Decode(&r); err != nil {
		return err
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}

func (c *child) usage() (u usage, err error) {
	return u, c.ask(question{Ask: "usage"}, &u)
}

// quietUsage is what the program uses when nothing happens.
func (c *child) quietUsage() (usage, error) {
	if err := c.ask(question{Ask: "quiet"}, nil); err != nil {
		return usage{}, err
	}
	return c.usage()
}

// profile begins a CPU profile if one is wanted. It ends with the child.
func (l *lab) profile(c *child) error {
	if l.profiles == "" {
		return nil
	}
	name := fmt.Sprintf("%s-%d-%s.pprof", strings.ReplaceAll(l.name, " ", "-"), len(l.children), c.program)
	file, err := filepath.Abs(filepath.Join(l.profiles, name))
	if err != nil {
		return err
	}
	return c.ask(question{Ask: "profile", File: file}, nil)
}

// stop ends the program, and fails when it has failed.
func (c *child) stop() error {
	c.in.Close()
	late := time.AfterFunc(20*time.Second, func() { c.cmd.Process.Kill() })
	defer late.Stop()
	return c.cmd.Wait()
}
