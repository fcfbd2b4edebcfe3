package chatclient

import (
	"context"
	"sync"

	"asappchat/protocol"
)

// seqsMax bounds the conversations whose last seq is kept. When there are
// more, all are forgotten: it is only a second guard against doubles.
const seqsMax = 10_000

// inbox holds the events between the connection and the application, at most
// limit bytes of them, or one. It knows two places in the log: cursor, up to
// which all events are in it or were handed out, and taken, up to which they
// were handed out.
//
// Its methods may be called from any goroutine, and never block, except for
// next.
type inbox struct {
	limit int // bytes
	ready chan struct{}
	ended chan struct{}

	mu     sync.Mutex
	items  []item
	bytes  int
	cursor string
	taken  string
	seqs   map[string]int64 // of conversations, the last that was put
	err    error            // why no more events come; set before ended is closed

	wanted     bool
	subscribed bool // the connection is, as far as we know
	open       bool // events are taken; false when it has to subscribe for that
}

func newInbox(limit int, cursor string) *inbox {
	return &inbox{
		limit:  limit,
		ready:  make(chan struct{}, 1),
		ended:  make(chan struct{}),
		cursor: cursor,
		taken:  cursor,
		seqs:   map[string]int64{},
	}
}

// start sets the place to begin from, unless there is one.
func (in *inbox) start(cursor string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.cursor == "" {
		in.cursor, in.taken = cursor, cursor
	}
}

// skip sets the place to begin from anew, unless events were asked for already.
func (in *inbox) skip(cursor string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.wanted {
		in.cursor, in.taken = cursor, cursor
	}
}

// want asks for events from now on.
func (in *inbox) want() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.wanted = true
}

func (in *inbox) place() string {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.taken
}

// due says what the server should be asked for next: to subscribe from a
// cursor, to unsubscribe, or nothing. It subscribes with the buffer half empty, so that
// a slow application does not make it do so for every event.
func (in *inbox) due() (subscribe, unsubscribe bool, cursor string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.wanted || in.open {
		return false, false, ""
	}
	if in.bytes <= in.limit/2 {
		return true, false, in.cursor
	}
	return false, in.subscribed, ""
}

// begin takes the answer to a subscribe, before any event that follows it.
func (in *inbox) begin(result protocol.SubscribeResult) {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.subscribed, in.open = true, true
	if result.Reset {
		in.cursor = result.Cursor
		clear(in.seqs)
		in.pushLocked(item{event: Reset{result.Cursor}, cursor: result.Cursor})
	}
}

// end takes the end of the subscription, or of its connection.
func (in *inbox) end() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.subscribed, in.open = false, false
}

// put takes an event. It returns false when there is no room:
// then this event and those that follow are left to a later subscription.
func (in *inbox) put(it item) bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	switch {
	case !in.open:
		return true
	case it.cursor == in.cursor:
		return true // had it
	}
	if it.seq != 0 && it.seq <= in.seqs[it.conversation] {
		if it.again == nil {
			return true // had it
		}
		it.event = it.again
	}
	switch {
	case len(in.items) > 0 && in.bytes+it.size > in.limit:
		in.open = false
		return false
	}
	if it.seq != 0 {
		if len(in.seqs) >= seqsMax {
			clear(in.seqs)
		}
		in.seqs[it.conversation] = max(it.seq, in.seqs[it.conversation])
	}
	in.cursor = it.cursor
	in.pushLocked(it)
	return true
}

// advance takes a cursor that all events up to it were received before.
func (in *inbox) advance(cursor string) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if !in.open || cursor == "" {
		return
	}
	in.cursor = cursor
	if n := len(in.items); n > 0 {
		in.items[n-1].cursor = cursor
	} else {
		in.taken = cursor
	}
}

func (in *inbox) pushLocked(it item) {
	in.items = append(in.items, it)
	in.bytes += it.size
	in.signal()
}

func (in *inbox) signal() {
	select {
	case in.ready <- struct{}{}:
	default:
	}
}

// next waits for an event, and takes it out.
func (in *inbox) next(ctx context.Context) (any, error) {
	for ctx.Err() == nil {
		if event, err := in.pop(); event != nil || err != nil {
			return event, err
		}
		select {
		case <-ctx.Done():
		case <-in.ready:
		case <-in.ended:
		}
	}
	return nil, context.Cause(ctx)
}

func (in *inbox) pop() (any, error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if len(in.items) == 0 {
		return nil, in.err
	}
	it := in.items[0]
	in.items[0] = item{}
	in.items = in.items[1:]
	in.bytes -= it.size
	in.taken = it.cursor
	if len(in.items) > 0 {
		in.signal()
	}
	return it.event, nil
}

// resumable says whether a subscription that was ended for want of room may
// be resumed.
func (in *inbox) resumable() bool {
	in.mu.Lock()
	defer in.mu.Unlock()
	return in.wanted && !in.open && in.bytes <= in.limit/2
}

// close ends the events with an error, after those that are there.
func (in *inbox) close(err error) {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.err == nil {
		in.err = err
		close(in.ended)
	}
}
