package hub_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"asappchat/protocol"
	"asappchat/protocol/alloctest"
	"asappchat/server/hub"
	"asappchat/store"
)

// sink is an outbox that takes everything.
type sink struct {
	frames int
	enough chan struct{} // told of every missed'th frame that is offered alone
}

// missed is how many events a connection reads from the log in between.
const missed = 10

func (o *sink) Offer([]byte) bool {
	if o.frames++; o.frames%missed == 0 {
		o.enough <- struct{}{}
	}
	return true
}

func (o *sink) OfferAll(frames [][]byte) int     { return len(frames) }
func (o *sink) OfferLast([]byte)                 {}
func (o *sink) AwaitRoom() bool                  { return true }
func (o *sink) OfferSpare([]byte) bool           { return true }
func (o *sink) Close(protocol.CloseCode, string) {}
func (o *sink) Abort(protocol.CloseCode, string) {}

// room is a hub whose subscribers are in one conversation, one of each user.
type room struct {
	*hub.Hub
	members []string
	subs    []*hub.Subscriber
	outs    []*sink
	start   string // the cursor of the log's beginning
	last    store.Place
}

// pastLog is a log with one conversation, whose events it has at hand.
type pastLog struct {
	fakeLog
	events []store.Event
}

func (l *pastLog) Follow(_ context.Context, _ string, t store.Trail, upto store.Place, _, _ int) ([]store.Event, store.Trail, error) {
	all := l.events[t.Next-1 : upto]
	t.Next = upto + 1
	return all, t, nil
}

func newRoom(t testing.TB, members int) *room {
	past := &pastLog{events: events([]string{"user0000"}, missed)}
	for i := range past.events {
		past.events[i].Place = store.Place(i + 1)
	}
	h, err := hub.New(context.Background(), past, hub.Options{
		Frame: bytes.Clone, Connections: 1, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	r := &room{Hub: h, start: h.Cursor()}
	for i := range members {
		name := fmt.Sprintf("user%04d", i)
		out := &sink{enough: make(chan struct{}, 1)}
		s, err := h.Join(name, "s:"+name, out)
		if err != nil {
			t.Fatal(err)
		}
		r.members, r.subs, r.outs = append(r.members, name), append(r.subs, s), append(r.outs, out)
	}
	for _, s := range r.subs {
		_, _, hold := s.Subscribe("")
		hold.Release()
	}
	t.Cleanup(func() {
		for _, s := range r.subs {
			s.Leave()
		}
		h.Wait()
	})
	return r
}

// events are n messages to an audience.
func events(audience []string, n int) []store.Event {
	events := make([]store.Event, n)
	for i := range events {
		events[i] = store.Event{Audience: audience, Message: &protocol.Message{Conversation: "c:0123456789012345678901", Rev: 1,
			Sender: "ana", Body: strings.Repeat("x", 120), At: 1795428000007, ClientID: "0198c5a0-1b2c-7def-8abc-0123456789ab"}}
	}
	return events
}

// tell announces events at the next places.
func (r *room) tell(events []store.Event) {
	for i := range events {
		r.last++
		events[i].Place, events[i].Message.Seq = r.last, int64(r.last)
	}
	r.Committed(r.last)
	r.Announce(events)
}

// BenchmarkAnnounce tells the members of a conversation of a message, and of
// 16 that belong together.
func BenchmarkAnnounce(b *testing.B) {
	for _, members := range []int{2, 1000} {
		for _, n := range []int{1, 16} {
			b.Run(fmt.Sprintf("members=%d/events=%d", members, n), func(b *testing.B) {
				r := newRoom(b, members)
				events := events(r.members, n)
				b.ReportAllocs()
				for b.Loop() {
					r.tell(events)
				}
				b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*members*n), "ns/delivery")
			})
		}
	}
}

// resumer returns a function that subscribes with a cursor that a few events
// came after, and waits until they have been told: from what is at hand, or, when
// they are changes, from the log.
func resumer(t testing.TB, changes bool) func() {
	r := newRoom(t, 1)
	events := events(r.members, missed)
	for i := range events {
		events[i].Updated = changes
	}
	r.tell(events)
	s := r.subs[0]
	return func() {
		_, reset, hold := s.Subscribe(r.start)
		if reset {
			t.Fatal("reset")
		}
		hold.Release()
		<-r.outs[0].enough
	}
}

func BenchmarkResume(b *testing.B) {
	for name, changes := range map[string]bool{"at hand": false, "from the log": true} {
		b.Run(name, func(b *testing.B) {
			resume := resumer(b, changes)
			b.ReportAllocs()
			for b.Loop() {
				resume()
			}
		})
	}
}

func BenchmarkCursor(b *testing.B) {
	r := newRoom(b, 1)
	b.ReportAllocs()
	for b.Loop() {
		r.Cursor()
	}
}

// An event is encoded once, whoever it is told to: it allocates two for its
// cursor, and its frame. The one besides is where it is kept, now and then.
func TestAnnounceAllocations(t *testing.T) {
	for _, members := range []int{2, 1000} {
		r := newRoom(t, members)
		one, many := events(r.members, 1), events(r.members, 16)
		alloctest.AtMost(t, 100, 3+1, func() { r.tell(one) })
		alloctest.AtMost(t, 100, 16*3+1, func() { r.tell(many) })
	}
}

// An AES block that an interface enciphers is on the heap, and then there is
// the cursor.
func TestCursorAllocations(t *testing.T) {
	r := newRoom(t, 1)
	alloctest.AtMost(t, 100, 2, func() { r.Cursor() })
}

// What is at hand allocates the list of it and what is held, which grow, and two
// cursors, encoded and deciphered. From the log an event allocates what one that is
// told does; the others are the window and its context, the trails and their merge.
func TestResumeAllocations(t *testing.T) {
	alloctest.AtMost(t, 100, 14, resumer(t, false))
	alloctest.AtMost(t, 100, missed*3+11, resumer(t, true))
}
