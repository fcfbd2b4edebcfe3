package load

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"time"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

// guest is one of a crowd: it listens, and comes back whenever it is cut.
type guest struct {
	*user
	crowd  *crowd
	group  string
	cursor string // of the last event; belongs to live
	heard  int64  // messages; belongs to live

	conn   atomic.Pointer[Conn]
	away   atomic.Pointer[chan struct{}] // when cut, closed when it may come back
	target atomic.Int64                  // messages that make it be back
	since  time.Time                     // set before away is closed
	took   time.Duration                 // set before it is counted as back

	lost, doubled, stray atomic.Int64
}

// live listens until the crowd leaves.
func (g *guest) live() {
	for {
		err := g.listen()
		ret := g.away.Swap(nil)
		if ret == nil {
			if g.crowd.ctx.Err() == nil {
				g.crowd.fail(fmt.Errorf("%s: %w", g.name, err))
			}
			return
		}
		g.crowd.ready <- struct{}{}
		select {
		case <-*ret:
		case <-g.crowd.ctx.Done():
			return
		}
		if err := g.come(); err != nil {
			if g.crowd.ctx.Err() == nil {
				g.crowd.fail(fmt.Errorf("%s: %w", g.name, err))
			}
			return
		}
	}
}

func (c *crowd) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// comeWithin bounds how long a guest tries to come back.
const comeWithin = time.Minute

// come connects, logs in by token, and subscribes from the cursor, again and
// again as long as the server cannot take it. Each attempt waits longer.
func (g *guest) come() error {
	for wait := 50 * time.Millisecond; ; wait = min(2*wait, 2*time.Second) {
		err := g.attempt()
		var refused *protocol.Error
		if err == nil || errors.As(err, &refused) || time.Since(g.since) > comeWithin {
			return err
		}
		g.crowd.retries.Add(1)
		if err := pause(g.crowd.ctx, wait/2+rand.N(wait)); err != nil {
			return err
		}
	}
}

func (g *guest) attempt() error {
	ctx, cancel := context.WithTimeout(g.crowd.ctx, dialTime)
	defer cancel()
	c, err := g.crowd.stage.admit(ctx, g.user, false)
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, c.Close)
	defer stop()
	var subscribed protocol.SubscribeResult
	if err := g.crowd.stage.call(ctx, c, protocol.Subscribe.Name, protocol.SubscribeParams{Cursor: g.cursor}, &subscribed); err != nil {
		c.Close()
		return err
	}
	g.conn.Store(c)
	if g.crowd.ctx.Err() != nil { // who leaves may have closed the one before
		c.Close()
	}
	if subscribed.Reset {
		return &protocol.Error{Kind: protocol.Conflict, Message: "the server does not know the cursor any more, so messages are lost"}
	}
	return nil
}

// listen takes events until the connection ends.
func (g *guest) listen() error {
	c := g.conn.Load()
	for {
		message, err := c.Next()
		if err != nil {
			return err
		}
		var r reply
		if err := json.Unmarshal(message, &r); err != nil {
			return err
		}
		switch r.Method {
		case protocol.OnMessage.Name:
			var e protocol.MessageEvent
			if err := json.Unmarshal(r.Params, &e); err != nil {
				return err
			}
			g.cursor = e.Cursor
			g.hear(&e.Message)
		case protocol.OnLagging.Name, protocol.OnDraining.Name:
			return fmt.Errorf("the server said %s", r.Method)
		}
	}
}

// hear checks a message, and says when the guest has all.
func (g *guest) hear(m *protocol.Message) {
	s, err := parseStamp([]byte(m.Body))
	switch {
	case err != nil || m.Conversation != g.group:
		g.stray.Add(1)
		return
	case s.number < g.heard:
		g.doubled.Add(1)
		return
	}
	g.lost.Add(s.number - g.heard)
	g.heard = s.number + 1
	if g.heard == g.target.Load() {
		g.took = time.Since(g.since)
		if g.crowd.back.Add(1) == int64(len(g.crowd.guests)) {
			close(g.crowd.all)
		}
	}
}
