package api

import (
	"context"
	"sync"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/server/hub"
	"asappchat/store"
)

// Outbox is a connection as the API needs it. Its methods may be called from
// any goroutine.
type Outbox interface {
	hub.Outbox
	// Send queues a message, whatever room there is. It never blocks.
	Send(message []byte)
	// Admit says that the connection is logged in, and may send messages of
	// up to limit bytes.
	Admit(limit int)
}

// Session is one connection's state. Its methods are called from the reading
// goroutine, except where they say otherwise.
type Session struct {
	api      *API
	ctx      context.Context
	cancel   context.CancelFunc
	out      Outbox
	requests []jsonrpc.Request // of the frame in hand

	// The identity, once logged in.
	username   string
	id         string // of the session
	subscriber *hub.Subscriber
	rate       *userRate
	// hold keeps events back until the answer to subscribe has been sent.
	hold hub.Hold

	mu       sync.Mutex
	settled  sync.Cond // inFlight has fallen
	inFlight int       // commands whose events have not been announced
	busy     bool      // a frame is in hand
	drain    bool      // to be closed when nothing is in hand
}

// requestsKept is for how many requests a connection keeps memory between
// frames.
const requestsKept = 4

// NewSession serves a connection. It may be called from any goroutine.
func (a *API) NewSession(out Outbox) *Session {
	s := &Session{api: a, out: out}
	s.ctx, s.cancel = context.WithCancel(context.Background())
	s.settled.L = &s.mu
	return s
}

// Message serves one message. It waits while too many commands are in flight.
func (s *Session) Message(data []byte) {
	s.setBusy(true)
	defer s.setBusy(false)
	requests, isBatch, bad := jsonrpc.Decode(data, &s.api.Limits, s.requests[:0])
	switch {
	case bad != nil:
		c := call{session: s}
		c.invalid(bad)
	case isBatch:
		s.serveBatch(requests)
	default:
		for i := range requests {
			s.dispatch(&requests[i], nil, 0)
		}
	}
	if clear(requests); cap(requests) <= requestsKept {
		s.requests = requests[:0]
	}
}

// Closed ends the session's part in the server.
func (s *Session) Closed() {
	s.cancel()
	s.forget()
}

// forget undoes a login.
func (s *Session) forget() {
	if s.subscriber == nil {
		return
	}
	s.subscriber.Leave()
	s.api.rates.leave(s.username, s.api.Now())
	if !s.api.hub.Present(s.id) {
		s.api.seen(s.id)
	}
	s.subscriber, s.username, s.id, s.rate = nil, "", "", nil
}

// started lets events begin behind the answer to subscribe, which in a batch
// is that of the batch.
func (s *Session) started(b *batch) {
	hold := s.hold
	s.hold = hub.Hold{}
	switch {
	case hold == hub.Hold{}:
	case b != nil:
		b.holds = append(b.holds, hold)
	default:
		hold.Release()
	}
}

// begin counts a command in, and waits for room.
func (s *Session) begin() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.inFlight >= s.api.Limits.InFlight {
		s.settled.Wait()
	}
	s.inFlight++
}

// finish counts a command out. It may be called from any goroutine.
func (s *Session) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight--
	s.settled.Signal()
	s.closeDrainedLocked()
}

// settle waits until no command is in flight.
func (s *Session) settle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for s.inFlight > 0 {
		s.settled.Wait()
	}
}

func (s *Session) setBusy(busy bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.busy = busy
	s.closeDrainedLocked()
}

// Drain tells the client to come back after a delay, and closes the connection
// when what is in hand has been answered. It may be called from any goroutine.
func (s *Session) Drain(delay time.Duration) {
	event := protocol.DrainingEvent{DelayMS: delay.Milliseconds()}
	s.out.Send(jsonrpc.AppendNotification(nil, protocol.OnDraining, event))
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drain = true
	s.closeDrainedLocked()
}

func (s *Session) draining() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.drain
}

func (s *Session) closeDrainedLocked() {
	if s.drain && !s.busy && s.inFlight == 0 {
		s.out.Close(protocol.CloseRestart, "restart")
	}
}

// do applies a mutation that is part of a query, and waits for it. When it is
// refused in a way that ends the connection's own session, so does this.
func (s *Session) do(m store.Mutation) (store.Outcome, error) {
	o, err := s.api.journal.Do(m)
	if s.api.hub.EndSessions(o.Ended, s.subscriber) && err != nil {
		s.out.Close(protocol.CloseRevoked, "session ended")
	}
	return o, err
}
