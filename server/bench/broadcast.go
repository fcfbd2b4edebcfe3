package main

import (
	"sync"
	"sync/atomic"
)

// source makes the frames of messages.
type source interface{ next() []byte }

// broadcast is a load on one program: the first of its clients sends, and all
// of them receive.
type broadcast struct {
	*load
	program *child
	// received counts, for each place of the window, how often a message at
	// this place has come to a client.
	received [fanoutWindow]atomic.Int64

	mu     sync.Mutex
	on     bool // messages that everybody has are followed by new ones
	source source
	sent   int64
	frames []byte
}

func newBroadcast(program *child, conns []*conn, source source) *broadcast {
	b := &broadcast{program: program, source: source}
	clients := make([]*client, len(conns))
	for i, c := range conns {
		clients[i] = &client{conn: c}
		var had int64
		clients[i].burst = func(_, events int) error {
			had += int64(events)
			return b.receive(had-int64(events), had)
		}
	}
	b.load = startLoad(clients)
	return b
}

// receive counts the messages from one number up to another as received by one
// client, and sends a new one for each that everybody has now. Messages come
// to each client in order, so a message has its place for itself.
func (b *broadcast) receive(from, to int64) error {
	done := 0
	for n := from; n < to; n++ {
		if b.received[n%fanoutWindow].Add(1)%int64(len(b.clients)) == 0 {
			done++
		}
	}
	return b.send(done)
}

// send sends n messages in one write, unless the round is over.
func (b *broadcast) send(n int) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if n == 0 || !b.on {
		return nil
	}
	b.frames = b.frames[:0]
	for range n {
		b.frames = append(b.frames, b.source.next()...)
	}
	b.sent += int64(n)
	return b.clients[0].write(b.frames)
}

// round measures a stretch. At its end nothing is in flight.
func (b *broadcast) round(l *lab) (stretch, error) {
	b.turn(true)
	if err := b.send(fanoutWindow); err != nil {
		return stretch{}, err
	}
	got, err := b.measure(l, b.program, func() {})
	if err != nil {
		return got, err
	}
	b.turn(false)
	return got, b.settle(l, b.settled)
}

func (b *broadcast) turn(on bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.on = on
}

func (b *broadcast) settled() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, events := b.count()
	return events == b.sent*int64(len(b.clients))
}
