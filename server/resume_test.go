package server_test

import (
	"fmt"
	"sync"
	"testing"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

// follower follows ana's events over any number of connections and keeps what
// it saw.
type follower struct {
	t       *testing.T
	server  *servertest.Server
	cursor  string
	lagging int
	seen    map[string]int64 // the last seq of each conversation
	total   int
}

// follow reads events until n messages have come, or the connection ends.
func (f *follower) follow(c *servertest.Client, n int) (ended bool) {
	for f.total < n {
		m, err := c.Next()
		if err != nil {
			return true
		}
		switch {
		case m.Method == "message":
			e := servertest.Decode[protocol.MessageEvent](f.t, m.Params)
			id := e.Message.Conversation
			if want := f.seen[id] + 1; e.Message.Seq != want {
				f.t.Errorf("%s: seq %d, want %d", id, e.Message.Seq, want)
			}
			f.seen[id] = e.Message.Seq
			f.total++
			f.cursor = e.Cursor
		case m.Method == "conversation":
			f.cursor = servertest.Decode[protocol.ConversationEvent](f.t, m.Params).Cursor
		case m.Method == "lagging":
			f.lagging++
			f.cursor = servertest.Decode[protocol.LaggingEvent](f.t, m.Params).Cursor
			c.Call("subscribe", protocol.SubscribeParams{Cursor: f.cursor})
		}
	}
	return false
}

// A device that comes and goes while others write, across restarts of the
// server, sees every message once and in order.
func TestResumeUnderLoadAcrossRestarts(t *testing.T) {
	s := servertest.New(t)
	f := &follower{t: t, server: s, seen: make(map[string]int64)}
	const senders, rounds, each = 5, 4, 100
	c := s.Login("ana")
	f.cursor = servertest.Decode[protocol.SubscribeResult](t, c.Call("subscribe", nil)).Cursor
	c.Close()
	for round := range rounds {
		clients := make([]*servertest.Client, senders)
		for i := range clients {
			clients[i] = s.Login(fmt.Sprintf("sender%d", i))
		}
		c := s.Login("ana")
		var writing sync.WaitGroup
		for i, client := range clients {
			writing.Go(func() {
				for n := range each {
					client.Write(send(n, "ana", fmt.Sprintf("%d from %d", n, i)))
				}
				for range each {
					client.Read()
				}
				client.Close()
			})
		}
		r := servertest.Decode[protocol.SubscribeResult](t, c.Call("subscribe", protocol.SubscribeParams{Cursor: f.cursor}))
		if r.Reset || r.Cursor != f.cursor {
			t.Fatalf("subscribed at %+v, want %s", r, f.cursor)
		}
		// Half of the rounds are left in the middle of what comes.
		f.follow(c, (round+1)*senders*each-round%2*senders*each/2)
		c.Close()
		writing.Wait()
		s.Restart()
	}
	c = s.Login("ana")
	c.Call("subscribe", protocol.SubscribeParams{Cursor: f.cursor})
	f.follow(c, rounds*senders*each)
	if f.total != rounds*senders*each {
		t.Errorf("%d messages, want %d", f.total, rounds*senders*each)
	}
}

// A reader that does not read is told where it fell behind, others are not
// slowed, and it loses nothing.
func TestSlowReaderLagsAndLosesNothing(t *testing.T) {
	const outbox = 256 << 10
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.Outbox = outbox }))
	slow, quick, sender := s.Login("slow"), s.Login("quick"), s.Login("sender")
	sender.Call("create", protocol.CreateParams{Name: "all", Members: []string{"slow", "quick"}})
	slow.Call("subscribe", nil)
	quick.Call("subscribe", nil)
	group := servertest.Decode[protocol.ConversationResult](t, sender.Call("create",
		protocol.CreateParams{Name: "all", Members: []string{"slow", "quick"}})).Conversation.ID
	body := make([]byte, 8<<10)
	for i := range body {
		body[i] = 'x'
	}
	const n = 2000 // 16 MB, more than the sockets between hold
	fast := &follower{t: t, server: s, seen: make(map[string]int64)}
	var reading sync.WaitGroup
	reading.Go(func() { fast.follow(quick, n) })
	for i := range n {
		sender.Write(send(i, group, string(body)))
		sender.Read()
	}
	reading.Wait()
	if fast.total != n {
		t.Errorf("the quick reader got %d", fast.total)
	}
	late := &follower{t: t, server: s, seen: make(map[string]int64)}
	late.follow(slow, n)
	if late.total != n || late.lagging == 0 {
		t.Errorf("the slow reader got %d, lagged %d times", late.total, late.lagging)
	}
}
