package hub_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/store"
)

// town is a hub with people who may see each other, unless a test says else.
type town struct {
	t   *testing.T
	hub *hub.Hub

	mu     sync.Mutex
	apart  map[string]bool // pairs, "viewer user"
	asked  int             // how often the store was asked
	failed error           // of the store
	reads  func()          // called when the store has been read
}

const lastSeen = 12345 // in the town's store

func newTown(t *testing.T) *town {
	w := &town{t: t, apart: map[string]bool{}}
	var err error
	w.hub, err = hub.New(t.Context(), &fakeLog{}, hub.Options{
		Frame: func(m []byte) []byte { return m }, Connections: 50, Seen: w.seen, Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func (w *town) seen(_ context.Context, viewer string, usernames []string) (map[string]protocol.Time, error) {
	seen := make(map[string]protocol.Time)
	w.mu.Lock()
	w.asked++
	for _, name := range usernames {
		if !w.apart[viewer+" "+name] {
			seen[name] = lastSeen
		}
	}
	err, reads := w.failed, w.reads
	w.mu.Unlock()
	if reads != nil {
		reads()
	}
	return seen, err
}

// part says whether a viewer may no longer see a user.
func (w *town) part(viewer, username string, parted bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.apart[viewer+" "+username] = parted
}

// device is a connection, and what it was told.
type device struct {
	*hub.Subscriber
	town *town
	out  *slowOutbox
}

// slowOutbox keeps the ephemeral events that it took, and counts those offered.
type slowOutbox struct {
	fakeOutbox
	full    bool
	offered int
	events  []string
}

func (o *slowOutbox) OfferSpare(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.offered++
	if !o.full {
		_, event, _ := strings.Cut(string(frame), `"method":`)
		o.events = append(o.events, event)
	}
	return !o.full
}

func (w *town) connect(username string) *device {
	w.t.Helper()
	d := &device{town: w, out: &slowOutbox{fakeOutbox: fakeOutbox{limit: 100}}}
	d.out.room.L = &d.out.mu
	s, err := w.hub.Join(username, "s:"+username, d.out)
	if err != nil {
		w.t.Fatal(err)
	}
	d.Subscriber = s
	return d
}

func (d *device) subscribe() *device {
	_, _, hold := d.Subscribe("")
	hold.Release()
	return d
}

// watch returns the states of users.
func (d *device) watch(usernames ...string) (states []protocol.PresenceState) {
	d.town.t.Helper()
	answer, hold, err := d.Watch(d.town.t.Context(), usernames)
	if err != nil {
		d.town.t.Fatal(err)
	}
	hold.Release()
	for i, p := range answer {
		if p.Username != usernames[i] {
			d.town.t.Errorf("%d is %s, not %s", i, p.Username, usernames[i])
		}
		states = append(states, p.State)
	}
	return states
}

// told makes sure of what a device was told since the last time, as "bo online".
func (d *device) told(want ...string) {
	d.town.t.Helper()
	d.out.mu.Lock()
	defer d.out.mu.Unlock()
	var got []string
	for _, e := range d.out.events {
		_, username, _ := strings.Cut(e, `"username":"`)
		username, rest, _ := strings.Cut(username, `"`)
		_, state, isState := strings.Cut(rest, `"state":"`)
		if state, _, _ = strings.Cut(state, `"`); isState {
			got = append(got, username+" "+state)
		} else {
			_, on, _ := strings.Cut(rest, `"on":`)
			got = append(got, username+" types "+strings.TrimRight(on, "}"))
		}
	}
	d.out.events = nil
	if diff := cmp.Diff(want, got); diff != "" {
		d.town.t.Errorf("told (-want +got):\n%s", diff)
	}
}

func (d *device) jam(full bool) {
	d.out.mu.Lock()
	defer d.out.mu.Unlock()
	d.out.full = full
}

// bubble runs a test in a town of its own, in a bubble of time.
func bubble(t *testing.T, test func(*town)) {
	synctest.Test(t, func(t *testing.T) {
		w := newTown(t)
		test(w)
		w.hub.Wait()
	})
}

// after lets time pass, and everything that is due happen.
func after(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

const (
	moment = 300 * time.Millisecond // more than a round
	grace  = 5 * time.Second
)

// A user is online when any of their connections is, away when all are, and
// offline when there is none.
func TestPresenceOfDevices(t *testing.T) {
	bubble(t, func(w *town) {
		ana := w.connect("ana").subscribe()
		if got := ana.watch("bo", "cy", "bo"); got[0] != protocol.Offline || got[2] != protocol.Offline {
			t.Errorf("at first: %v", got)
		}
		phone := w.connect("bo")
		after(moment)
		ana.told("bo online")
		laptop := w.connect("bo")
		phone.SetAway(true)
		after(grace)
		ana.told()
		laptop.SetAway(true)
		after(moment)
		ana.told("bo away")
		after(grace)
		phone.SetAway(false)
		phone.SetAway(false)
		after(moment)
		ana.told("bo online")
		if got := ana.watch("bo"); got[0] != protocol.Online {
			t.Errorf("in between: %v", got)
		}
		phone.Leave()
		after(grace - time.Second)
		ana.told()
		after(time.Second + moment)
		ana.told("bo away")
		laptop.Leave()
		left := time.Now()
		after(grace + moment)
		ana.out.mu.Lock()
		if want := protocol.TimeOf(left).String(); len(ana.out.events) != 1 || !strings.Contains(ana.out.events[0], want) {
			t.Errorf("no %s in %v", want, ana.out.events)
		}
		ana.out.mu.Unlock()
		ana.told("bo offline")
	})
}

// Devices that come and go every few seconds are nothing to tell, and nobody
// sees a difference meanwhile.
func TestFlappingDeviceTellsNobody(t *testing.T) {
	bubble(t, func(w *town) {
		ana := w.connect("ana").subscribe()
		ana.watch("bo")
		first := w.connect("bo")
		after(moment)
		ana.told("bo online")
		first.Leave()
		for range 100 {
			after(grace - time.Second)
			d := w.connect("bo")
			after(time.Second)
			d.Leave()
			if got := ana.watch("bo"); got[0] != protocol.Online {
				t.Fatalf("between two: %v", got)
			}
		}
		ana.told()
		after(grace + moment)
		ana.told("bo offline")
	})
}

// Changes of one user are told every two seconds, at most, and only the last.
func TestChangesOfPresenceCollapse(t *testing.T) {
	bubble(t, func(w *town) {
		ana, bo := w.connect("ana").subscribe(), w.connect("bo")
		ana.watch("bo")
		for i := range 21 {
			bo.SetAway(i%2 == 0)
			after(moment)
		}
		after(grace)
		ana.out.mu.Lock()
		got := ana.out.events
		ana.out.mu.Unlock()
		if n := len(got); n < 3 || n > 5 || !strings.Contains(got[n-1], `"away"`) {
			t.Errorf("of 21 changes in 6.3 s were told: %v", got)
		}
	})
}

// What it costs to tell follows those who watch, not those who are there.
func TestPresenceCostsWatchersAlone(t *testing.T) {
	bubble(t, func(w *town) {
		var all []*device
		for i := range 10_000 {
			all = append(all, w.connect(fmt.Sprintf("user-%d", i)).subscribe())
		}
		for _, d := range all[:3] {
			d.watch("bo", "user-7")
		}
		after(grace)
		w.asked = 0
		w.connect("bo")
		after(grace)
		offered := 0
		for _, d := range all {
			offered += d.out.offered
		}
		if offered != 3 || w.asked != 0 {
			t.Errorf("offered %d times, and asked the store %d times", offered, w.asked)
		}
		all[0].told("bo online")
	})
}

// A reader who is behind is told nothing ephemeral, does not lag for it, and is
// told the last state when there is room again.
func TestSlowReaderIsToldTheLastState(t *testing.T) {
	bubble(t, func(w *town) {
		ana, bo := w.connect("ana").subscribe(), w.connect("bo")
		ana.watch("bo", "cy")
		ana.jam(true)
		for range 4 {
			bo.SetAway(true)
			after(3 * time.Second)
			bo.SetAway(false)
			after(3 * time.Second)
		}
		bo.SetAway(true)
		after(time.Minute)
		w.hub.Type(protocol.TypingEvent{Conversation: "c:1", Username: "bo", On: true}, []string{"ana"})
		if offered := ana.out.offered; offered > 100 {
			t.Errorf("offered %d times", offered)
		}
		ana.told()
		if got := ana.out.take(); len(got) != 0 {
			t.Errorf("lagged: %v", got)
		}
		ana.jam(false)
		after(time.Second + moment)
		ana.told("bo away")
	})
}

// Who is not subscribed, or whose delivery is held, is told when that ends.
func TestPresenceWaitsForSubscription(t *testing.T) {
	bubble(t, func(w *town) {
		ana := w.connect("ana")
		ana.watch("bo")
		w.connect("bo")
		after(time.Minute)
		ana.told()
		_, _, hold := ana.Subscribe("")
		after(time.Minute)
		ana.told()
		hold.Release()
		after(time.Second + moment)
		ana.told("bo online")
	})
}

// Whom a connection watches takes the place of whom it watched before, and
// nobody is watched by who has left.
func TestWatchReplaces(t *testing.T) {
	bubble(t, func(w *town) {
		ana := w.connect("ana").subscribe()
		ana.watch("bo", "cy")
		ana.watch("cy", "dee")
		w.connect("bo")
		w.connect("dee")
		after(moment)
		ana.told("dee online")
		ana.watch()
		w.connect("cy")
		after(moment)
		ana.told()
		ana.watch("eve")
		ana.Leave()
		ana.Leave()
		after(moment)
		ana.watch("eve")
		w.mu.Lock()
		w.asked = 0
		w.mu.Unlock()
		announce(w, protocol.Left, "eve")
		w.connect("zed").watch("zed")
		announce(w, protocol.Left, "eve")
		after(moment)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.asked != 1 {
			t.Errorf("the store was asked %d times, of somebody who is gone", w.asked)
		}
	})
}

// What somebody may no longer see ends at once, and looks as if the user had
// gone; what they may see again is told.
func TestRightsAreJudgedAgain(t *testing.T) {
	judge := func(username string) func(*town) {
		return func(w *town) { w.hub.JudgeAgain(username) }
	}
	log := func(change protocol.Change, username string, audience ...string) func(*town) {
		return func(w *town) { announce(w, change, username, audience...) }
	}
	for name, c := range map[string]struct{ end, begin func(w *town) }{
		"a block or privacy":         {judge("bo"), judge("bo")},
		"of the viewer":              {judge("ana"), judge("ana")},
		"who left and joins":         {log(protocol.Left, "bo"), log(protocol.Joined, "bo")},
		"the viewer left and joins":  {log(protocol.Left, "ana"), log(protocol.Joined, "ana")},
		"left, and another is new":   {log(protocol.Left, "bo"), log(protocol.Created, "", "zed", "bo")},
		"left, and came back before": {func(w *town) { log(protocol.Left, "bo")(w); log(protocol.Joined, "bo")(w) }, judge("ana")},
	} {
		t.Run(name, func(t *testing.T) {
			bubble(t, func(w *town) {
				ana, bo := w.connect("ana").subscribe(), w.connect("bo")
				ana.watch("bo", "cy")
				w.part("ana", "bo", true)
				bo.SetAway(true)
				c.end(w)
				after(moment)
				ana.out.mu.Lock()
				if len(ana.out.events) == 1 && strings.Contains(ana.out.events[0], "last_seen_at") {
					t.Errorf("told when: %v", ana.out.events)
				}
				ana.out.mu.Unlock()
				ana.told("bo offline")
				bo.SetAway(false)
				after(grace)
				ana.told()
				w.part("ana", "bo", false)
				c.begin(w)
				after(moment)
				ana.told("bo online")
			})
		})
	}
}

func announce(w *town, change protocol.Change, username string, audience ...string) {
	w.hub.Announce([]store.Event{{Place: 1, Audience: audience,
		Conversation: &protocol.ConversationEvent{Change: change, Username: username}}})
}

// Who comes into a conversation can only see more: what they see already is not
// asked again.
func TestComingTogetherAsksLittle(t *testing.T) {
	bubble(t, func(w *town) {
		ana := w.connect("ana")
		ana.watch("bo", "cy")
		w.asked = 0
		announce(w, protocol.Created, "", "ana", "bo", "cy")
		announce(w, protocol.Joined, "ana")
		after(moment)
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.asked != 0 {
			t.Errorf("asked %d times", w.asked)
		}
	})
}

// A right that is taken away while it is being read does not stay.
func TestRightsChangeWhileTheyAreRead(t *testing.T) {
	bubble(t, func(w *town) {
		ana, bo := w.connect("ana").subscribe(), w.connect("bo")
		once := sync.OnceFunc(func() {
			w.part("ana", "bo", true)
			w.hub.JudgeAgain("bo")
		})
		w.reads = once
		if got := ana.watch("bo"); got[0] != protocol.Online {
			t.Errorf("as it was read: %v", got)
		}
		bo.SetAway(true)
		after(moment)
		ana.told("bo offline")
	})
}

// A right that is taken away while a change is about to be told stops it.
func TestRightsChangeWhileOthersAreJudged(t *testing.T) {
	bubble(t, func(w *town) {
		ana, bo := w.connect("ana").subscribe(), w.connect("bo")
		ana.watch("bo", "cy")
		bo.SetAway(false)
		w.connect("dee") // from now on notes wait for the next round
		synctest.Wait()
		bo.SetAway(true)
		announce(w, protocol.Left, "cy")
		gate := make(chan struct{})
		w.mu.Lock()
		w.reads = func() { <-gate }
		w.mu.Unlock()
		after(moment)
		w.part("ana", "bo", true)
		w.hub.JudgeAgain("bo")
		close(gate)
		after(time.Second + moment)
		ana.told("bo offline")
	})
}

// While the store does not answer who may see whom, nothing is told; the
// announcer does not wait for it.
func TestNothingIsToldUnjudged(t *testing.T) {
	bubble(t, func(w *town) {
		ana, bo := w.connect("ana").subscribe(), w.connect("bo")
		ana.watch("bo", "cy")
		w.mu.Lock()
		w.failed = store.ErrUnavailable
		w.mu.Unlock()
		if _, _, err := ana.Watch(t.Context(), []string{"bo"}); err == nil {
			t.Error("no error")
		}
		gate := make(chan struct{})
		w.mu.Lock()
		w.reads = func() { <-gate }
		w.mu.Unlock()
		announce(w, protocol.Left, "bo")
		bo.SetAway(true)
		w.connect("cy")
		synctest.Wait()
		announce(w, protocol.Left, "bo")
		close(gate)
		after(grace)
		ana.told()
		w.mu.Lock()
		w.failed = nil
		w.mu.Unlock()
		after(time.Second + moment)
		ana.out.mu.Lock()
		n := len(ana.out.events)
		ana.out.mu.Unlock()
		if n != 2 {
			t.Errorf("told %d things", n)
		}
	})
}

// A note that is left in the moment in which others are read is not lost, and no
// race.
func TestNotesAreTakenWhole(t *testing.T) {
	bubble(t, func(w *town) {
		ana, cy := w.connect("ana").subscribe(), w.connect("cy")
		ana.watch("cy")
		for i := range 300 {
			w.connect("bo").Leave()
			time.Sleep(grace) // the goroutine wakes in the same moment
			cy.SetAway(i%2 == 0)
			after(grace)
			ana.told("cy " + map[bool]string{true: "away", false: "online"}[i%2 == 0])
		}
	})
}

// Typing is told to those who hear it, every two seconds, and its end once, at
// once.
func TestTyping(t *testing.T) {
	bubble(t, func(w *town) {
		bo, cy := w.connect("bo").subscribe(), w.connect("cy").subscribe()
		w.connect("bo") // is not subscribed
		types := func(username, conversation string, on bool) {
			w.hub.Type(protocol.TypingEvent{Conversation: conversation, Username: username, On: on}, []string{"bo", "nobody"})
		}
		types("ana", "c:1", false)
		bo.told()
		for range 30 {
			types("ana", "c:1", true)
			time.Sleep(100 * time.Millisecond)
		}
		bo.told("ana types true", "ana types true")
		types("ana", "c:2", true)
		types("dee", "c:1", true)
		bo.told("ana types true", "dee types true")
		types("ana", "c:1", false)
		types("ana", "c:1", false)
		types("ana", "c:1", true)
		bo.told("ana types false")
		time.Sleep(2 * time.Second)
		types("ana", "c:1", true)
		time.Sleep(4 * time.Second)
		types("dee", "c:1", false) // has expired
		bo.told("ana types true")
		types("ana", "c:1", false)
		bo.told("ana types false")
		cy.told()
		hold := bo.Hold()
		types("eve", "c:1", true)
		hold.Release()
		bo.told()
	})
}
