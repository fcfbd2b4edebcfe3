package hub

import (
	"container/heap"
	"context"

	"asappchat/protocol"
	"asappchat/store"
)

const (
	// replayAhead bounds the events that a replay holds in memory, shared by
	// the conversations that it merges.
	replayAhead = 1024
	// replayPage bounds the events that are read of one conversation at once.
	replayPage = 128
)

// replay reads events from the store to a subscription, at the pace of its
// outbox, until it has closed the gap. It is the goroutine of a connection
// that is catching up; it ends with the gap, the subscription or the
// connection.
func (s *Subscriber) replay(generation int) {
	for {
		after, upto, more := s.window(generation)
		if !more {
			return
		}
		over, err := s.read(generation, after, upto)
		if err != nil {
			s.hub.logger.Error("catching up failed", "error", err)
			s.out.Close(protocol.CloseInternal, "catching up failed")
		}
		if over || err != nil {
			return
		}
	}
}

// window returns what is to be read next. When there is nothing it ends the
// replay's hold. It also does so when delivery is held for another reason too,
// whose release starts a replay again.
func (s *Subscriber) window(generation int) (after, upto store.Place, more bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation || s.releaseLocked() {
		return 0, 0, false
	}
	s.holds++
	return s.place, s.gap, true
}

// read queues the events after a place and up to another, and says whether the
// subscription or the connection is over.
func (s *Subscriber) read(generation int, after, upto store.Place) (over bool, err error) {
	ctx := context.Background()
	trails, err := s.hub.log.Trails(ctx, s.username, after, upto)
	if err != nil {
		return false, err
	}
	m := &merge{log: s.hub.log, username: s.username, upto: upto,
		page: max(1, min(replayPage, replayAhead/max(1, len(trails))))}
	for _, t := range trails {
		if err := m.add(ctx, &branch{trail: t, more: true}); err != nil {
			return false, err
		}
	}
	for {
		event, err := m.next(ctx)
		if err != nil {
			return false, err
		}
		if event == nil {
			return s.arrive(generation, upto), nil
		}
		if !s.offerRead(generation, event.Place, s.hub.encode(event)) {
			return true, nil
		}
	}
}

// arrive notes that all events up to a place have been queued, and says
// whether the subscription is over.
func (s *Subscriber) arrive(generation int, upto store.Place) (over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.generation != generation {
		return true
	}
	s.place = upto
	return false
}

// offerRead queues an event of the past when there is room for it. It returns
// false when the subscription or the connection is over.
func (s *Subscriber) offerRead(generation int, place store.Place, frame []byte) bool {
	for s.out.AwaitRoom() {
		s.mu.Lock()
		over := s.generation != generation
		queued := !over && s.out.Offer(frame)
		if queued {
			s.place = place
		}
		s.mu.Unlock()
		if over || queued {
			return queued
		}
	}
	return false
}

// merge brings the events of several conversations into the order of the log.
// It is a heap of branches by their next event.
type merge struct {
	log      store.Log
	username string
	upto     store.Place
	page     int
	branches []*branch
}

// branch is the events of one conversation, as far as they have been read.
type branch struct {
	trail  store.Trail
	events []store.Event
	more   bool // there may be events beyond those that were read
}

// add reads on along a branch and puts it in its place in the heap, unless it
// has come to its end.
func (m *merge) add(ctx context.Context, b *branch) error {
	if len(b.events) == 0 && b.more {
		events, trail, err := m.log.Follow(ctx, m.username, b.trail, m.upto, m.page)
		if err != nil {
			return err
		}
		b.events, b.trail, b.more = events, trail, len(events) == m.page
	}
	if len(b.events) > 0 {
		heap.Push(m, b)
	}
	return nil
}

// next returns the next event, nil at the end.
func (m *merge) next(ctx context.Context) (*store.Event, error) {
	if len(m.branches) == 0 {
		return nil, nil
	}
	b := heap.Pop(m).(*branch)
	event := &b.events[0]
	b.events = b.events[1:]
	return event, m.add(ctx, b)
}

func (m *merge) Len() int { return len(m.branches) }
func (m *merge) Less(i, j int) bool {
	return m.branches[i].events[0].Place < m.branches[j].events[0].Place
}
func (m *merge) Swap(i, j int) { m.branches[i], m.branches[j] = m.branches[j], m.branches[i] }
func (m *merge) Push(b any)    { m.branches = append(m.branches, b.(*branch)) }
func (m *merge) Pop() any {
	last := m.branches[len(m.branches)-1]
	m.branches = m.branches[:len(m.branches)-1]
	return last
}
