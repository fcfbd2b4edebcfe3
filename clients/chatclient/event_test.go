package chatclient

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

func TestEventsBeginWhereTheClientLoggedIn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.post("before")
		c := dial(t, f.options())
		f.post("between")
		f.post("later")
		if diff := cmp.Diff([]string{"between", "later"}, hear(t, c, 2)); diff != "" {
			t.Error(diff)
		}
	})
}

func TestEventsBeginAtTheCursor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		for i := range 4 {
			f.post(fmt.Sprint(i))
		}
		o := f.options()
		o.Cursor = "2"
		c := dial(t, o)
		if diff := cmp.Diff([]string{"2", "3"}, hear(t, c, 2)); diff != "" || c.Cursor() != "4" {
			t.Error(c.Cursor(), diff)
		}
	})
}

func TestAResetIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		f.post("one")
		o := f.options()
		o.Cursor = "of another epoch"
		c := dial(t, o)
		events := []any{}
		for event, err := range c.Events(t.Context()) {
			must(t, err)
			if events = append(events, event); len(events) == 1 {
				f.post("two")
				continue
			}
			break
		}
		if events[0] != (Reset{"1"}) || events[1].(protocol.MessageEvent).Message.Body != "two" {
			t.Errorf("got %v", events)
		}
	})
}

// A server that tells the client to be lagging has ended the subscription: the
// client resumes it from the last event that it has, wherever the server
// thinks that it stands.
func TestLagging(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.post("one")
		got := hear(t, c, 1)
		f.mu.Lock()
		f.open[0].subscribed = false
		f.mu.Unlock()
		f.post("missed")
		f.open[0].notify("lagging", protocol.LaggingEvent{Cursor: "1"})
		got = append(got, hear(t, c, 1)...)
		f.post("two")
		got = append(got, hear(t, c, 1)...)
		if diff := cmp.Diff([]string{"one", "missed", "two"}, got); diff != "" || f.dials != 1 {
			t.Error(f.dials, diff)
		}
	})
}

func TestDoublesAreDropped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.post("one")
		got := hear(t, c, 1)
		f.post("two")
		for _, m := range f.log {
			f.open[0].push(m)
		}
		joined := protocol.ConversationEvent{Conversation: room, Change: protocol.Joined, Cursor: "x"}
		f.open[0].notify("conversation", joined)
		f.open[0].notify("conversation", joined)
		f.post("three")
		conversations := 0
		for event, err := range c.Events(t.Context()) {
			must(t, err)
			switch event := event.(type) {
			case protocol.ConversationEvent:
				conversations++
			case protocol.MessageEvent:
				got = append(got, event.Message.Body)
			}
			if len(got) == 3 {
				break
			}
		}
		if diff := cmp.Diff([]string{"one", "two", "three"}, got); diff != "" || conversations != 1 {
			t.Error(conversations, diff)
		}
	})
}

func TestUnknownEventsAndMembersAreIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.post("one")
		got := hear(t, c, 1)
		server := f.open[0]
		server.notify("weather", map[string]any{"rain": true})
		server.write(`{"jsonrpc":"2.0","method":"nothing"}`)
		server.write(`{"jsonrpc":"2.0","method":"message","x":1,"params":{"y":[],"cursor":"2","message":{"conversation":"` + room + `","seq":2,"body":"two","z":{}}}}`)
		got = append(got, hear(t, c, 1)...)
		if diff := cmp.Diff([]string{"one", "two"}, got); diff != "" || f.dials != 1 {
			t.Error(f.dials, diff)
		}
	})
}

// The buffer is bounded; the application that does not read still gets answers
// to its calls, and all events when it reads again.
func TestASlowApplicationIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		o := f.options()
		o.Buffer = 10_000
		c := dial(t, o)
		f.post("first")
		want, got := []string{"first"}, hear(t, c, 1)
		for i := range 500 {
			want = append(want, strconv.Itoa(i)+strings.Repeat("x", 100))
			f.post(want[i+1])
			if i%50 == 0 {
				_, err := Call(t.Context(), c, protocol.Ping, protocol.Empty{})
				must(t, err)
			}
		}
		synctest.Wait()
		if c.inbox.bytes > o.Buffer || f.open[0].subscribed {
			t.Errorf("%d bytes are buffered, subscribed %v", c.inbox.bytes, f.open[0].subscribed)
		}
		if got = append(got, hear(t, c, 500)...); !cmp.Equal(want, got) || f.dials != 1 {
			t.Errorf("%d connections, %s", f.dials, cmp.Diff(want, got))
		}
	})
}

func TestPingKeepsTheCursorFresh(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.post("one")
		hear(t, c, 1)
		f.skip()
		time.Sleep(31 * time.Second) // of the bubble's clock
		if c.Cursor() != "2" {
			t.Errorf("cursor is %q", c.Cursor())
		}
	})
}

// The cursor of a ping is that of the application only when it has all events
// before it.
func TestPingDoesNotPassWhatIsBuffered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		c := dial(t, f.options())
		f.post("one")
		hear(t, c, 1)
		f.post("two")
		f.skip()
		time.Sleep(31 * time.Second) // of the bubble's clock
		if c.Cursor() != "1" {
			t.Errorf("cursor is %q with an event waiting", c.Cursor())
		}
		if hear(t, c, 1); c.Cursor() != "3" {
			t.Errorf("cursor is %q at the end", c.Cursor())
		}
	})
}

func TestEventsNeedALogin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		o := f.options()
		o.Credentials = Credentials{}
		for _, err := range dial(t, o).Events(t.Context()) {
			if kindOfError(err) != protocol.Unauthenticated {
				t.Errorf("got %v", err)
			}
		}
	})
}

func TestEventsEndWithTheirContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		c := dial(t, f.options())
		f.post("one")
		for event, err := range c.Events(ctx) {
			f.post("two")
			cancel()
			if err != nil && (!errors.Is(err, context.Canceled) || event != nil) {
				t.Errorf("got %v, %v", event, err)
			}
		}
		if diff := cmp.Diff([]string{"two"}, hear(t, c, 1)); diff != "" {
			t.Error(diff)
		}
	})
}

// What has no place in the log is told beside the events.
func TestTypingAndPresence(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake(t)
		o := f.options()
		got := []any{}
		o.OnEphemeral = func(event any) { got = append(got, event) }
		c := dial(t, o)
		f.post("one")
		hear(t, c, 1)
		want := []any{
			protocol.TypingEvent{Conversation: room, Username: "bo", On: true},
			protocol.Presence{Username: "bo", State: protocol.Away},
		}
		f.open[0].notify("typing", want[0])
		f.open[0].notify("presence", want[1])
		f.post("two")
		hear(t, c, 1) // behind them
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
	})
}
