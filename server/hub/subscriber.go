package hub

import (
	"context"
	"sync"
	"sync/atomic"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
	"asappchat/store"
)

// heldMax bounds the live frames that wait while delivery is held, in bytes.
// When it is passed they are dropped, and read again from the store.
const heldMax = 128 << 10

// Subscriber is a logged-in connection. Its methods may be called from any
// goroutine.
type Subscriber struct {
	hub      *Hub
	username string
	session  string // guarded by the hub's lock
	out      Outbox
	on       atomic.Bool // subscribed; written with mu held
	away     bool        // guarded by the hub's lock

	// Guarded by the lock of live.
	watches []watch // in the order of names
	left    bool    // it watches nobody any more

	mu sync.Mutex
	// place is the place up to which every event has been queued. While
	// delivery is not held the hub's announced place is as good.
	place store.Place
	// gap is the place up to which events must be read from the store before
	// those in held go on. There is nothing to read when it is not after place.
	gap  store.Place
	held []heldFrame
	// heldBytes is the sum of the frames in held.
	heldBytes int
	// holds counts the reasons for which delivery is held: an answer that must
	// come first, a replay.
	holds int
	// lagged says that the subscription ended because the outbox was full.
	lagged bool
	// generation counts subscriptions. What belongs to an earlier one has no
	// effect.
	generation int
	// behind says that the subscription holds delivery until a replay has
	// closed its gap; replaying, that the replay's goroutine exists.
	behind, replaying bool
	// overtake ends the reading of the replay, nil when there is none.
	overtake context.CancelFunc
}

type heldFrame struct {
	place store.Place
	frame []byte
}

// A Hold keeps events from a connection until it is released. The zero Hold
// holds nothing.
type Hold struct {
	subscriber *Subscriber
	generation int
}

// Subscribe starts a subscription anew and returns where it begins: at a
// cursor, or at the end of the log when there is none or, with reset, when it
// cannot be continued from. Delivery begins with the release of the hold.
func (s *Subscriber) Subscribe(cursor string) (start string, reset bool, hold Hold) {
	h := s.hub
	defer h.live.noteSubscribed(s)
	s.lockBoth()
	defer s.unlockBoth()
	s.endLocked()
	s.lagged = false
	s.place, s.gap = h.committed, h.announced
	if cursor != "" {
		place, ok := h.placeLocked(cursor)
		if reset = !ok; !reset {
			s.place = place
			s.catchUpLocked()
		}
	}
	s.on.Store(true)
	s.holds = 1
	return h.cursors.Cursor(s.place), reset, Hold{s, s.generation}
}

// catchUpLocked holds what was missed, when it is at hand and little, as if it
// were announced now. It is called with the hub's lock held too.
func (s *Subscriber) catchUpLocked() {
	h := s.hub
	missed, here := h.latest.since(s.username, s.place)
	if !here {
		return
	}
	for _, m := range missed {
		s.holdLocked(m.segment.places[m.i], h.encodeOne(m.segment, m.i))
		if s.heldBytes == 0 { // it was too much
			s.gap = h.announced
			return
		}
	}
	s.gap = s.place
}

// Unsubscribe ends the subscription and returns a cursor to resume it from.
func (s *Subscriber) Unsubscribe() string {
	h := s.hub
	s.lockBoth()
	defer s.unlockBoth()
	place := s.safeLocked()
	s.endLocked()
	s.lagged = false
	return h.cursors.Cursor(place)
}

// Cursor returns a cursor that is safe to resume from: every event up to it
// has been queued, if there is a subscription or was one that lagged; else
// what was answered to anybody before is not after it.
func (s *Subscriber) Cursor() string {
	h := s.hub
	s.lockBoth()
	defer s.unlockBoth()
	return h.cursors.Cursor(s.safeLocked())
}

// lockBoth takes the hub's lock and then the subscriber's, the order in which
// they are always taken.
func (s *Subscriber) lockBoth() {
	s.hub.mu.Lock()
	s.mu.Lock()
}

func (s *Subscriber) unlockBoth() {
	s.mu.Unlock()
	s.hub.mu.Unlock()
}

// safeLocked is called with the hub's lock held too.
func (s *Subscriber) safeLocked() store.Place {
	if s.lagged || s.on.Load() && s.holds > 0 {
		return s.place
	}
	if s.on.Load() {
		return max(s.place, s.hub.announced)
	}
	// What was answered to anybody is not ahead of what a query shows now.
	return s.hub.committed
}

// Hold holds delivery. Without a subscription there is nothing to hold.
func (s *Subscriber) Hold() Hold {
	h := s.hub
	s.lockBoth()
	defer s.unlockBoth()
	if !s.on.Load() {
		return Hold{}
	}
	if s.holds == 0 {
		s.place, s.gap = max(s.place, h.announced), h.announced
	}
	s.holds++
	return Hold{s, s.generation}
}

// Release ends a hold. With the last one, what has gathered is delivered.
func (h Hold) Release() {
	s := h.subscriber
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if h.generation == s.generation && !s.releaseLocked() {
		s.holds++
		s.behind = true
		s.startReplayLocked()
	}
}

// releaseLocked ends a hold and returns false when the store must be read
// before delivery can go on.
func (s *Subscriber) releaseLocked() bool {
	s.holds--
	return s.holds > 0 || s.gap <= s.place && s.flushLocked()
}

// flushLocked queues what was held. What finds no room is to be read from the
// store, at the pace of the outbox.
func (s *Subscriber) flushLocked() bool {
	for _, f := range s.held {
		if !s.out.Offer(f.frame) {
			s.gap = s.held[len(s.held)-1].place
			break
		}
		s.place = f.place
	}
	s.held, s.heldBytes = nil, 0
	return s.gap <= s.place
}

// offer queues live events, or holds them. It is called with the hub's lock
// held, in the order of the log.
func (s *Subscriber) offer(r run) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.on.Load() {
		return
	}
	for len(r.places) > 0 && r.places[0] <= s.place { // it began behind them
		r = run{r.places[1:], r.frames[1:]}
	}
	if s.holds > 0 {
		for i, frame := range r.frames {
			s.holdLocked(r.places[i], frame)
		}
		return
	}
	n := s.out.OfferAll(r.frames)
	if n > 0 {
		s.place = r.places[n-1]
	}
	if n < len(r.frames) {
		s.lagLocked()
	}
}

func (s *Subscriber) holdLocked(place store.Place, frame []byte) {
	if s.heldBytes += len(frame); s.heldBytes > heldMax {
		s.held, s.heldBytes, s.gap = nil, 0, place
		return
	}
	s.held = append(s.held, heldFrame{place, frame})
}

// lagLocked ends a subscription whose connection reads too slowly, and tells
// it from where to subscribe again.
func (s *Subscriber) lagLocked() {
	event := protocol.LaggingEvent{Cursor: s.hub.cursors.Cursor(s.place)}
	s.endLocked()
	s.lagged = true
	s.out.OfferLast(s.hub.frame(jsonrpc.AppendNotification(nil, protocol.OnLagging, &event)))
}

// end ends the subscription for good.
func (s *Subscriber) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.endLocked()
}

func (s *Subscriber) endLocked() {
	s.on.Store(false)
	s.generation++
	s.holds = 0
	s.held, s.heldBytes = nil, 0
	s.behind = false
	if s.overtake != nil {
		s.overtake()
		s.overtake = nil
	}
}

// offerSpare queues an ephemeral event when the connection is subscribed, takes
// events now and reads quickly, and says whether it did. It is in no order with
// events of the log, so it waits for nothing.
func (s *Subscriber) offerSpare(frame []byte) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.on.Load() && s.holds == 0 && s.out.OfferSpare(frame)
}
