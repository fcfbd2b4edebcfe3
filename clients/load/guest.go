package load

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

// guest is a guest between two cuts. It belongs to the goroutine of attend.
type guest struct {
	Guest
	crowd  *Crowd
	conn   *Conn // the same from cut to cut, for its buffers
	cursor string
	heard  []int64 // messages of each group
	took   time.Duration
}

// attend comes back, catches up, and listens until the connection ends.
func (g *guest) attend(gate chan struct{}) error {
	if err := g.come(gate); err != nil {
		return err
	}
	socket := g.conn.socket
	defer reset(socket)
	defer context.AfterFunc(g.crowd.ctx, func() { reset(socket) })()
	for {
		message, err := g.conn.Next()
		if err == nil {
			err = g.take(message)
		}
		if err != nil {
			return err
		}
	}
}

// comeWithin bounds how long a guest tries to come back.
const comeWithin = time.Minute

// come connects, logs in and subscribes, again and again as long as the server
// cannot take it. Each attempt waits longer.
func (g *guest) come(gate chan struct{}) error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := g.attempt(gate)
		if err == nil || refusedForGood(err) || time.Since(g.crowd.begun) > comeWithin {
			return err
		}
		g.crowd.retries.Add(1)
		if err := pause(g.crowd.ctx, wait/2+rand.N(wait)); err != nil {
			return err
		}
	}
}

func refusedForGood(err error) bool {
	var refused *protocol.Error
	return errors.As(err, &refused) && refused.Kind != protocol.RateLimited && refused.Kind != protocol.Unavailable
}

func (g *guest) attempt(gate chan struct{}) error {
	ctx, cancel := context.WithTimeout(g.crowd.ctx, dialTime)
	defer cancel()
	if err := g.enter(ctx, gate); err != nil {
		return err
	}
	socket := g.conn.socket
	defer context.AfterFunc(ctx, func() { reset(socket) })()
	err := g.subscribe()
	if err != nil {
		reset(socket)
	}
	return err
}

// enter connects and logs in, when the gate lets it.
func (g *guest) enter(ctx context.Context, gate chan struct{}) error {
	gate <- struct{}{}
	defer func() { <-gate }()
	if err := g.conn.redial(ctx, g.crowd.url, g.crowd.config); err != nil {
		return err
	}
	socket := g.conn.socket
	defer context.AfterFunc(ctx, func() { reset(socket) })()
	err := g.Login(ctx, g.conn)
	if err != nil {
		reset(socket)
	}
	return err
}

// subscribe subscribes from the cursor, at first from the end of the log.
func (g *guest) subscribe() error {
	var subscribed protocol.SubscribeResult
	if err := g.conn.Call(protocol.Subscribe.Name, protocol.SubscribeParams{Cursor: g.cursor}, &subscribed); err != nil {
		return err
	}
	if subscribed.Reset {
		return &protocol.Error{Kind: protocol.Conflict, Message: "the server does not know the cursor any more, so messages are lost"}
	}
	g.cursor = subscribed.Cursor
	g.arriveWithAll()
	return nil
}

// take takes what the server sends.
func (g *guest) take(message []byte) error {
	if cursor, ok := lastString(message, "cursor"); ok && IsMessage(message) {
		g.cursor = cursor
		g.hear(message)
		return nil
	}
	if bytes.HasPrefix(message, conversationPrefix) {
		return nil
	}
	var r reply
	if err := json.Unmarshal(message, &r); err != nil {
		return err
	}
	switch r.Method {
	case protocol.OnLagging.Name, protocol.OnDraining.Name:
		return fmt.Errorf("the server said %s", r.Method)
	case protocol.OnMessage.Name:
		var e protocol.MessageEvent
		if err := json.Unmarshal(r.Params, &e); err != nil {
			return err
		}
		g.cursor = e.Cursor
		g.hear(fmt.Appendf(nil, `"body":"%s`, e.Message.Body))
	}
	return nil
}

// hear checks the event of a message.
func (g *guest) hear(event []byte) {
	s, err := readStamp(event)
	group := slices.Index(g.Groups, s.sender)
	switch {
	case err != nil || group < 0:
		g.crowd.stray.Add(1)
	case s.number < g.heard[group]:
		g.crowd.doubled.Add(1)
	default:
		g.crowd.lost.Add(s.number - g.heard[group])
		g.heard[group] = s.number + 1
		g.arriveWithAll()
	}
}

// arriveWithAll counts the guest as back when it has just got the last message
// that it lacked.
func (g *guest) arriveWithAll() {
	said := g.crowd.said.Load()
	if slices.ContainsFunc(g.heard, func(n int64) bool { return n != said }) {
		return
	}
	g.took = time.Since(g.crowd.since)
	g.crowd.arrive()
}

// lastString returns what a message has as the last string of a name, which
// needs no decoding.
func lastString(message []byte, name string) (value string, ok bool) {
	key := []byte(`"` + name + `":"`)
	_, rest, found := bytes.Cut(message[max(0, bytes.LastIndex(message, key)):], key)
	quoted, _, closed := bytes.Cut(rest, []byte(`"`))
	return string(quoted), found && closed
}
