package hub

import (
	"container/heap"
	"context"
	"slices"

	"asappchat/store"
)

// merge brings the events of several conversations into the order of the log.
// It is a heap of branches by the place of their next event, and reads of a
// branch only when its turn has come.
type merge struct {
	few      []store.Event // come first
	log      store.Log
	username string
	upto     store.Place
	branches []*branch
	loaded   int // bytes of all events that are in memory
}

// branch is one conversation: where it stands, and the events from there on as
// far as they are in memory.
type branch struct {
	trail  store.Trail // before events
	events []store.Event
	after  store.Trail // behind them
}

func newMerge(log store.Log, username string, trails []store.Trail, upto store.Place) *merge {
	m := &merge{log: log, username: username, upto: upto}
	for _, t := range trails {
		m.branches = append(m.branches, &branch{trail: t})
	}
	heap.Init(m)
	return m
}

// next returns the next event, nil at the end.
func (m *merge) next(ctx context.Context) (*store.Event, error) {
	if len(m.few) > 0 {
		event := &m.few[0]
		m.few = m.few[1:]
		return event, nil
	}
	for len(m.branches) > 0 {
		b := m.branches[0]
		if len(b.events) > 0 {
			event := b.pass()
			m.loaded -= size(event)
			heap.Fix(m, 0)
			return event, nil
		}
		if b.trail.Next > m.upto {
			heap.Pop(m)
			continue
		}
		if err := m.load(ctx, b); err != nil {
			return nil, err
		}
		heap.Fix(m, 0)
	}
	return nil, nil
}

// load reads a page of a branch. When that is too much together with what is
// there of others, those are dropped, to be read again when their turn comes.
func (m *merge) load(ctx context.Context, b *branch) (err error) {
	limit, bytes := m.share()
	b.events, b.after, err = m.log.Follow(ctx, m.username, b.trail, m.upto, limit, bytes)
	if err != nil {
		return err
	}
	if len(b.events) == 0 {
		b.trail = b.after
		return nil
	}
	for i := range b.events {
		m.loaded += size(&b.events[i])
	}
	for _, other := range slices.Backward(m.branches) { // those of late first, about
		if m.loaded > replayAhead && other != b {
			m.loaded -= other.drop()
		}
	}
	return nil
}

// share is how much of a branch is read at once, in events and bytes, so that
// all branches fit into memory side by side: when one had to make room for
// another, it would read the same again for each event.
func (m *merge) share() (limit, bytes int) {
	share := replayAhead / len(m.branches)
	return min(replayPage, max(1, share/(2*eventBytes))), min(replayBytes, max(1, share/2))
}

// pass goes past the first event that is in memory, and returns it.
func (b *branch) pass() *store.Event {
	event := &b.events[0]
	b.events = b.events[1:]
	b.trail.Next = event.Place + 1
	if event.Message != nil && !event.Updated {
		b.trail.Seq = event.Message.Seq
	}
	if len(b.events) == 0 {
		b.events, b.trail = nil, b.after
	}
	return event
}

// drop forgets the events that are in memory, and returns how many bytes they
// took. Where the branch stands in the heap does not change.
func (b *branch) drop() (bytes int) {
	for i := range b.events {
		bytes += size(&b.events[i])
	}
	b.trail.Next = b.next()
	b.events = nil
	return bytes
}

// next is the place of the next event, or one before it.
func (b *branch) next() store.Place {
	if len(b.events) > 0 {
		return b.events[0].Place
	}
	return b.trail.Next
}

// eventBytes is what an event takes beside its text, about, and nameBytes what
// a username does.
const (
	eventBytes = 512
	nameBytes  = 32
)

func size(e *store.Event) int {
	if e.Message == nil {
		return eventBytes
	}
	n := eventBytes + len(e.Message.Body) + len(e.Message.Data) + nameBytes*len(e.Message.Mentions)
	for i := range e.Message.Reactions {
		n += nameBytes * (2 + len(e.Message.Reactions[i].Users))
	}
	return n
}

func (m *merge) Len() int           { return len(m.branches) }
func (m *merge) Less(i, j int) bool { return m.branches[i].next() < m.branches[j].next() }
func (m *merge) Swap(i, j int)      { m.branches[i], m.branches[j] = m.branches[j], m.branches[i] }
func (m *merge) Push(b any)         { m.branches = append(m.branches, b.(*branch)) }
func (m *merge) Pop() any {
	last := m.branches[len(m.branches)-1]
	m.branches = m.branches[:len(m.branches)-1]
	return last
}
