package hub

import "sync"

// set is a set of usernames or connections.
type set[T comparable] map[T]struct{}

func (s set[T]) add(v T) { s[v] = struct{}{} }

// notes are what the goroutine of presence is to look at. Its lock is held for
// moments only, and no other is taken meanwhile: so whoever leaves a note, the
// announcer too, never waits for the store or for a connection.
type notes struct {
	mu       sync.Mutex
	running  bool          // the goroutine exists
	wake     chan struct{} // holds a token when there are notes that it has not seen
	judgings int           // how often something was put into judge

	notices
}

// notices are the notes themselves.
type notices struct {
	look       set[string]      // users whose state may have changed
	judge      judged           // users of whom may have changed who sees whom
	subscribed set[*Subscriber] // who may have to be told
	left       set[*Subscriber]
}

func newNotices() notices {
	return notices{set[string]{}, judged{}, set[*Subscriber]{}, set[*Subscriber]{}}
}

func (n *notices) empty() bool {
	return len(n.look)+len(n.judge)+len(n.subscribed)+len(n.left) == 0
}

// take returns the notices, and begins anew.
func (n *notes) take() notices {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.empty() {
		return notices{} // those that are there will be written to
	}
	taken := n.notices
	n.notices = newNotices()
	return taken
}

// unsettled says whether one of two users may see less, or be seen less, than was
// judged.
func (n *notes) unsettled(one, other string) bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.judge[one] || n.judge[other]
}

// judgements counts the notes that somebody is to be judged again.
func (n *notes) judgements() int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.judgings
}

// note leaves a note, and makes sure that somebody will read it.
func (l *live) note(leave func(*notes)) {
	n := &l.notes
	n.mu.Lock()
	defer n.mu.Unlock()
	leave(n)
	if !n.running {
		n.running = l.hub.running.start(l.run)
	}
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

// finish ends the goroutine, unless there are notes.
func (n *notes) finish() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.running = !n.empty()
	return !n.running
}

// noteState notes that a user may be there, away or gone, if anybody asks.
func (l *live) noteState(username string) {
	if l.watches.Load() > 0 {
		l.note(func(n *notes) { n.look.add(username) })
	}
}

// noteSubscribed notes that a connection may have something to be told.
func (l *live) noteSubscribed(s *Subscriber) {
	if l.watches.Load() > 0 {
		l.note(func(n *notes) { n.subscribed.add(s) })
	}
}
