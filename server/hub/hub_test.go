package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// fakeLog is a log with one conversation that everybody is in. Reading it can
// be held up.
type fakeLog struct {
	mu     sync.Mutex
	places store.Place
	reads  int
	gate   chan struct{} // nil when open
	empty  bool          // it tells of nothing
	few    bool          // it tells of everything at once
	begin  store.Place   // its end when the hub begins
}

func (l *fakeLog) Head(context.Context) (store.Head, error) {
	return store.Head{Epoch: "epoch", CursorKey: make([]byte, 16), Place: l.begin}, nil
}

func (l *fakeLog) Trails(_ context.Context, _ string, after, upto store.Place) ([]store.Trail, error) {
	l.mu.Lock()
	gate := l.gate
	l.reads++
	l.mu.Unlock()
	if gate != nil {
		<-gate
	}
	if after >= upto || l.empty {
		return nil, nil
	}
	return []store.Trail{{Next: after + 1}}, nil
}

func (l *fakeLog) Recent(ctx context.Context, username string, after, upto store.Place, limit, bytes int) ([]store.Event, bool, error) {
	if !l.few {
		return nil, false, nil
	}
	trails, err := l.Trails(ctx, username, after, upto)
	if err != nil || len(trails) == 0 {
		return nil, true, err
	}
	events, _, err := l.Follow(ctx, username, trails[0], upto, limit, bytes)
	return events, true, err
}

func (l *fakeLog) Follow(_ context.Context, _ string, t store.Trail, upto store.Place, limit, bytes int) (events []store.Event, _ store.Trail, _ error) {
	for ; t.Next <= upto && len(events) < limit && bytes > 0; t.Next++ {
		events = append(events, event(t.Next))
		bytes -= 1000
	}
	return events, t, nil
}

var audience = []string{"ana"}

func event(p store.Place) store.Event {
	return store.Event{Place: p, Audience: audience,
		Message: &protocol.Message{Seq: int64(p), Body: strings.Repeat("x", 1000)}}
}

// fakeOutbox keeps frames as the seq that they carry, and has room for so many
// of them.
type fakeOutbox struct {
	mu    sync.Mutex
	room  sync.Cond
	got   []string
	queue int // not read yet
	limit int
	gone  bool
}

func (o *fakeOutbox) Offer(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.gone || o.queue >= o.limit {
		return false
	}
	o.queue++
	o.got = append(o.got, label(frame))
	return true
}

func (o *fakeOutbox) OfferSpare(frame []byte) bool {
	o.mu.Lock()
	spare := o.queue < o.limit/2
	o.mu.Unlock()
	return spare && o.Offer(frame)
}

func (o *fakeOutbox) OfferAll(frames [][]byte) int {
	for i, frame := range frames {
		if !o.Offer(frame) {
			return i
		}
	}
	return len(frames)
}

func (o *fakeOutbox) OfferLast(frame []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.got = append(o.got, label(frame))
}

func (o *fakeOutbox) AwaitRoom() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	for o.queue > o.limit/2 && !o.gone {
		o.room.Wait()
	}
	return !o.gone
}

func (o *fakeOutbox) Close(protocol.CloseCode, string) { o.end() }
func (o *fakeOutbox) Abort(protocol.CloseCode, string) { o.end() }

func (o *fakeOutbox) end() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.gone = true
	o.room.Broadcast()
}

// read makes room.
func (o *fakeOutbox) read() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.queue = 0
	o.room.Broadcast()
}

// take returns what came, and reads it.
func (o *fakeOutbox) take() []string {
	o.read()
	o.mu.Lock()
	defer o.mu.Unlock()
	got := o.got
	o.got = nil
	return got
}

func label(frame []byte) string {
	if strings.Contains(string(frame), `"lagging"`) {
		return "lagging"
	}
	_, rest, _ := strings.Cut(string(frame), `"seq":`)
	seq, _, _ := strings.Cut(rest, ",")
	return seq
}

// bench is a hub with one connection of ana's. With edits what is announced are
// changes of messages, of which only the store can tell later.
type bench struct {
	edits bool
	hub   *hub.Hub
	log   *fakeLog
	out   *fakeOutbox
	sub   *hub.Subscriber
}

func newBench(t *testing.T, room int) *bench { return newBenchAt(t, room, 0) }

// newBenchAt begins at a place of the log.
func newBenchAt(t *testing.T, room int, begin store.Place) *bench {
	b := &bench{log: &fakeLog{begin: begin, places: begin}, out: &fakeOutbox{limit: room}}
	b.out.room.L = &b.out.mu
	var err error
	b.hub, err = hub.New(context.Background(), b.log, hub.Options{
		Frame: slices.Clone[[]byte], Connections: 2, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	b.sub, err = b.hub.Join("ana", "s:1", b.out)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// announce announces the next n events, some alone and some together.
func (b *bench) announce(n int) {
	for part := 1; n > 0; part++ {
		var events []store.Event
		for range min(n, part%40) {
			b.log.mu.Lock()
			b.log.places++
			e := event(b.log.places)
			e.Updated = b.edits
			events = append(events, e)
			b.log.mu.Unlock()
			n--
		}
		if len(events) > 0 {
			b.hub.Committed(events[len(events)-1].Place)
			b.hub.Announce(events)
		}
	}
}

func (b *bench) close() {
	b.sub.Leave()
	b.out.end()
	b.hub.Wait()
}

func seqs(from, to int) (s []string) {
	for i := from; i <= to; i++ {
		s = append(s, fmt.Sprint(i))
	}
	return s
}

func want(t *testing.T, got, want []string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestSubscribeFromNow(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	b.announce(2)
	_, reset, hold := b.sub.Subscribe("")
	b.announce(1)
	want(t, b.out.take(), nil) // the answer has not been sent yet
	hold.Release()
	b.announce(1)
	want(t, b.out.take(), seqs(3, 4))
	if reset {
		t.Error("reset")
	}
}

// Who subscribes between the answer to a message and its event is not told of
// it, and can resume from where the subscription began.
func TestSubscribeBehindWhatIsBeingAnswered(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	b.announce(2)
	b.hub.Committed(4)
	start, _, hold := b.sub.Subscribe("")
	hold.Release()
	if b.sub.Cursor() != start {
		t.Error("the cursor is not that of the beginning")
	}
	if again, reset, hold := b.sub.Subscribe(start); reset || again != start {
		t.Error("it cannot be continued from its beginning")
	} else {
		hold.Release()
	}
	held := b.sub.Hold()
	b.announce(2) // 3 and 4
	held.Release()
	b.announce(1)
	want(t, b.out.take(), seqs(5, 5))
}

// A connection without a subscription is told no cursor before what somebody has
// been answered already.
func TestCursorBehindWhatIsBeingAnswered(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	b.announce(2)
	b.hub.Committed(4)
	cursor := b.sub.Cursor()
	_, _, hold := b.sub.Subscribe(cursor)
	hold.Release()
	b.announce(2) // 3 and 4
	b.announce(1)
	want(t, b.out.take(), seqs(5, 5))
}

func TestSubscribeFromACursorLeavesNoHoleAndNoDouble(t *testing.T) {
	t.Run("along trails", func(t *testing.T) { subscribeFromACursor(t, false) })
	t.Run("at once", func(t *testing.T) { subscribeFromACursor(t, true) })
}

func subscribeFromACursor(t *testing.T, few bool) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1000)
		defer b.close()
		b.edits = true
		b.log.few = few
		b.announce(3)
		cursor := b.hub.Cursor()
		b.announce(4)
		b.log.gate = make(chan struct{})
		_, _, hold := b.sub.Subscribe(cursor)
		hold.Release()
		synctest.Wait() // the replay stands before the store
		b.announce(5)
		want(t, b.out.take(), nil)
		close(b.log.gate)
		synctest.Wait()
		b.announce(1)
		want(t, b.out.take(), seqs(4, 13))
	})
}

// Live events beyond the bound of what is held are read from the store again.
func TestOverflowOfTheHoldIsReadAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 10_000)
		defer b.close()
		b.edits = true
		cursor := b.hub.Cursor()
		b.announce(1)
		b.log.gate = make(chan struct{})
		_, _, hold := b.sub.Subscribe(cursor)
		hold.Release()
		synctest.Wait()
		b.announce(500) // of a kilobyte each
		close(b.log.gate)
		synctest.Wait()
		want(t, b.out.take(), seqs(1, 501))
		if b.log.reads < 2 {
			t.Errorf("%d reads", b.log.reads)
		}
	})
}

// A replay goes at the pace of its reader, and never counts as lagging.
func TestReplayIsPaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 10)
		defer b.close()
		cursor := b.hub.Cursor()
		b.announce(1000)
		_, _, hold := b.sub.Subscribe(cursor)
		hold.Release()
		var got []string
		for len(got) < 1000 {
			synctest.Wait()
			part := b.out.take()
			if len(part) == 0 || len(part) > 10 {
				t.Fatalf("%d at once after %d", len(part), len(got))
			}
			got = append(got, part...)
		}
		want(t, got, seqs(1, 1000))
	})
}

// A reader that is too slow for the live tail is told from where to subscribe
// again, gets nothing more, and loses nothing.
func TestLaggingReaderResumes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 5)
		defer b.close()
		b.edits = true
		_, _, hold := b.sub.Subscribe("")
		hold.Release()
		b.announce(9)
		cursor := b.sub.Cursor()
		want(t, b.out.take(), append(seqs(1, 5), "lagging"))
		b.announce(1)
		want(t, b.out.take(), nil)
		_, reset, hold := b.sub.Subscribe(cursor)
		hold.Release()
		synctest.Wait()
		want(t, b.out.take(), seqs(6, 10)[:3]) // half of the room, and one
		synctest.Wait()
		want(t, b.out.take(), seqs(9, 10))
		if reset {
			t.Error("reset")
		}
	})
}

// While something else holds delivery, as the answer of a batch does, nothing
// passes it; what it held comes in order behind.
func TestHold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1000)
		defer b.close()
		_, _, hold := b.sub.Subscribe("")
		hold.Release()
		first, second := b.sub.Hold(), b.sub.Hold()
		b.announce(300)
		before := b.sub.Cursor()
		first.Release()
		synctest.Wait()
		want(t, b.out.take(), nil)
		second.Release()
		synctest.Wait()
		want(t, b.out.take(), seqs(1, 300))
		if before == b.sub.Cursor() {
			t.Error("the cursor ran ahead of what was sent")
		}
	})
}

// A subscription that replaces another one, while that is catching up, gets
// nothing of it, and keeps its place.
func TestOvertakenReplayHasNoEffect(t *testing.T) {
	for _, empty := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newBench(t, 100)
			defer b.close()
			b.edits = true
			first := b.hub.Cursor()
			b.announce(3)
			b.log.gate, b.log.empty = make(chan struct{}), empty
			_, _, hold := b.sub.Subscribe(first)
			hold.Release()
			synctest.Wait() // it stands before the store
			b.announce(4)
			start, _, hold := b.sub.Subscribe("")
			close(b.log.gate)
			synctest.Wait()
			want(t, b.out.take(), nil)
			if got := b.sub.Cursor(); got != start {
				t.Error("its place was moved")
			}
			hold.Release()
			b.announce(1)
			want(t, b.out.take(), seqs(8, 8))
		})
	}
}

// However often a connection subscribes, it reads the store once at a time.
func TestSubscribingAgainAndAgainReadsOnceAtATime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 100)
		defer b.close()
		b.edits = true
		first := b.hub.Cursor()
		b.announce(5)
		b.log.gate = make(chan struct{})
		for range 1000 {
			_, _, hold := b.sub.Subscribe(first)
			hold.Release()
		}
		synctest.Wait()
		if b.log.reads != 1 {
			t.Errorf("%d reads at once", b.log.reads)
		}
		close(b.log.gate)
		synctest.Wait()
		want(t, b.out.take(), seqs(1, 5))
	})
}

// What was held and finds no room is read from the store, at the pace of the
// reader.
func TestHeldEventsThatFindNoRoomComeLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 4)
		defer b.close()
		_, _, hold := b.sub.Subscribe("")
		b.announce(20)
		hold.Release()
		var got []string
		for len(got) < 20 {
			synctest.Wait()
			part := b.out.take()
			if len(part) == 0 {
				break
			}
			got = append(got, part...)
		}
		want(t, got, seqs(1, 20))
	})
}

// A subscription that ends while it is catching up can be resumed from where
// it was.
func TestUnsubscribeWhileCatchingUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 100)
		defer b.close()
		b.edits = true
		first := b.hub.Cursor()
		b.announce(5)
		b.log.gate = make(chan struct{})
		_, _, hold := b.sub.Subscribe(first)
		hold.Release()
		synctest.Wait()
		if got := b.sub.Unsubscribe(); got != first {
			t.Error("the cursor is beyond what was sent")
		}
		close(b.log.gate)
		synctest.Wait()
		want(t, b.out.take(), nil)
		if got := b.sub.Unsubscribe(); got != b.hub.Cursor() {
			t.Error("without a subscription it is not the end of the log")
		}
	})
}

// A connection that follows another session than at first ends with that one.
func TestRebind(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	b.sub.Rebind("s:2")
	b.hub.EndSessions([]string{"s:1"}, nil)
	if b.out.gone || b.hub.Present("s:1") || !b.hub.Present("s:2") {
		t.Error("it stayed with the first session")
	}
	b.hub.EndSessions([]string{"s:2"}, nil)
	if !b.out.gone {
		t.Error("it did not end with the second")
	}
}

func TestHoldOfAnEarlierSubscriptionHasNoEffect(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	_, _, old := b.sub.Subscribe("")
	_, _, hold := b.sub.Subscribe("")
	old.Release()
	b.announce(1)
	want(t, b.out.take(), nil)
	hold.Release()
	want(t, b.out.take(), seqs(1, 1))
}

func TestCursorsThatCannotBeContinuedFrom(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	b.announce(1)
	cursors, err := hub.NewCursors(store.Head{Epoch: "epoch", CursorKey: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	other, err := hub.NewCursors(store.Head{Epoch: "other", CursorKey: make([]byte, 16)})
	if err != nil {
		t.Fatal(err)
	}
	for name, cursor := range map[string]string{
		"not one": "x", "of no log": strings.Repeat("A", 22), "of another epoch": other.Cursor(1), "beyond the head": cursors.Cursor(2),
	} {
		start, reset, _ := b.sub.Subscribe(cursor)
		if !reset || start != cursors.Cursor(1) {
			t.Errorf("a cursor %s: reset %v", name, reset)
		}
	}
	if start, reset, _ := b.sub.Subscribe(cursors.Cursor(1)); reset || start != cursors.Cursor(1) {
		t.Error("a good cursor was refused")
	}
}

// What has been answered can be continued from, also before it is announced.
func TestPlaceOfWhatIsBeingAnswered(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	b.announce(1)
	b.hub.Committed(3)
	if end := b.hub.End(); end != 3 {
		t.Errorf("the end is %d", end)
	}
	if place, ok := b.hub.Place(b.hub.Cursors().Cursor(3)); !ok || place != 3 {
		t.Errorf("the end cannot be continued from: %d %v", place, ok)
	}
	for _, cursor := range []string{b.hub.Cursors().Cursor(4), "", "x"} {
		if place, ok := b.hub.Place(cursor); ok {
			t.Errorf("%q is the place %d", cursor, place)
		}
	}
}

// Each event has its name on the wire, and its cursor.
func TestEventsOnTheWire(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	out := &rawOutbox{}
	sub, err := b.hub.Join("bo", "s:3", out)
	if err != nil {
		t.Fatal(err)
	}
	_, _, hold := sub.Subscribe("")
	hold.Release()
	yes := true
	bo := []string{"bo"}
	b.hub.Announce([]store.Event{
		{Place: 1, Audience: bo, Message: &protocol.Message{Seq: 1}},
		{Place: 2, Audience: bo, Message: &protocol.Message{Seq: 1, Rev: 2, Deleted: true}, Updated: true},
		{Place: 3, Audience: []string{"bo"}, Read: &protocol.ReadEvent{Conversation: "c:1", Username: "bo", Seq: 1}},
		{Place: 4, Audience: []string{"cy"}, Read: &protocol.ReadEvent{Conversation: "c:1", Username: "cy", Seq: 1}},
		{Place: 5, Audience: bo, Conversation: &protocol.ConversationEvent{Conversation: "c:1",
			Change: protocol.PreferencesChanged, Username: "bo", Muted: &yes, Pinned: new(bool)}},
	})
	cursor := b.hub.Cursors().Cursor
	message := `{"conversation":"","seq":1,"rev":%d,"sender":"","at":"1970-01-01T00:00:00.000Z"%s}`
	want(t, out.got, []string{
		`{"jsonrpc":"2.0","method":"message","params":{"message":` + fmt.Sprintf(message, 0, "") + `,"cursor":"` + cursor(1) + `"}}`,
		`{"jsonrpc":"2.0","method":"message_updated","params":{"message":` + fmt.Sprintf(message, 2, `,"deleted":true`) + `,"cursor":"` + cursor(2) + `"}}`,
		`{"jsonrpc":"2.0","method":"read","params":{"conversation":"c:1","username":"bo","seq":1,"cursor":"` + cursor(3) + `"}}`,
		`{"jsonrpc":"2.0","method":"conversation","params":{"conversation":"c:1","change":"preferences","kind":"",` +
			`"username":"bo","muted":true,"pinned":false,"cursor":"` + cursor(5) + `"}}`,
	})
}

// rawOutbox keeps frames as they are.
type rawOutbox struct {
	fakeOutbox
	got []string
}

func (o *rawOutbox) OfferAll(frames [][]byte) int {
	for _, frame := range frames {
		o.got = append(o.got, string(frame))
	}
	return len(frames)
}

func TestEndedSessionsAreCutOff(t *testing.T) {
	b := newBench(t, 100)
	defer b.close()
	other := &fakeOutbox{limit: 1}
	other.room.L = &other.mu
	asked, err := b.hub.Join("ana", "s:1", other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.hub.Join("ana", "s:2", other); err != hub.ErrTooMany {
		t.Errorf("a third connection: %v", err)
	}
	if !b.hub.EndSessions([]string{"s:1"}, asked) {
		t.Error("the one that asked was not found")
	}
	if !b.out.gone || other.gone {
		t.Error("the wrong connection was cut")
	}
	asked.Leave()
	if b.hub.Present("s:1") {
		t.Error("still present")
	}
}
