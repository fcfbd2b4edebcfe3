package hub

import (
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

// judged says which users are to be judged again: true, in all that concerns
// them; false, only in what is not allowed yet, since they can have lost nothing.
type judged map[string]bool

func (j judged) add(username string, lost bool) { j[username] = j[username] || lost }

// again notes that a user is to be judged again.
func (n *notes) again(username string, lost bool) {
	n.judge.add(username, lost)
	n.judgings++
}

// JudgeAgain says that a user's blocks or privacy have changed. From now on
// nothing of the presence of that user is told that was allowed before. It may
// be called from any goroutine, and never blocks.
func (h *Hub) JudgeAgain(username string) {
	if h.live.watches.Load() > 0 {
		h.live.note(func(n *notes) { n.again(username, true) })
	}
}

// noteMembers notes whom events bring together or part.
func (l *live) noteMembers(events []store.Event) {
	for i := range events {
		c := events[i].Conversation
		if c == nil || l.watches.Load() == 0 {
			continue
		}
		switch c.Change {
		case protocol.Created:
			l.note(func(n *notes) {
				for _, username := range events[i].Audience {
					n.again(username, false)
				}
			})
		case protocol.Joined, protocol.Left:
			l.note(func(n *notes) { n.again(c.Username, c.Change == protocol.Left) })
		}
	}
}

// question is what a viewer is to be judged for.
type question struct {
	names       set[string]
	subscribers set[*Subscriber] // of the viewer
}

// judge asks the store again who may see whom, of all that concerns the users
// in judging. Without an answer they stay there.
func (l *live) judge(ctx context.Context) error {
	for viewer, q := range l.questions() {
		names := make([]string, 0, len(q.names))
		for name := range q.names {
			names = append(names, name)
		}
		seen, err := l.seen(ctx, viewer, names)
		if err != nil {
			return err
		}
		l.allow(q, seen)
	}
	clear(l.judging)
	return nil
}

// questions returns the questions about the users in judging, by viewer.
func (l *live) questions() map[string]question {
	asked := make(map[string]question)
	ask := func(s *Subscriber, w *watch, lost bool) {
		if w.allowed && !lost {
			return
		}
		q, ok := asked[s.username]
		if !ok {
			q = question{set[string]{}, set[*Subscriber]{}}
			asked[s.username] = q
		}
		q.names.add(w.username)
		q.subscribers.add(s)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	for username, lost := range l.judging {
		if u := l.watched[username]; u != nil {
			for s := range u.by {
				ask(s, s.watchOf(username), lost)
			}
		}
		for _, s := range l.hub.connections(username) {
			for i := range s.watches {
				ask(s, &s.watches[i], lost)
			}
		}
	}
	return asked
}

// allow notes the answer to a question. Who is allowed something else than
// before is told what it comes to.
func (l *live) allow(q question, seen map[string]protocol.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for s := range q.subscribers {
		for name := range q.names {
			w := s.watchOf(name)
			if w == nil {
				continue
			}
			if _, allowed := seen[name]; w.allowed != allowed {
				w.allowed, w.untold = allowed, true
				l.behind.add(s)
			}
		}
	}
}
