package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"time"

	"asappchat/server/bench/prototype"
)

// A program is what a child process runs.
type program struct {
	address string                           // where it listens, "" for nowhere
	commits func() (groups, mutations int64) // so far; nil when it has no store
	ask     func(question) (any, error)      // what only it can answer; may be nil
	close   func() error
}

// programs are all that a child can run, by name. Each is started on a folder
// of its own.
var programs = map[string]func(dir string) (*program, error){
	"server":    startServer,
	"prototype": startPrototype,
	"store":     startStore,
	"joined":    func(string) (*program, error) { return startBare(true) },
	"each":      func(string) (*program, error) { return startBare(false) },
	"echo":      func(string) (*program, error) { return startEcho() },
}

// question is a line of the child's standard input, and reply the line of its
// standard output that answers. A first reply, without a question, holds the
// address.
type question struct {
	Ask   string
	File  string        `json:",omitempty"` // of profile
	For   time.Duration `json:",omitempty"` // of commit and read
	Group int           `json:",omitempty"` // of commit
	// Readers is how many read all the time, of commit.
	Readers int `json:",omitempty"`
}

type reply struct {
	Error string `json:",omitempty"`
	Value any
}

// runProgram is the child process: it serves and answers questions until its
// standard input ends.
func runProgram(name, dir string) error {
	start := programs[name]
	if start == nil {
		return fmt.Errorf("no program %q", name)
	}
	p, err := start(dir)
	if err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return errors.Join(p.answerAll(os.Stdin, os.Stdout), p.close())
}

func (p *program) answerAll(r io.Reader, w io.Writer) error {
	in, out := json.NewDecoder(r), json.NewEncoder(w)
	if err := out.Encode(reply{Value: p.address}); err != nil {
		return err
	}
	for {
		var q question
		if err := in.Decode(&q); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		var answer reply
		value, err := p.answer(q)
		if err != nil {
			answer.Error = err.Error()
		}
		answer.Value = value
		if err := out.Encode(answer); err != nil {
			return err
		}
	}
}

func (p *program) answer(q question) (any, error) {
	switch {
	case q.Ask == "usage":
		return p.usage()
	case q.Ask == "quiet":
		return nil, quieten()
	case q.Ask == "profile":
		return nil, profile(q.File)
	case p.ask != nil:
		return p.ask(q)
	}
	return nil, fmt.Errorf("%q is not answered", q.Ask)
}

// quieten gives memory that is not used back to the system. Connections keep
// what they keep when nothing has happened for some time.
func quieten() error {
	time.Sleep(300 * time.Millisecond) // for the last writers to end
	runtime.GC()                       // empties the pools, as the next one does
	debug.FreeOSMemory()
	return nil
}

// startPrototype runs the prototype.
func startPrototype(dir string) (*program, error) {
	p, err := prototype.Start(dir)
	if err != nil {
		return nil, err
	}
	return &program{address: p.Address(), commits: p.Committed, close: p.Close}, nil
}

// profile begins a profile of the CPU, which ends with the process.
func profile(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}
