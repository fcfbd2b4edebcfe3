// Command driver lets the conformance kit examine chatclient: it plays the
// application. protocol/conformance/README.md defines what it reads and
// prints.
//
// Each command runs in a goroutine of its own, which ends with its answer, as
// does the one that follows the events with their client.
package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/clients/chatclient"
)

func main() {
	if err := newDriver(os.Stdout).run(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "driver:", err)
		os.Exit(1)
	}
}

// command is a line of the input. Which members count is a matter of Do.
type command struct {
	ID     int64          `json:"id"`
	Do     string         `json:"do"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
	Call   int64          `json:"call"`

	URL           string   `json:"url"`
	Username      string   `json:"username"`
	Password      string   `json:"password"`
	Token         string   `json:"token"`
	Cursor        string   `json:"cursor"`
	Device        string   `json:"device"`
	BackoffMS     [2]int64 `json:"backoff_ms"`
	AnswerTimeout int64    `json:"answer_timeout_ms"`
	PingInterval  int64    `json:"ping_interval_ms"`
}

// driver holds the client that is examined at the moment.
type driver struct {
	printing sync.Mutex
	out      io.Writer

	client *chatclient.Client
	mirror *chatclient.Mirror
	ctx    context.Context // ends when the application is done with the client
	cancel context.CancelFunc
	busy   sync.WaitGroup // commands and events

	mu    sync.Mutex
	calls map[int64]context.CancelFunc
}

func newDriver(out io.Writer) *driver {
	return &driver{out: out, calls: map[int64]context.CancelFunc{}}
}

// run reads commands up to the end of the input.
func (d *driver) run(in io.Reader) error {
	d.print(map[string]any{"driver": 1, "client": "chatclient for Go"})
	lines := bufio.NewReader(in)
	for {
		line, err := lines.ReadBytes('\n')
		if len(bytes.TrimSpace(line)) > 0 {
			var c command
			if err := json.Unmarshal(line, &c); err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
			d.do(c)
		}
		if err == io.EOF {
			d.close()
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// do begins a command. Those that make or end the client are over when it
// returns; the others need one.
func (d *driver) do(c command) {
	switch {
	case c.Do == "open":
		d.answer(c)(d.open(c))
	case d.client == nil:
		d.answer(c)(nil, fmt.Errorf("%s without open", c.Do))
	case c.Do == "events":
		d.answer(c)(struct{}{}, nil)
		d.busy.Go(d.follow)
	case c.Do == "mirror":
		mirror, err := chatclient.NewMirror(d.client, nil)
		if err != nil {
			d.answer(c)(nil, err)
			return
		}
		d.mirror = mirror
		d.busy.Go(func() { d.reflect(c) })
	case c.Do == "call":
		d.call(c)
	case c.Do == "cancel":
		d.abandon(c.Call)
		d.answer(c)(struct{}{}, nil)
	case c.Do == "home":
		d.answer(c)(map[string]any{"conversations": d.mirror.Home()}, nil)
	case c.Do == "cursor":
		d.answer(c)(map[string]any{"cursor": d.client.Cursor()}, nil)
	case c.Do == "logout":
		err := d.client.Logout(d.ctx)
		d.close()
		d.answer(c)(struct{}{}, err)
	case c.Do == "close":
		d.close()
		d.answer(c)(struct{}{}, nil)
	default:
		d.answer(c)(nil, fmt.Errorf("unknown command %q", c.Do))
	}
}

func (d *driver) open(c command) (any, error) {
	ms := func(n int64) time.Duration { return time.Duration(n) * time.Millisecond }
	client, err := chatclient.Dial(context.Background(), c.URL, &chatclient.Options{
		Credentials:   chatclient.Credentials{Username: c.Username, Password: c.Password, Token: c.Token, Device: c.Device},
		Cursor:        c.Cursor,
		OnEphemeral:   d.event,
		Backoff:       chatclient.Backoff{Base: ms(c.BackoffMS[0]), Cap: ms(c.BackoffMS[1])},
		AnswerTimeout: ms(c.AnswerTimeout),
		PingInterval:  ms(c.PingInterval),
	})
	if err != nil {
		return nil, err
	}
	d.client = client
	d.ctx, d.cancel = context.WithCancel(context.Background())
	return map[string]any{"username": client.Login().User.Username}, nil
}

// close ends the client and waits until all that was asked of it has ended.
func (d *driver) close() {
	if d.client == nil {
		return
	}
	d.cancel()
	d.client.Close()
	d.busy.Wait()
	d.client, d.mirror = nil, nil
}
