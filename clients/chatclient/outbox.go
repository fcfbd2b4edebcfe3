package chatclient

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// outboxMax bounds the calls that wait for their answers. Who makes one more
// waits for room.
const outboxMax = 1024

// A call is a request on its way to an answer.
type call struct {
	method string
	params jsontext.Value
	repeat bool          // it may be written again after its outcome was lost
	done   chan struct{} // closed when the two below are set
	result jsontext.Value
	err    error

	// The rest belongs to the outbox.
	flying  bool // it was written, and neither answered nor lost since
	refused error
	tries   int
	stop    func() bool // detaches it from its context
}

func newCall(method string, params jsontext.Value, repeat bool) *call {
	return &call{method: method, params: params, repeat: repeat, done: make(chan struct{})}
}

// failed returns a call that has failed.
func failed(method string, err error) *call {
	c := newCall(method, nil, false)
	c.finish(nil, err)
	return c
}

func (c *call) finished() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// finish ends the call for its caller. The first of several counts. For a call
// in the outbox it is called with the mutex held.
func (c *call) finish(result jsontext.Value, err error) {
	if c.finished() {
		return
	}
	c.result, c.err = result, err
	close(c.done)
	if c.stop != nil {
		c.stop()
	}
}

// outbox holds the calls of a client in their order, until they are answered.
// A call that was refused for now pauses it: nothing is written until all that
// fly have come back and the time is over, and then all is written in order.
//
// Its methods may be called from any goroutine.
type outbox struct {
	backoff Backoff
	window  int           // calls that may fly at once
	slots   chan struct{} // one for each call that is held

	mu     sync.Mutex
	calls  []*call
	flying int
	paused time.Time // until then, if it is not zero
	closed chan struct{}
	err    error // why it was closed
}

func newOutbox(window int, backoff Backoff) *outbox {
	return &outbox{
		backoff: backoff,
		window:  window,
		slots:   make(chan struct{}, outboxMax),
		closed:  make(chan struct{}),
	}
}

// add puts a call at the end, when there is room; abandon runs when its
// context ends before that.
func (o *outbox) add(ctx context.Context, c *call, abandon func()) error {
	select {
	case o.slots <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-o.closed:
		return o.err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return o.err
	}
	o.calls = append(o.calls, c)
	c.stop = context.AfterFunc(ctx, abandon)
	return nil
}

// take returns the next call to write, or nil, and for how long it is paused.
func (o *outbox) take(now time.Time) (*call, time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.paused.IsZero() {
		if wait := o.paused.Sub(now); wait > 0 || o.flying > 0 {
			return nil, max(wait, 0)
		}
		o.paused = time.Time{}
	}
	i := slices.IndexFunc(o.calls, func(c *call) bool { return !c.flying })
	if i < 0 || o.flying == o.window {
		return nil, 0
	}
	o.calls[i].flying = true
	o.flying++
	return o.calls[i], 0
}

// settle takes the answer to a call that was flying.
func (o *outbox) settle(c *call, result jsontext.Value, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.landLocked(c)
	if !c.finished() && passing(err, c.repeat) {
		c.refused = err
		o.pauseLocked(o.backoff.delayAfter(err, c.tries))
		c.tries++
		return
	}
	o.removeLocked(c)
	c.finish(result, err)
}

// passing says whether a call that was answered with err is to be repeated. repeat
// says that it may be when nobody knows whether it was done.
func passing(err error, repeat bool) bool {
	var refused *protocol.Error
	if !errors.As(err, &refused) || !refused.Retryable() {
		return false
	}
	switch refused.Basis() {
	case protocol.RateLimited, protocol.Unavailable, protocol.Draining:
		return true
	case protocol.UnknownOutcome:
		return repeat
	default:
		return false
	}
}

// refuse pauses the outbox as soon as a refusal is read, until settle is told of
// it, which says for how long.
func (o *outbox) refuse(method string, err error) {
	if !passing(err, repeatable(method)) {
		return
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	o.pauseLocked(0)
}

// lose takes back a call that was flying on a connection that ended. written
// says that the server may have seen it, harmful that it may be what the
// server closed the connection for.
func (o *outbox) lose(c *call, written, harmful bool, cause error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.landLocked(c)
	switch {
	case !c.finished() && (!written || c.repeat && !harmful):
		return
	case c.repeat:
		c.finish(nil, cause)
	default:
		c.finish(nil, protocol.Errorf(protocol.UnknownOutcome, "%s: the connection was lost before the answer (%v)", c.method, cause))
	}
	o.removeLocked(c)
}

func (o *outbox) landLocked(c *call) {
	if c.flying {
		c.flying = false
		o.flying--
	}
}

func (o *outbox) pauseLocked(d time.Duration) {
	if until := time.Now().Add(d); until.After(o.paused) {
		o.paused = until
	}
}

// abandon ends a call whose caller has left. One that flies stays until its
// answer or the end of its connection, so that its place is known.
func (o *outbox) abandon(c *call, err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	c.finish(nil, err)
	if !c.flying {
		o.removeLocked(c)
	}
}

func (o *outbox) removeLocked(c *call) {
	if i := slices.Index(o.calls, c); i >= 0 {
		o.calls = slices.Delete(o.calls, i, i+1)
		<-o.slots
	}
}

// obstacle returns why a call was refused for now the last time, or nil.
func (o *outbox) obstacle(c *call) error {
	o.mu.Lock()
	defer o.mu.Unlock()
	return c.refused
}

// waiting says whether there is anything to write.
func (o *outbox) waiting() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return len(o.calls) > o.flying
}

// close ends all calls, those to come included, with an error.
func (o *outbox) close(err error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.err != nil {
		return
	}
	o.err = err
	close(o.closed)
	for _, c := range o.calls {
		c.finish(nil, err)
	}
	o.calls = nil
}
