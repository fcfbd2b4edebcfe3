package programs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"time"

	"asappchat/store"
)

// A Process is a program in a process of its own. It is for one goroutine.
type Process struct {
	Name    Name
	Address string // where it listens, "" for nowhere

	cmd *exec.Cmd
	in  io.WriteCloser
	out *json.Decoder
}

// Start runs a program in a data folder, until Stop or the end of the context.
// The process is this executable with the flags -program and -dir, for which it
// must call Run.
func Start(ctx context.Context, name Name, dir string) (*Process, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self, "-program", string(name), "-dir", dir)
	cmd.Stderr = os.Stderr
	p := &Process{Name: name, cmd: cmd}
	if p.in, err = cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = json.NewDecoder(out)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	if err := p.reply(&p.Address); err != nil {
		return nil, fmt.Errorf("%s: %w", name, errors.Join(err, p.Stop()))
	}
	return p, nil
}

// Stop ends the program, and fails when it has failed.
func (p *Process) Stop() error {
	p.in.Close()
	late := time.AfterFunc(20*time.Second, func() { p.cmd.Process.Kill() })
	defer late.Stop()
	return p.cmd.Wait()
}

// Usage is what the program has used up to now.
func (p *Process) Usage() (u Usage, err error) {
	return u, p.ask(question{Ask: "usage"}, &u)
}

// QuietUsage is what the program uses when nothing happens, after a collection
// of garbage.
func (p *Process) QuietUsage() (Usage, error) {
	if err := p.ask(question{Ask: "quiet"}, nil); err != nil {
		return Usage{}, err
	}
	return p.Usage()
}

// Profile begins a profile of the CPU in a file, whose name is absolute. It
// ends with the program.
func (p *Process) Profile(file string) error {
	return p.ask(question{Ask: "profile", File: file}, nil)
}

// Commit has Store commit. What it takes to make the messages does not count.
func (p *Process) Commit(what Commits) (c Capacity, err error) {
	return c, p.ask(question{Ask: "commit", Commits: what}, &c)
}

// Read has Server read the newest page of an archive's long conversation,
// straight from its store, with one goroutine, for some time.
func (p *Process) Read(d time.Duration) (c Capacity, err error) {
	return c, p.ask(question{Ask: "read", For: d}, &c)
}

// List has Server read a user's list straight from its store, with one
// goroutine.
func (p *Process) List(l Listing) (c Capacity, err error) {
	return c, p.ask(question{Ask: "list", Listing: l}, &c)
}

// End is the last place of Server's log.
func (p *Process) End() (place store.Place, err error) {
	return place, p.ask(question{Ask: "end"}, &place)
}

// Index waits until Server has indexed all there is.
func (p *Process) Index() error { return p.ask(question{Ask: "index"}, nil) }

// ask asks a question and waits for the answer, of which value takes what it
// says, if anything.
func (p *Process) ask(q question, value any) error {
	if err := json.NewEncoder(p.in).Encode(q); err != nil {
		return err
	}
	if err := p.reply(value); err != nil {
		return fmt.Errorf("%s: %w", q.Ask, err)
	}
	return nil
}

func (p *Process) reply(value any) error {
	r := reply{Value: value}
	if err := p.out.Decode(&r); err != nil {
		return err
	}
	if r.Error != "" {
		return errors.New(r.Error)
	}
	return nil
}
