package hub

import (
	"cmp"
	"context"
	"slices"
	"time"

	"asappchat/protocol"
)

// watch is a user whom a connection watches. It is guarded by the lock of live.
type watch struct {
	username string
	told     protocol.PresenceState // what the connection shows
	allowed  bool                   // to see more than that the user is offline
	untold   bool                   // there may be something to tell, for which there was no room
}

// watched is a user whom somebody watches.
type watched struct {
	by    set[*Subscriber]
	told  time.Time     // when a change was told last
	since protocol.Time // when the user went offline, 0 when not known
}

// Watch answers the presence of users, in the order of their names as given, and
// tells the connection of changes from now on, in the place of whom it watched
// before. Nothing is told before the hold is released.
func (s *Subscriber) Watch(ctx context.Context, usernames []string) ([]protocol.Presence, Hold, error) {
	l := &s.hub.live
	l.watches.Add(1) // before anything is read, so that whoever changes it leaves a note
	defer l.watches.Add(-1)
	judgings := l.notes.judgements()
	seen := map[string]protocol.Time{}
	if len(usernames) > 0 {
		var err error
		if seen, err = l.seen(ctx, s.username, usernames); err != nil {
			return nil, Hold{}, err
		}
	}
	hold := s.Hold()
	answer := l.watch(s, usernames, seen)
	if l.notes.judgements() != judgings { // it may not be in what was read
		l.note(func(n *notes) { n.again(s.username, true) })
	}
	return answer, hold, nil
}

// watch makes a subscriber watch users, of whom those in seen may be seen.
func (l *live) watch(s *Subscriber, usernames []string, seen map[string]protocol.Time) []protocol.Presence {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unwatchLocked(s)
	now := time.Now()
	answer := make([]protocol.Presence, 0, len(usernames))
	for _, username := range usernames {
		at, allowed := seen[username]
		var state protocol.PresenceState
		if allowed {
			state = l.hub.state(username, now)
		}
		p := presence(username, state, at)
		answer = append(answer, p)
		if !s.left {
			s.watches = append(s.watches, watch{username: username, told: p.State, allowed: allowed})
		}
	}
	slices.SortFunc(s.watches, func(a, b watch) int { return cmp.Compare(a.username, b.username) })
	s.watches = slices.CompactFunc(s.watches, func(a, b watch) bool { return a.username == b.username })
	l.indexLocked(s)
	return answer
}

// indexLocked puts a subscriber under the names of those whom it watches.
func (l *live) indexLocked(s *Subscriber) {
	for i := range s.watches {
		w := &s.watches[i]
		u := l.watched[w.username]
		if u == nil {
			u = &watched{by: set[*Subscriber]{}}
			l.watched[w.username] = u
		}
		u.by.add(s)
	}
	l.watches.Add(int64(len(s.watches)))
}

// unwatchLocked ends all watches of a subscriber.
func (l *live) unwatchLocked(s *Subscriber) {
	for i := range s.watches {
		username := s.watches[i].username
		u := l.watched[username]
		if delete(u.by, s); len(u.by) == 0 {
			delete(l.watched, username)
		}
	}
	l.watches.Add(-int64(len(s.watches)))
	s.watches = nil
	delete(l.behind, s)
}

// forget ends the watches of a subscriber that has left, for good.
func (l *live) forget(s *Subscriber) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.unwatchLocked(s)
	s.left = true
}

// watchOf finds the watch of a user, nil when there is none.
func (s *Subscriber) watchOf(username string) *watch {
	i, found := slices.BinarySearchFunc(s.watches, username, func(w watch, name string) int { return cmp.Compare(w.username, name) })
	if !found {
		return nil
	}
	return &s.watches[i]
}
