package chatclient

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"asappchat/protocol"
)

// run serves one connection after the other.
func (c *Client) run(ctx context.Context, l *link) {
	defer close(c.done)
	for l != nil {
		began := time.Now()
		err := c.serve(ctx, l)
		c.inbox.end()
		c.watch.end()
		if l.useful.Load() || time.Since(began) >= c.options.Backoff.Cap {
			c.failures = 0
		}
		l, err = c.comeBack(ctx, err, millis(l.restart.Load()))
		if err != nil {
			c.end(err)
		}
	}
}

// serve writes what there is to write, until the connection ends. The context
// ends it in good form.
func (c *Client) serve(ctx context.Context, l *link) error {
	defer context.AfterFunc(ctx, func() { l.conn.Close() })()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		wait, err := l.write(ctx)
		if err != nil {
			return err
		}
		timer.Reset(wait)
		select {
		case <-l.conn.DisconnectNotify():
			return l.end(errClosing)
		case <-c.wake:
		case <-timer.C:
		}
	}
}

// write writes all that may be written now, and says when to look again at the
// latest.
func (l *link) write(ctx context.Context) (time.Duration, error) {
	for ctx.Err() == nil && !l.ended() {
		wait, err := l.tend()
		if err != nil {
			return 0, err
		}
		call, pause := l.client.outbox.take(time.Now())
		if call == nil && pause > 0 {
			return min(wait, pause), nil
		}
		if call == nil {
			return wait, nil
		}
		if err := l.launch(call); err != nil {
			return 0, err
		}
	}
	return l.client.options.PingInterval, nil
}

// tend makes the requests of the client's own: it keeps up the subscription, then
// the watching of presence, so that nothing changes untold between the two, and
// looks after a quiet connection. It says when to do so again.
func (l *link) tend() (time.Duration, error) {
	interval := l.client.options.PingInterval
	if l.asking.Load() {
		return interval, nil
	}
	subscribe, unsubscribe, cursor := l.client.inbox.due()
	watch, wait := l.client.watch.next(time.Now(), interval)
	quiet := time.Since(time.Unix(0, l.heard.Load()))
	switch {
	case subscribe:
		return interval, l.own(protocol.Subscribe.Name, protocol.SubscribeParams{Cursor: cursor})
	case unsubscribe:
		return interval, l.own(protocol.Unsubscribe.Name, protocol.Empty{})
	case watch:
		return interval, l.askAgain()
	case quiet >= interval:
		return interval, l.own(protocol.Ping.Name, protocol.Empty{})
	default:
		return min(interval-quiet, wait), nil
	}
}

// own makes a request of the client's own. observe takes the answer; one that is
// refused ends the connection.
func (l *link) own(method string, params any) error { return l.ownUnless(method, params, l.fail) }

// askAgain asks for the presence of those whom the application watches.
func (l *link) askAgain() error {
	watch := &l.client.watch
	l.watchID.Store(l.lastID + 1)
	refused := func(err error) { watch.refused(err, l.client.options.Backoff) }
	return l.ownUnless(protocol.PresenceOf.Name, watch.ask(), refused)
}

// ownUnless is own, where refused is told of an error in the answer.
func (l *link) ownUnless(method string, params any, refused func(error)) error {
	l.asking.Store(true)
	w, err := l.dispatch(method, encode(params))
	if err != nil {
		return l.end(err)
	}
	l.fly(w, func(_ json.RawMessage, err error) {
		if err != nil && !errors.Is(err, jsonrpc2.ErrClosed) {
			refused(err)
		}
		l.asking.Store(false)
		l.client.poke()
	})
	return nil
}

const (
	envelope      = 128 // more than what a request has beside its params, in bytes
	envelopeDepth = 1
)

// excess says what a server with these limits would not read of a request with
// such params: it could not say then which request it means. Before login
// nobody knows the limits but that of depth, which hardly any server changes.
func excess(call *call, limits protocol.Limits) *protocol.Error {
	if limits.Frame > 0 && len(call.params)+envelope > limits.Frame {
		return protocol.Errorf(protocol.TooLarge, "%s: more than %d bytes in a frame", call.method, limits.Frame)
	}
	if limit := cmp.Or(limits.Depth, protocol.DefaultLimits().Depth); deeper(call.params, limit-envelopeDepth) {
		return protocol.Errorf(protocol.Parse, "%s: more than %d arrays and objects inside each other", call.method, limit)
	}
	return nil
}

// deeper says whether there are more arrays and objects inside each other than a
// limit. Most params have fewer in all.
func deeper(params jsontext.Value, limit int) bool {
	if bytes.Count(params, []byte{'['})+bytes.Count(params, []byte{'{'}) <= limit {
		return false
	}
	tokens := jsontext.NewDecoder(bytes.NewReader(params))
	for tokens.StackDepth() <= limit {
		if _, err := tokens.ReadToken(); err != nil {
			return false
		}
	}
	return true
}

// launch writes a call, and sees to its answer.
func (l *link) launch(call *call) error {
	outbox := l.client.outbox
	if err := excess(call, l.client.Login().Limits); err != nil {
		outbox.settle(call, nil, err)
		return nil
	}
	before := l.stream.writes
	w, err := l.dispatch(call.method, params(call))
	if err != nil {
		cause := l.end(err)
		outbox.lose(call, l.stream.writes > before, harmful(cause), cause)
		return cause
	}
	l.fly(w, func(result json.RawMessage, err error) {
		if errors.Is(err, jsonrpc2.ErrClosed) {
			cause := l.why()
			outbox.lose(call, true, harmful(cause), cause)
		} else {
			l.useful.Store(true)
			outbox.settle(call, []byte(result), err)
		}
		l.client.poke()
	})
	return nil
}

func params(c *call) any {
	if len(c.params) == 0 {
		return nil
	}
	return json.RawMessage(c.params)
}

// harmful says whether the connection was closed for what was written on it,
// which is then not to be written again.
func harmful(cause error) bool {
	var closed *CloseError
	if !errors.As(cause, &closed) {
		return false
	}
	switch closed.Code {
	case protocol.CloseUnsupported, protocol.CloseInvalidData, protocol.CloseTooLarge:
		return true
	default:
		return false
	}
}
