package api

import (
	"sync"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/server/hub"
)

// batch gathers the answers of a batch, which leave as one array, in the order
// of the requests, when the last of them is there. Until then no event is sent
// on the connection.
type batch struct {
	session *Session
	holds   []hub.Hold // released behind the answer; the reading goroutine's

	mu      sync.Mutex
	answers [][]byte
	open    int  // answers still missing
	size    int  // of the answers, in bytes
	revoked bool // the connection is closed behind the answer
}

// serveBatch serves the members of a batch in order.
func (s *Session) serveBatch(requests []jsonrpc.Request) {
	b := &batch{session: s, answers: make([][]byte, len(requests)), open: len(requests) + 1}
	if s.subscriber != nil {
		b.holds = append(b.holds, s.subscriber.Hold())
	}
	for i := range requests {
		s.dispatch(&requests[i], b, i)
	}
	b.read()
}

// fill puts an answer into its place; nil is none. It is called from the
// reading goroutine and from the announcer.
func (b *batch) fill(slot int, answer []byte) {
	b.mu.Lock()
	b.answers[slot] = answer
	b.size += len(answer)
	b.open--
	last := b.open == 0
	b.mu.Unlock()
	if last {
		b.send()
	}
}

// full says that the answers are as large as a connection may have waiting.
// The members that come after are refused, so that the memory that a batch
// takes is bounded.
func (b *batch) full() bool {
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size > b.session.api.Limits.Outbox
}

// closeBehind closes the connection when the answer has been sent, because the
// batch ended its own session.
func (b *batch) closeBehind() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revoked = true
}

// read says that all members have been served. What is missing now comes from
// the journal; if nothing is, the answer waits for those of the commands
// before the batch.
func (b *batch) read() {
	b.mu.Lock()
	last := b.open == 1
	if !last {
		b.open--
	}
	b.mu.Unlock()
	if last {
		b.session.Settle()
		b.send()
	}
}

// send sends the answers, if there are any, and lets events go on.
func (b *batch) send() {
	array := []byte{'['}
	for _, answer := range b.answers {
		if answer == nil {
			continue
		}
		if len(array) > 1 {
			array = append(array, ',')
		}
		array = append(array, answer...)
	}
	if len(array) > 1 {
		b.session.out.Send(append(array, ']'))
	}
	for _, hold := range b.holds {
		hold.Release()
	}
	if b.revoked {
		b.session.out.Close(protocol.CloseRevoked, "session ended")
	}
}
