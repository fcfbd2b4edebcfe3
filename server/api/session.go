package api

import (
	"cmp"
	"net/netip"
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
	// Send queues a message, which may be reused after the call, whatever room
	// there is. It never blocks.
	Send(message []byte)
	// Put is Send for a message that leaves with the next one, or with Flush.
	Put(message []byte)
	// Flush lets what was Put go. It never blocks.
	Flush()
	// Admit says that the connection is logged in, and may send messages of
	// up to limit bytes.
	Admit(limit int)
	// Dismiss says that it is logged in no longer.
	Dismiss()
	// RemoteAddr is where the other end is, the zero Addr when not known.
	RemoteAddr() netip.Addr
	// Done is closed when nothing can be sent any more.
	Done() <-chan struct{}
}

// Session is one connection's state. Its methods are called from the reading
// goroutine, except where they say otherwise.
type Session struct {
	api      *API
	out      Outbox
	life     lifetime
	hand     inHand
	requests []jsonrpc.Request // of the frame in hand

	// The identity, once logged in. It is set at its place in the log, by the
	// announcer, while the reading goroutine waits for that.
	username   string
	id         string // of the session
	subscriber *hub.Subscriber
	rate       *userRate
	// hold keeps events back until the answer to subscribe has been sent.
	hold hub.Hold
}

// requestsKept is for how many requests a connection keeps memory between
// frames.
const requestsKept = 4

// NewSession serves a connection. It may be called from any goroutine.
func (a *API) NewSession(out Outbox) *Session {
	s := &Session{api: a, out: out, life: lifetime{out}}
	s.hand.init(a.Limits.InFlight, out)
	return s
}

// Message serves one message. It waits while too many commands are in flight.
func (s *Session) Message(data []byte) {
	s.hand.setBusy(true)
	defer s.hand.setBusy(false)
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
func (s *Session) Closed() { s.forget() }

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

// settle waits until no command is in flight.
func (s *Session) settle() { s.hand.settle() }

// Drain tells the client to come back after a delay, and closes the connection
// when what is in hand has been answered. It may be called from any goroutine.
func (s *Session) Drain(delay time.Duration) {
	event := protocol.DrainingEvent{DelayMS: delay.Milliseconds()}
	s.out.Send(jsonrpc.AppendNotification(nil, protocol.OnDraining, &event))
	s.hand.drain()
}

// do applies a mutation that is part of a query, and waits for it. Then is
// called at the mutation's place in the log, if it was applied; what then
// refuses is refused, though the mutation stands. When the outcome is an error
// that ends the connection's own session, it ends the connection.
func (s *Session) do(m store.Mutation, then func(store.Outcome) error) (store.Outcome, error) {
	var refused error
	o, err := s.api.journal.Do(m, func(o store.Outcome) {
		if o.Err == nil {
			refused = then(o)
		}
		if s.api.hub.EndSessions(o.Ended, s.subscriber) && o.Err != nil {
			s.out.Close(protocol.CloseRevoked, "session ended")
		}
	})
	return o, cmp.Or(err, refused)
}
