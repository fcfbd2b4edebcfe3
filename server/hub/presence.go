package hub

import (
	"cmp"
	"time"

	"asappchat/protocol"
)

// grace is how long a connection that has ended counts as if it were there, so
// that a device which comes back at once, or flaps, tells nobody anything.
const grace = 5 * time.Second

// departure is what a user's connections that have ended lately count for.
type departure struct {
	online, away time.Time // until when one of them counts as that
	at           time.Time // when the last one ended
}

// next is when a departure counts for less than now, zero when it counts for
// nothing.
func (d departure) next(now time.Time) (next time.Time) {
	for _, until := range []time.Time{d.online, d.away} {
		if now.Before(until) && (next.IsZero() || until.Before(next)) {
			next = until
		}
	}
	return next
}

// departLocked notes that a connection has ended.
func (h *Hub) departLocked(s *Subscriber, now time.Time) {
	d := h.departed[s.username]
	d.at = now
	if s.away {
		d.away = now.Add(grace)
	} else {
		d.online = now.Add(grace)
	}
	h.departed[s.username] = d
}

// stateLocked returns whether a user is there: online when any connection is,
// or was just now, away when all that count are.
func (h *Hub) stateLocked(username string, now time.Time) protocol.PresenceState {
	d := h.departed[username]
	if now.Before(d.online) {
		return protocol.Online
	}
	state := protocol.Offline
	if now.Before(d.away) {
		state = protocol.Away
	}
	for _, s := range h.users[username] {
		if !s.away {
			return protocol.Online
		}
		state = protocol.Away
	}
	return state
}

func (h *Hub) state(username string, now time.Time) protocol.PresenceState {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stateLocked(username, now)
}

// departure returns when a user's departure counts for less, zero when it counts
// for nothing. It then forgets it, and returns when it was.
func (h *Hub) departure(username string, now time.Time) (next time.Time, at protocol.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d, known := h.departed[username]
	if !known {
		return time.Time{}, 0
	}
	if next = d.next(now); !next.IsZero() {
		return next, 0
	}
	delete(h.departed, username)
	return time.Time{}, protocol.TimeOf(d.at)
}

// SetAway says whether nobody is in front of a connection.
func (s *Subscriber) SetAway(away bool) {
	s.hub.mu.Lock()
	changed := s.away != away
	s.away = away
	s.hub.mu.Unlock()
	if changed {
		s.hub.live.noteState(s.username)
	}
}

// presence words a state. What is not known has no time.
func presence(username string, state protocol.PresenceState, at protocol.Time) protocol.Presence {
	p := protocol.Presence{Username: username, State: cmp.Or(state, protocol.Offline)}
	if p.State == protocol.Offline {
		p.LastSeenAt = at
	}
	return p
}
