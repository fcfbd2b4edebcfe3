package hub

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
)

const (
	// roundEvery is how often presence is looked at, at most. What changes
	// meanwhile comes together.
	roundEvery = 250 * time.Millisecond
	// collapse is how often a change of one user is told, at most.
	collapse = 2 * time.Second
	// retryEvery is how often those are tried again for whom there was no room,
	// and the store when it has not answered.
	retryEvery = time.Second
)

// live is presence: who watches whom, and what they have been told. Whoever
// changes something leaves a note, and one goroutine, which exists while there
// is something to look at, does all the rest: it asks the store who may see
// whom, waits until a departure counts, and tells. Nothing is queued for a
// connection that does not read: what it shows is compared with what is so when
// there is room again.
//
// Everything goes by username: with several nodes, notes and states are what
// these tell each other.
type live struct {
	hub  *Hub
	seen func(ctx context.Context, viewer string, usernames []string) (map[string]protocol.Time, error)

	notes   notes
	watches atomic.Int64 // how many there are, or are being made

	// mu guards who watches whom. It comes before the hub's lock, and is not
	// held while the store is read.
	mu      sync.Mutex
	watched map[string]*watched
	behind  set[*Subscriber] // those with something untold, which are subscribed

	// Of the goroutine.
	due     map[string]time.Time // when a user is to be looked at
	judging judged               // users who are to be judged again
}

func (l *live) init(h *Hub, seen func(context.Context, string, []string) (map[string]protocol.Time, error)) {
	l.hub, l.seen = h, seen
	l.notes.wake = make(chan struct{}, 1)
	l.notes.notices = newNotices()
	l.watched = make(map[string]*watched)
	l.behind = set[*Subscriber]{}
	l.due = make(map[string]time.Time)
	l.judging = judged{}
}

// run is the goroutine of presence. It ends when there is nothing to look at
// and nothing to wait for, or with the hub. It rests as long as it works, so
// that presence never takes more than half of a core.
func (l *live) run() {
	ctx := l.hub.running.ctx
	for {
		begun := time.Now()
		if err := l.round(ctx, begun); err != nil && !errors.Is(err, context.Canceled) {
			l.hub.logger.Error("presence cannot be judged", "error", err)
		}
		if !sleep(ctx, max(roundEvery, time.Since(begun)), nil) {
			return
		}
		next, more := l.next()
		if !more && l.notes.finish() {
			return
		}
		if more && !sleep(ctx, time.Until(next), l.notes.wake) {
			return
		}
	}
}

// sleep waits for a time or a token, and returns false when the context ends.
func sleep(ctx context.Context, d time.Duration, wake <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-wake:
	case <-ctx.Done():
		return false
	}
	return true
}

// round reads the notes and does what is due. Without the store nothing is
// told, since it may not be allowed any more.
func (l *live) round(ctx context.Context, now time.Time) error {
	n := l.notes.take()
	for s := range n.left {
		l.forget(s)
	}
	for username, lost := range n.judge {
		l.judging.add(username, lost)
	}
	for username := range n.look {
		l.schedule(username, now)
	}
	for s := range n.subscribed {
		l.revive(s)
	}
	if err := l.judge(ctx); err != nil {
		return err
	}
	for username, due := range l.due {
		if !due.After(now) {
			l.tell(username, now)
		}
	}
	l.catchUp(now)
	return nil
}

// next returns when there is something to do without a note, if there is.
func (l *live) next() (next time.Time, more bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.judging) > 0 { // nothing is told before that
		return time.Now().Add(retryEvery), true
	}
	if len(l.behind) > 0 {
		next, more = time.Now().Add(retryEvery), true
	}
	for _, due := range l.due {
		if !more || due.Before(next) {
			next, more = due, true
		}
	}
	return next, more
}

// schedule says when a user whose state may have changed is looked at.
func (l *live) schedule(username string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if u := l.watched[username]; u != nil {
		l.due[username] = u.told.Add(collapse)
		return
	}
	l.waitLocked(username, now)
}

// waitLocked looks at a user again when a departure counts for less, and forgets
// it when it counts for nothing.
func (l *live) waitLocked(username string, now time.Time) {
	next, at := l.hub.departure(username, now)
	if u := l.watched[username]; u != nil && at != 0 {
		u.since = at
	}
	if next.IsZero() {
		delete(l.due, username)
	} else {
		l.due[username] = next
	}
}

// tell tells those who watch a user what has changed.
func (l *live) tell(username string, now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waitLocked(username, now)
	u := l.watched[username]
	if u == nil {
		return
	}
	state := l.hub.state(username, now)
	var frame []byte
	for s := range u.by {
		w := s.watchOf(username)
		if !w.allowed || w.told == state {
			continue
		}
		if frame == nil {
			frame = l.frame(presence(username, state, u.since))
			u.told = now
		}
		l.offerLocked(s, w, state, frame)
	}
}

func (l *live) frame(p protocol.Presence) []byte {
	return l.hub.frame(jsonrpc.AppendNotification(nil, protocol.OnPresence, &p))
}

// offerLocked tells a connection one thing, or later, when there is room or when
// it has been judged again.
func (l *live) offerLocked(s *Subscriber, w *watch, state protocol.PresenceState, frame []byte) (told bool) {
	told = !l.notes.unsettled(s.username, w.username) && s.offerSpare(frame)
	if w.untold = !told; told {
		w.told = state
	} else {
		l.behind.add(s)
	}
	return told
}

// revive lets a connection that has subscribed be told what was not.
func (l *live) revive(s *Subscriber) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !s.left && len(s.watches) > 0 {
		l.behind.add(s)
	}
}

// catchUp tells those who are behind what they have not been told, as far as
// there is room.
func (l *live) catchUp(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range l.behind {
		if !s.on.Load() || l.catchUpLocked(s, now) { // subscribing revives it
			delete(l.behind, s)
		}
	}
}

func (l *live) catchUpLocked(s *Subscriber, now time.Time) (done bool) {
	for i := range s.watches {
		w := &s.watches[i]
		if !w.untold {
			continue
		}
		p := presence(w.username, protocol.Offline, 0)
		if w.allowed {
			p = presence(w.username, l.hub.state(w.username, now), l.watched[w.username].since)
		}
		w.untold = false
		if w.told != p.State && !l.offerLocked(s, w, p.State, l.frame(p)) {
			return false
		}
	}
	return true
}
