package hub

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

// manyLog has one event of a conversation after the other: place p is in
// conversation p % n.
type manyLog struct {
	store.Log
	n, places int64
	body      int // bytes; 10,000 when 0
	follows   int
	read      int // events
}

func (l *manyLog) Follow(_ context.Context, _ string, t store.Trail, upto store.Place, limit, bytes int) (events []store.Event, _ store.Trail, _ error) {
	l.follows++
	defer func() { l.read += len(events) }()
	for p := t.Next; ; p++ {
		if p > upto {
			t.Next = p
			return events, t, nil
		}
		if int64(p)%l.n != t.Conversation {
			continue
		}
		if len(events) == limit || len(events) > 0 && bytes <= 0 {
			t.Next = p
			return events, t, nil
		}
		m := &protocol.Message{Seq: t.Seq + 1, Body: strings.Repeat("x", cmp.Or(l.body, 10_000))}
		bytes -= len(m.Body)
		t.Seq++
		events = append(events, store.Event{Place: p, Message: m})
	}
}

// Events of many conversations come in the order of the log, each once, and
// what is in memory stays bounded.
func TestMergeIsInOrderAndBounded(t *testing.T) {
	for _, n := range []int64{1, 3, 200} {
		l := &manyLog{n: n, places: 2000}
		var trails []store.Trail
		for c := range n {
			trails = append(trails, store.Trail{Conversation: c, Next: 1})
		}
		m := newMerge(l, "ana", trails, store.Place(l.places))
		seqs := make(map[int64]int64)
		most := 0
		for want := store.Place(1); ; want++ {
			e, err := m.next(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if e == nil {
				if int64(want) != l.places+1 || m.loaded != 0 {
					t.Errorf("%d conversations: it ended before %d, with %d bytes", n, want, m.loaded)
				}
				break
			}
			conversation := int64(e.Place) % n
			if e.Place != want || e.Message.Seq != seqs[conversation]+1 {
				t.Fatalf("%d conversations: place %d, want %d; seq %d after %d", n, e.Place, want, e.Message.Seq, seqs[conversation])
			}
			seqs[conversation]++
			most = max(most, m.loaded)
		}
		if bound := replayAhead + replayBytes + 16_000; most > bound {
			t.Errorf("%d conversations: %d bytes in memory, want %d at most", n, most, bound)
		}
	}
}

// A message that has changed says nothing of how far a conversation has been
// read, since it may be an old one.
func TestAChangedMessageDoesNotMoveTheTrail(t *testing.T) {
	b := &branch{events: []store.Event{
		{Place: 1, Message: &protocol.Message{Seq: 5}},
		{Place: 2, Message: &protocol.Message{Seq: 2}, Updated: true},
		{Place: 3, Read: &protocol.ReadEvent{}},
	}}
	b.pass()
	b.pass()
	if b.trail.Seq != 5 || b.trail.Next != 3 {
		t.Errorf("it is at %+v", b.trail)
	}
}

// However many conversations there are, none has to make room for another, so
// that each event is read about once.
func TestMergeReadsAboutOnce(t *testing.T) {
	for _, n := range []int64{1, 5, 20, 100, 1000} {
		l := &manyLog{n: n, places: 20_000, body: 100}
		var trails []store.Trail
		for c := range n {
			trails = append(trails, store.Trail{Conversation: c, Next: 1})
		}
		m := newMerge(l, "ana", trails, store.Place(l.places))
		for e := new(store.Event); e != nil; {
			var err error
			if e, err = m.next(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		if most := int(l.places) * 3 / 2; l.read > most {
			t.Errorf("%d conversations: %d events were read of %d", n, l.read, l.places)
		}
	}
}

// A conversation is read only when its turn has come.
func TestMergeIsLazy(t *testing.T) {
	l := &manyLog{n: 100, places: 10_000}
	var trails []store.Trail
	for p := range l.n {
		trails = append(trails, store.Trail{Conversation: (p + 1) % l.n, Next: store.Place(p + 1)})
	}
	slices.Reverse(trails)
	m := newMerge(l, "ana", trails, store.Place(l.places))
	if e, err := m.next(t.Context()); err != nil || e.Place != 1 || l.follows != 1 {
		t.Errorf("%v %v after %d reads", e, err, l.follows)
	}
}
