package hub_test

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/store"
)

// resume has ana subscribe from a place, and returns what she is told at once.
func (b *bench) resume(t *testing.T, from store.Place) []string {
	t.Helper()
	_, reset, hold := b.sub.Subscribe(b.hub.Cursors().Cursor(from))
	if reset {
		t.Errorf("place %d cannot be continued from", from)
	}
	want(t, b.out.take(), nil) // the answer comes first
	hold.Release()
	return b.out.take()
}

// Who was away for a short time is told without the store, and what happens
// meanwhile comes behind.
func TestShortAbsence(t *testing.T) {
	b := newBench(t, 1000)
	defer b.close()
	b.announce(60)
	want(t, b.resume(t, 0), seqs(1, 60))
	want(t, b.resume(t, 60), nil)
	_, _, hold := b.sub.Subscribe(b.hub.Cursors().Cursor(50))
	b.announce(2)
	hold.Release()
	b.announce(1)
	want(t, b.out.take(), seqs(51, 63))
	if b.sub.Cursor() != b.hub.Cursor() {
		t.Error("the cursor is not that of the end")
	}
	if b.log.reads > 0 {
		t.Errorf("%d reads", b.log.reads)
	}
}

// The store is asked for what is not at hand: what happened before the start,
// what is many, what is long past, and everything when a message was changed.
func TestAbsenceThatTheStoreTellsOf(t *testing.T) {
	for name, play := range map[string]struct {
		begin, from store.Place
		happens     func(b *bench)
		reads       bool
	}{
		"from the start on":    {10, 10, func(b *bench) { b.announce(3) }, false},
		"from before":          {10, 9, func(b *bench) { b.announce(3) }, true},
		"up to the bound":      {0, 12, func(b *bench) { b.announce(112) }, false},
		"beyond the bound":     {0, 0, func(b *bench) { b.announce(129) }, true},
		"more bytes than held": {0, 0, func(b *bench) { b.announce(120) }, true},
		"the end of very many": {0, 19_990, func(b *bench) { b.announce(20_000) }, false},
		"long past": {0, 1, func(b *bench) {
			b.announce(1)
			b.others(20_000)
			b.announce(1)
		}, true},
		"past behind others": {0, 1, func(b *bench) {
			b.announce(1)
			b.others(15_000)
			b.announce(1)
		}, false},
		"a change": {0, 0, func(b *bench) {
			b.announce(1)
			b.edits = true
			b.announce(1)
		}, true},
		"something else": {0, 0, func(b *bench) {
			b.announce(1)
			b.log.places++
			b.hub.Committed(2)
			b.hub.Announce([]store.Event{{Place: 2, Audience: audience, Read: &protocol.ReadEvent{Seq: 1}}})
		}, true},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBenchAt(t, 1000, play.begin)
				defer b.close()
				play.happens(b)
				b.resume(t, play.from)
				synctest.Wait()
				if reads := b.log.reads > 0; reads != play.reads {
					t.Errorf("the store was asked: %v", reads)
				}
			})
		})
	}
}

// others announces events that do not concern ana.
func (b *bench) others(n int) {
	for range n {
		b.log.places++
		b.hub.Committed(b.log.places)
		b.hub.Announce([]store.Event{{Place: b.log.places, Audience: []string{"bo"}, Message: &protocol.Message{}}})
	}
}

// What the index lacks is made in parts: who asks meanwhile is told by the store.
func TestIndexOfTheLatestIsMadeInParts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, 1000)
		defer b.close()
		crowd := []string{"ana"}
		for i := range 3000 {
			crowd = append(crowd, strconv.Itoa(i))
		}
		for place := range store.Place(30) {
			b.hub.Committed(place + 1)
			b.hub.Announce([]store.Event{{Place: place + 1, Audience: crowd, Message: &protocol.Message{Seq: int64(place + 1)}}})
		}
		asked := 0
		for ; asked < 10; asked++ {
			before := b.log.reads
			want(t, b.resumeSlowly(t, 0), seqs(1, 30))
			if b.log.reads == before {
				break
			}
		}
		if asked < 2 || asked > 6 {
			t.Errorf("the store was asked %d times", asked)
		}
	})
}

// resumeSlowly is resume with time for a replay.
func (b *bench) resumeSlowly(t *testing.T, from store.Place) []string {
	t.Helper()
	now := b.resume(t, from)
	synctest.Wait()
	return append(now, b.out.take()...)
}

// Whatever the audiences are, everybody is told of their own events alone, in
// order, and each frame is encoded once for all.
func TestShortAbsencesOfMany(t *testing.T) {
	b := newBench(t, 1000)
	defer b.close()
	names := []string{"ana", "bo", "cy", "di"}
	subs, outs := []*hub.Subscriber{b.sub}, []*fakeOutbox{b.out}
	for _, name := range names[1:] {
		out := &fakeOutbox{limit: 1000}
		out.room.L = &out.mu
		s, err := b.hub.Join(name, "s:"+name, out)
		if err != nil {
			t.Fatal(err)
		}
		defer s.Leave()
		subs, outs = append(subs, s), append(outs, out)
	}
	told := make([][]string, len(names)) // by seq, which is the place
	chance := rand.New(rand.NewPCG(1, 2))
	for place := 1; place <= 5000; place++ {
		var concerned []string
		for i, name := range names {
			if chance.IntN(3) == 0 {
				concerned = append(concerned, name)
				told[i] = append(told[i], strconv.Itoa(place))
			}
		}
		b.hub.Committed(store.Place(place))
		b.hub.Announce([]store.Event{{Place: store.Place(place), Audience: concerned, Message: &protocol.Message{Seq: int64(place)}}})
		if place%7 > 0 {
			continue
		}
		i, from := chance.IntN(len(names)), max(0, place-chance.IntN(200))
		_, _, hold := subs[i].Subscribe(b.hub.Cursors().Cursor(store.Place(from)))
		hold.Release()
		first := slices.IndexFunc(told[i], func(seq string) bool { n, _ := strconv.Atoi(seq); return n > from })
		if first < 0 {
			first = len(told[i])
		}
		want(t, outs[i].take(), told[i][first:])
		subs[i].Unsubscribe()
	}
	if b.log.reads > 0 {
		t.Errorf("%d reads", b.log.reads)
	}
}

// What is kept is bounded in bytes, whatever events are made of, also when their
// frames are made later, and each much larger than its message.
func TestLatestEventsAreBoundedInBytes(t *testing.T) {
	names := make([]string, 50)
	for i := range names {
		names[i] = strings.Repeat(string(rune('a'+i%26)), 30)
	}
	reactions := make([]protocol.Reaction, 20)
	for i := range reactions {
		reactions[i] = protocol.Reaction{Emoji: strconv.Itoa(i), Count: 20, Users: names[:20]}
	}
	for what, e := range map[string]store.Event{
		"bodies":        {Message: &protocol.Message{Body: strings.Repeat("x", 16<<10)}},
		"escapes":       {Message: &protocol.Message{Body: strings.Repeat("\x01", 2<<10)}},
		"mentions":      {Message: &protocol.Message{Mentions: names}},
		"reactions":     {Updated: true, Message: &protocol.Message{Reactions: reactions}},
		"conversations": {Conversation: &protocol.ConversationEvent{Name: strings.Repeat("é", 100), Members: names[:10]}},
		"little":        {Message: &protocol.Message{Body: "x"}},
	} {
		t.Run(what, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBench(t, 1<<20)
				defer b.close()
				tell := func(to string) {
					b.log.places++
					e.Place, e.Audience = b.log.places, []string{to}
					b.hub.Committed(e.Place)
					b.hub.Announce([]store.Event{e})
					b.out.take()
				}
				const users = 100 // ana is here, and the others come back
				for i := range 20_000 {
					tell([]string{"ana", strconv.Itoa(i % users)}[i%2])
				}
				for i := range users {
					b.comeBack(t, strconv.Itoa(i), max(0, b.log.places-400))
				}
				tell("ana")
				counted, are := b.hub.Latest()
				if are > counted || counted > hub.LatestBytes+hub.LatestBytes/8 {
					t.Errorf("%d bytes are counted, there are %d, want at most %d", counted, are, hub.LatestBytes)
				}
			})
		})
	}
}

// comeBack has somebody subscribe from a place, and leave again.
func (b *bench) comeBack(t *testing.T, username string, from store.Place) {
	t.Helper()
	out := &fakeOutbox{limit: 1 << 20}
	out.room.L = &out.mu
	s, err := b.hub.Join(username, "s:"+username, out)
	if err != nil {
		t.Fatal(err)
	}
	_, _, hold := s.Subscribe(b.hub.Cursors().Cursor(from))
	hold.Release()
	synctest.Wait()
	s.Leave()
}
