package clientkit

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// patience is how long anything may take that is to come, if Options.Wait does
// not say otherwise.
const patience = 10 * time.Second

// Driver is a running driver: a client's test program, as README.md of package
// conformance has it. Its methods are for one goroutine.
type Driver struct {
	// Client is what the client is called.
	Client string

	wait  time.Duration // for a line
	in    io.WriteCloser
	lines chan line // closed at the end of the output
	kill  func()
	stop  func() error
	ids   int
	err   error // what is wrong with the driver, once something is

	answers map[int]jsontext.Value // lines, by the ids of commands
	events  []jsontext.Value
	ended   jsontext.Value // the error of the line that says so
	story   *story
}

// line is a line of the output.
type line struct {
	Driver int            `json:"driver"`
	Client string         `json:"client"`
	ID     int            `json:"id"`
	Event  string         `json:"event"`
	End    jsontext.Value `json:"end"`

	raw jsontext.Value
	err error
}

// Start starts the driver that a command line names, until Close.
func Start(ctx context.Context, command []string) (*Driver, error) {
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var complaints tail
	cmd.Stderr = &complaints
	cmd.WaitDelay = patience
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	kill := func() {
		cmd.Process.Kill()
		in.Close() // a child of its own may hold both
		out.Close()
	}
	return begin(in, out, kill, func() error {
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%w: %s", err, complaints.String())
		}
		return nil
	})
}

// begin talks to a driver over its input and output. kill ends it at once, and both
// of them, from any goroutine; stop waits for its end.
func begin(in io.WriteCloser, out io.Reader, kill func(), stop func() error) (*Driver, error) {
	d := &Driver{wait: patience, in: in, lines: make(chan line, 1024), kill: kill, stop: stop}
	go d.read(out) // ends with the output
	d.reset(&story{})
	first, err := d.next()
	if err == nil && first.Driver != 1 {
		err = fmt.Errorf("the first line is %s, want {\"driver\":1,…}", first.raw)
	}
	if err != nil {
		return nil, errors.Join(err, d.Close())
	}
	d.Client = first.Client
	return d, nil
}

// read takes the output apart.
func (d *Driver) read(out io.Reader) {
	defer close(d.lines)
	reader := bufio.NewReader(out)
	for {
		raw, err := reader.ReadBytes('\n')
		if err != nil {
			return
		}
		l := line{raw: bytes.TrimSpace(raw)}
		l.err = json.Unmarshal(raw, &l)
		d.lines <- l
	}
}

// Close ends the driver, which has to end itself at the end of its input. One that
// does not is killed.
func (d *Driver) Close() error {
	d.in.Close()
	late := time.AfterFunc(d.wait, d.kill)
	for range d.lines { // until its output ends
	}
	err := d.stop()
	if !late.Stop() {
		return fmt.Errorf("the driver does not end within %v of the end of its input", d.wait)
	}
	return err
}

// reset forgets what the application was told; the story goes on from here.
func (d *Driver) reset(s *story) {
	d.ids, d.answers, d.events, d.ended, d.story = 0, map[int]jsontext.Value{}, nil, nil, s
}

// do gives a command, as an object without its id, and returns that.
func (d *Driver) do(command map[string]any) (int, error) {
	d.ids++
	command["id"] = d.ids
	raw, err := json.Marshal(command, json.Deterministic(true))
	if err != nil {
		return 0, err
	}
	d.story.note("app> ", raw)
	late := time.AfterFunc(d.wait, d.kill)
	_, err = d.in.Write(append(raw, '\n'))
	if !late.Stop() {
		err = fmt.Errorf("it does not read its input for %v", d.wait)
	}
	if err != nil {
		return 0, d.broken(err)
	}
	return d.ids, nil
}

func (d *Driver) broken(err error) error {
	d.err = fmt.Errorf("the driver: %w", err)
	return d.err
}

// next waits for the next line, and notes what it says.
func (d *Driver) next() (line, error) { return d.nextBefore(time.After(d.wait)) }

func (d *Driver) nextBefore(limit <-chan time.Time) (line, error) {
	select {
	case l, ok := <-d.lines:
		if !ok {
			return l, d.broken(io.ErrUnexpectedEOF)
		}
		if l.err != nil {
			return l, d.broken(fmt.Errorf("%w in %s", l.err, l.raw))
		}
		return l, d.note(l)
	case <-limit:
		return line{}, fmt.Errorf("it did not come from the driver within %v", d.wait)
	}
}

func (d *Driver) note(l line) error {
	if l.Driver == 0 {
		d.story.note("app< ", l.raw)
	}
	switch {
	case l.Driver != 0:
	case l.Event != "":
		d.events = append(d.events, l.raw)
	case l.End != nil:
		d.ended = l.End
	case l.ID == 0 || l.ID > d.ids || d.answers[l.ID] != nil:
		return d.broken(fmt.Errorf("%s answers no command", l.raw))
	default:
		d.answers[l.ID] = l.raw
	}
	return nil
}

// answer waits for the answer to a command.
func (d *Driver) answer(id int) (jsontext.Value, error) {
	limit := time.After(d.wait)
	for d.answers[id] == nil {
		if _, err := d.nextBefore(limit); err != nil {
			return nil, fmt.Errorf("command %d is not answered: %w", id, err)
		}
	}
	return d.answers[id], nil
}

// ask gives a command and waits for its answer.
func (d *Driver) ask(command map[string]any) (jsontext.Value, error) {
	id, err := d.do(command)
	if err != nil {
		return nil, err
	}
	return d.answer(id)
}

// hear waits until the application has been told n events.
func (d *Driver) hear(n int) error {
	limit := time.After(d.wait)
	for len(d.events) < n {
		if d.ended != nil {
			return fmt.Errorf("the events ended with %s after %d, want %d", d.ended, len(d.events), n)
		}
		if _, err := d.nextBefore(limit); err != nil {
			return fmt.Errorf("%d events were told, want %d: %w", len(d.events), n, err)
		}
	}
	return nil
}
