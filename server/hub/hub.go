package hub

import (
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
	"asappchat/store"
)

// Outbox is a connection as the hub needs it: a bounded queue of frames. Its
// methods may be called from any goroutine.
type Outbox interface {
	// Offer queues a frame, which is shared and stays as it is. It returns
	// false, and queues nothing, when there is no room. It never blocks.
	Offer(frame []byte) bool
	// OfferAll queues frames in their order, as many as there is room for, and
	// returns how many those are.
	OfferAll(frames [][]byte) int
	// OfferSpare queues a frame when the queue is at most half full with it,
	// and says whether it did. It never blocks.
	OfferSpare(frame []byte) bool
	// OfferLast queues a frame for which a place is reserved.
	OfferLast(frame []byte)
	// AwaitRoom waits until the queue is at most half full, and returns false
	// when the connection is gone.
	AwaitRoom() bool
	// Close says why and ends the connection, behind what is queued. It never
	// blocks.
	Close(code protocol.CloseCode, reason string)
	// Abort is Close without what is queued.
	Abort(code protocol.CloseCode, reason string)
}

// ErrTooMany says that a user has as many connections as a user may have.
var ErrTooMany = errors.New("hub: too many connections")

// Hub knows the connections of this node that are logged in.
type Hub struct {
	log     store.Log
	cursors *Cursors
	frame   func(message []byte) []byte
	limit   int
	logger  *slog.Logger

	mu        sync.Mutex
	users     map[string][]*Subscriber
	sessions  map[string][]*Subscriber
	announced store.Place // all events up to here have been offered
	committed store.Place // all up to here may have been answered
	departed  map[string]departure
	typists   typists
	latest    latest
	live      live
	running   running
}

// Options are what a hub needs to know.
type Options struct {
	// Frame makes a message a frame of the transport, which is a copy: the
	// message is used again.
	Frame func(message []byte) []byte
	// Connections is how many a user may have.
	Connections int
	// Seen says whose presence a viewer may see; see store.Accounts.
	Seen   func(ctx context.Context, viewer string, usernames []string) (map[string]protocol.Time, error)
	Logger *slog.Logger
}

// New returns a hub at the end of a log.
func New(ctx context.Context, log store.Log, opts Options) (*Hub, error) {
	head, err := log.Head(ctx)
	if err != nil {
		return nil, err
	}
	cursors, err := NewCursors(head)
	if err != nil {
		return nil, err
	}
	h := &Hub{
		log:       log,
		cursors:   cursors,
		frame:     opts.Frame,
		limit:     opts.Connections,
		logger:    opts.Logger,
		users:     make(map[string][]*Subscriber),
		sessions:  make(map[string][]*Subscriber),
		announced: head.Place,
		committed: head.Place,
		latest:    latest{floor: head.Place},
		departed:  make(map[string]departure),
	}
	h.running.init()
	h.live.init(h, opts.Seen)
	return h, nil
}

// Join adds a connection of a user's session, not subscribed. It returns
// ErrTooMany at the limit.
func (h *Hub) Join(username, session string, out Outbox) (*Subscriber, error) {
	s := &Subscriber{hub: h, username: username, session: session, out: out}
	if !h.join(s) {
		return nil, ErrTooMany
	}
	h.live.noteState(username)
	return s, nil
}

func (h *Hub) join(s *Subscriber) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.users[s.username]) >= h.limit {
		return false
	}
	h.users[s.username] = append(h.users[s.username], s)
	h.sessions[s.session] = append(h.sessions[s.session], s)
	return true
}

// Leave removes a connection. Nothing is offered to it after that.
func (s *Subscriber) Leave() {
	h := s.hub
	if h.leave(s) {
		h.live.note(func(n *notes) {
			n.look.add(s.username)
			n.left.add(s)
		})
	}
	s.end()
}

// leave returns false when the connection has been removed before.
func (h *Hub) leave(s *Subscriber) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Contains(h.users[s.username], s) {
		return false
	}
	remove(h.users, s.username, s)
	remove(h.sessions, s.session, s)
	h.departLocked(s, time.Now())
	return true
}

// connections returns the connections of a user.
func (h *Hub) connections(username string) []*Subscriber {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.users[username])
}

// Rebind moves a connection to another session of the same user.
func (s *Subscriber) Rebind(session string) {
	h := s.hub
	h.mu.Lock()
	defer h.mu.Unlock()
	remove(h.sessions, s.session, s)
	s.session = session
	h.sessions[session] = append(h.sessions[session], s)
}

func remove(m map[string][]*Subscriber, key string, s *Subscriber) {
	rest := slices.DeleteFunc(m[key], func(other *Subscriber) bool { return other == s })
	if len(rest) == 0 {
		delete(m, key)
	} else {
		m[key] = rest
	}
}

// EndSessions cuts off the connections of sessions that have ended, with what
// waits for them. It leaves the one that asked for it, which may be nil, and
// says whether it was among them.
func (h *Hub) EndSessions(sessions []string, asked *Subscriber) (itself bool) {
	for _, session := range sessions {
		h.mu.Lock()
		connections := slices.Clone(h.sessions[session])
		h.mu.Unlock()
		for _, s := range connections {
			if s == asked {
				itself = true
				continue
			}
			s.Leave()
			s.out.Abort(protocol.CloseRevoked, "session ended")
		}
	}
	return itself
}

// Sessions returns the sessions of a user that are connected.
func (h *Hub) Sessions(username string) (sessions []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, s := range h.users[username] {
		sessions = append(sessions, s.session)
	}
	return sessions
}

// AllSessions returns the sessions that are connected to this node.
func (h *Hub) AllSessions() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Collect(maps.Keys(h.sessions))
}

// Present says whether a session has a connection on this node.
func (h *Hub) Present(session string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.sessions[session]) > 0
}

// Cursor returns the cursor of the present end of the log.
func (h *Hub) Cursor() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.cursors.Cursor(h.announced)
}

// Place returns the place of a cursor, and false when it cannot be continued
// from: it is of another epoch, beyond the end of the log, or none of ours.
func (h *Hub) Place(cursor string) (store.Place, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.placeLocked(cursor)
}

func (h *Hub) placeLocked(cursor string) (store.Place, bool) {
	place, ok := h.cursors.Place(cursor)
	return place, ok && place <= h.committed
}

// End returns the place up to which everything that was answered has been
// stored. Whatever is read after the call holds it, and may hold more; a
// subscription can begin there.
func (h *Hub) End() store.Place {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.committed
}

// Cursors returns the cursors of the hub's log.
func (h *Hub) Cursors() *Cursors { return h.cursors }

// Committed says that events up to a place are about to be answered, and then
// announced. A subscription from now on begins behind them, so that nobody is
// told, as if it were new, what was answered before they subscribed.
func (h *Hub) Committed(place store.Place) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.committed = place
}

// Announce offers events, in the order of the log, to all that are concerned.
func (h *Hub) Announce(events []store.Event) {
	h.live.noteMembers(events)
	for len(events) > 0 {
		n := sameAudience(events)
		h.announce(events[:n])
		events = events[n:]
	}
}

// runMax bounds a run, and with it how long the hub is locked.
const runMax = 16

// sameAudience returns how many of the events, at least one, have the audience
// of the first. Offering them together finds their audience once, and lets
// their frames leave in one write.
func sameAudience(events []store.Event) int {
	first := events[0].Audience
	n := 1
	for n < min(len(events), runMax) && len(events[n].Audience) == len(first) &&
		len(first) > 0 && &events[n].Audience[0] == &first[0] {
		n++
	}
	return n
}

// announce offers a run of events with one audience.
func (h *Hub) announce(events []store.Event) {
	h.mu.Lock()
	defer h.mu.Unlock()
	g, first := h.latest.add(events)
	var r run
	for _, username := range events[0].Audience {
		for _, s := range h.users[username] {
			if !s.on.Load() {
				continue
			}
			if r.frames == nil {
				r = h.encodeAll(g, first)
			}
			s.offer(r)
		}
	}
	h.announced = events[len(events)-1].Place
}

// run is frames that belong together, and their places.
type run struct {
	places []store.Place
	frames [][]byte
}

// encodeAll returns the events of a segment from one on. It is called with the
// hub's lock held.
func (h *Hub) encodeAll(g *segment, first int) run {
	for i := first; i < len(g.frames); i++ {
		h.encodeOne(g, i)
	}
	return run{g.places[first:], g.frames[first:]}
}

// encodeOne returns the frame of an event of a segment, which is encoded once.
func (h *Hub) encodeOne(g *segment, i int) []byte {
	if g.frames[i] == nil {
		h.latest.setFrame(g, i, h.encode(&g.events[i]))
	}
	return g.frames[i]
}

// Wait waits until no connection is catching up, ends what looks at presence, and
// lets neither begin again. All must have left.
func (h *Hub) Wait() { h.running.wait() }
