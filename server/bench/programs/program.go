package programs

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

	"asappchat/server/bench/programs/prototype"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// A Name says which program.
type Name string

// These are all.
const (
	Server    Name = "server"    // the whole server; also reads
	Unindexed Name = "unindexed" // the same, but that it indexes nothing
	Prototype Name = "prototype" // the least that sends durable messages
	Store     Name = "store"     // the store alone, which commits
	Joined    Name = "joined"    // a broadcast on the bare library, frames joined in one write
	Each      Name = "each"      // the same, frame by frame
	Echo      Name = "echo"      // of JSON
)

// programs start them, each on a folder of its own.
var programs = map[Name]func(dir string) (*Program, error){
	Server:    func(dir string) (*Program, error) { return startServer(dir, nil) },
	Unindexed: func(dir string) (*Program, error) { return startServer(dir, &sqlite.Options{Unindexed: true}) },
	Prototype: startPrototype,
	Store:     startStore,
	Joined:    func(string) (*Program, error) { return startBare(true) },
	Each:      func(string) (*Program, error) { return startBare(false) },
	Echo:      func(string) (*Program, error) { return startEcho() },
}

// A Program runs in this process.
type Program struct {
	// Address is where it listens, "" for nowhere.
	Address string

	commits func() (groups, mutations int64)      // so far; nil when it has no store
	commit  func(Commits) (Capacity, error)       // nil when it cannot
	read    func(time.Duration) (Capacity, error) // nil when it cannot
	list    func(Listing) (Capacity, error)       // nil when it cannot
	end     func() (store.Place, error)           // nil when it has no log
	index   func() error                          // nil when it has none
	close   func() error
}

// Open starts a program in a data folder, which those without a store ignore.
func Open(name Name, dir string) (*Program, error) {
	start := programs[name]
	if start == nil {
		return nil, fmt.Errorf("no program %q", name)
	}
	return start(dir)
}

// Close ends the program.
func (p *Program) Close() error { return p.close() }

// Run is the other end of a Process: the program serves, and answers the
// questions of standard input, until that ends.
func Run(name Name, dir string) error {
	p, err := Open(name, dir)
	if err != nil {
		return err
	}
	defer pprof.StopCPUProfile()
	return errors.Join(p.answerAll(os.Stdin, os.Stdout), p.Close())
}

// question is a line of the process's standard input, and reply the line of
// its standard output that answers. A first reply, without a question, holds
// the address.
type question struct {
	Ask     string
	File    string        `json:",omitzero"` // of profile
	Commits Commits       `json:",omitzero"` // of commit
	For     time.Duration `json:",omitzero"` // of read
	Listing Listing       `json:",omitzero"` // of list
}

type reply struct {
	Error string `json:",omitempty"`
	Value any
}

func (p *Program) answerAll(r io.Reader, w io.Writer) error {
	in, out := json.NewDecoder(r), json.NewEncoder(w)
	if err := out.Encode(reply{Value: p.Address}); err != nil {
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

func (p *Program) answer(q question) (any, error) {
	switch {
	case q.Ask == "usage":
		return p.usage()
	case q.Ask == "quiet":
		return nil, quieten()
	case q.Ask == "profile":
		return nil, profile(q.File)
	case q.Ask == "commit" && p.commit != nil:
		return p.commit(q.Commits)
	case q.Ask == "read" && p.read != nil:
		return p.read(q.For)
	case q.Ask == "list" && p.list != nil:
		return p.list(q.Listing)
	case q.Ask == "end" && p.end != nil:
		return p.end()
	case q.Ask == "index" && p.index != nil:
		return nil, p.index()
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
func startPrototype(dir string) (*Program, error) {
	p, err := prototype.Start(dir)
	if err != nil {
		return nil, err
	}
	return &Program{Address: p.Address(), commits: p.Committed, close: p.Close}, nil
}

// profile begins a profile of the CPU, which ends with the process.
func profile(name string) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return pprof.StartCPUProfile(f)
}
