package chatclient_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
	"asappchat/server/servertest"
)

// mirrored is a mirror that is kept up to date in the background.
type mirrored struct {
	*chatclient.Mirror
	t      *testing.T
	client *chatclient.Client
	moved  chan chatclient.Change
	stop   func() // and wait for the end
}

// mirror follows the changes of a client until the test ends, or stop.
func mirror(t *testing.T, c *chatclient.Client, options *chatclient.MirrorOptions) *mirrored {
	t.Helper()
	m, err := chatclient.NewMirror(c, options)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	x := &mirrored{Mirror: m, t: t, client: c, moved: make(chan chatclient.Change, 1000)}
	ended := make(chan struct{})
	x.stop = func() { cancel(); <-ended }
	t.Cleanup(x.stop)
	go func() { // until stop
		defer close(ended)
		for change, err := range m.Changes(ctx) {
			if err != nil {
				return
			}
			x.moved <- change
		}
	}()
	<-x.moved
	return x
}

// await waits until a conversation is as it should be.
func (m *mirrored) await(with string, good func(protocol.Conversation) bool) protocol.Conversation {
	m.t.Helper()
	late := time.After(20 * time.Second)
	for {
		c, ok := m.Conversation(with)
		if ok && good(c) {
			return c
		}
		select {
		case <-m.moved:
		case <-late:
			m.t.Fatalf("%s is %+v", with, c)
		}
	}
}

// must calls a method that must succeed.
func must[P, R any](t *testing.T, c *chatclient.Client, method protocol.Method[P, R], params P) R {
	t.Helper()
	r, err := chatclient.Call(t.Context(), c, method, params)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func say(t *testing.T, c *chatclient.Client, to string, bodies ...string) (last protocol.SendResult) {
	t.Helper()
	for _, body := range bodies {
		last = must(t, c, protocol.Send, protocol.SendParams{To: to, Body: body})
	}
	return last
}

// fresh holds that a mirror shows what a fresh login is shown.
func (m *mirrored) fresh() {
	m.t.Helper()
	want := must(m.t, m.client, protocol.Conversations, protocol.ConversationsParams{}).Conversations
	if diff := cmp.Diff(want, m.Home()); diff != "" {
		m.t.Error(diff)
	}
}

func TestMirrorCountsWhatItSawAndAsksForTheRest(t *testing.T) {
	s := servertest.New(t)
	ana, bo := as(t, s, "ana", chatclient.Options{}), as(t, s, "bo", chatclient.Options{})
	say(t, ana, "bo", "one", "two", "three")
	m := mirror(t, bo, nil)
	say(t, ana, "bo", "four", "five")
	m.await("ana", func(c protocol.Conversation) bool { return c.Unread == 5 })
	must(t, ana, protocol.Delete, protocol.DeleteParams{With: "bo", Seq: 4}) // which it saw
	m.await("ana", func(c protocol.Conversation) bool { return c.Unread == 4 })
	must(t, ana, protocol.Delete, protocol.DeleteParams{With: "bo", Seq: 1}) // which it never saw
	m.await("ana", func(c protocol.Conversation) bool { return c.Unread == 3 })
	must(t, bo, protocol.Read, protocol.ReadParams{With: "ana", Seq: 2})
	m.await("ana", func(c protocol.Conversation) bool { return c.ReadSeq == 2 && c.Unread == 2 })
	say(t, bo, "ana", "enough")
	m.await("ana", func(c protocol.Conversation) bool { return c.ReadSeq == 6 && c.Unread == 0 })
	m.fresh()
}

// Who comes to a group has read what was said before, which nobody shows them.
func TestMirrorOfANewcomer(t *testing.T) {
	s := servertest.New(t)
	ana, bo := as(t, s, "ana", chatclient.Options{}), as(t, s, "bo", chatclient.Options{})
	m := mirror(t, bo, nil)
	id := must(t, ana, protocol.Create, protocol.CreateParams{Name: "group", Members: []string{}}).Conversation.ID
	say(t, ana, id, "one", "two")
	must(t, ana, protocol.Invite, protocol.MemberParams{With: id, Username: "bo"})
	m.await(id, func(c protocol.Conversation) bool { return c.LastSeq == 0 })
	if markers, err := m.Markers(t.Context(), id); err != nil || !cmp.Equal(markers, map[string]int64{"ana": 2, "bo": 2}) {
		t.Error(markers, err)
	}
	say(t, ana, id, "three")
	m.await(id, func(c protocol.Conversation) bool { return c.LastSeq == 3 && c.ReadSeq == 2 && c.Unread == 1 })
	m.fresh()
}

func TestMirrorGoesOnFromItsState(t *testing.T) {
	s := servertest.New(t)
	ana, bo := as(t, s, "ana", chatclient.Options{}), as(t, s, "bo", chatclient.Options{})
	cy := as(t, s, "cy", chatclient.Options{})
	say(t, ana, "bo", "one", "two", "three")
	say(t, cy, "bo", "hello")
	group := must(t, ana, protocol.Create, protocol.CreateParams{Name: "group", Members: []string{"bo"}}).Conversation.ID
	options := chatclient.MirrorOptions{Messages: 10}
	m := mirror(t, bo, &options)
	if got, err := m.Messages(t.Context(), "ana"); err != nil || len(got) != 3 {
		t.Fatal(got, err)
	}
	m.stop()
	var err error
	if options.State, err = m.State(); err != nil {
		t.Fatal(err)
	}

	must(t, ana, protocol.Edit, protocol.EditParams{With: "bo", Seq: 1, Body: "1"})
	must(t, ana, protocol.Remove, protocol.MemberParams{With: group, Username: "bo"})
	say(t, ana, "bo", "four")
	s.Restart()

	m = mirror(t, bo, &options)
	m.fresh()
	if _, there := m.Conversation(group); there {
		t.Error("a group that was left is there")
	}
	messages, err := m.Messages(t.Context(), "ana")
	var bodies []string
	for _, message := range messages {
		bodies = append(bodies, message.Body)
	}
	if want := []string{"1", "two", "three", "four"}; err != nil || !cmp.Equal(want, bodies) {
		t.Error(bodies, err)
	}
	options.State = []byte(strings.Replace(string(options.State), `"bo"`, `"cy"`, 1))
	if _, err := chatclient.NewMirror(bo, &options); err == nil {
		t.Error("another user's state was taken")
	}
}

func TestMirrorTellsChangesInOrder(t *testing.T) {
	s := servertest.New(t)
	ana, bo := as(t, s, "ana", chatclient.Options{}), as(t, s, "bo", chatclient.Options{})
	m := mirror(t, bo, nil)
	id := say(t, ana, "bo", "one", "two").Conversation
	must(t, ana, protocol.React, protocol.ReactParams{With: "bo", Seq: 1, Emoji: "👍"})
	must(t, bo, protocol.Read, protocol.ReadParams{With: "ana", Seq: 2})
	for _, want := range []string{"protocol.ConversationEvent", "protocol.MessageEvent", "protocol.MessageEvent", "chatclient.Updated", "protocol.ReadEvent"} {
		change := <-m.moved
		if got := fmt.Sprintf("%T", change.Event); got != want || change.Conversation != id {
			t.Errorf("got %s of %q, want %s", got, change.Conversation, want)
		}
	}
}

func TestMirrorKnowsHowFarOthersHaveRead(t *testing.T) {
	s := servertest.New(t)
	ana, bo := as(t, s, "ana", chatclient.Options{}), as(t, s, "bo", chatclient.Options{})
	m := mirror(t, ana, nil)
	say(t, ana, "bo", "one", "two", "three")
	must(t, bo, protocol.Read, protocol.ReadParams{With: "ana", Seq: 1})
	m.await("bo", func(c protocol.Conversation) bool { return c.LastSeq == 3 })
	read := func() map[string]int64 {
		markers, err := m.Markers(t.Context(), "bo")
		if err != nil {
			t.Fatal(err)
		}
		return markers
	}
	if diff := cmp.Diff(map[string]int64{"ana": 3, "bo": 1}, read()); diff != "" {
		t.Error(diff)
	}
	say(t, bo, "ana", "four")
	m.await("bo", func(c protocol.Conversation) bool { return c.LastSeq == 4 })
	if diff := cmp.Diff(map[string]int64{"ana": 3, "bo": 4}, read()); diff != "" {
		t.Error(diff)
	}
	if _, err := m.Markers(t.Context(), "cy"); !errors.Is(err, &protocol.Error{Kind: protocol.NotFound}) {
		t.Error(err)
	}
}

func TestMirrorIsReadAnewAfterAReset(t *testing.T) {
	s := servertest.New(t)
	ana, bo := as(t, s, "ana", chatclient.Options{}), as(t, s, "bo", chatclient.Options{})
	say(t, ana, "bo", "one")
	m := mirror(t, bo, nil)
	m.stop()
	state, err := m.State()
	if err != nil {
		t.Fatal(err)
	}
	other := servertest.New(t) // another log
	bo = as(t, other, "bo", chatclient.Options{})
	m = mirror(t, bo, &chatclient.MirrorOptions{State: state})
	if home := m.Home(); len(home) != 0 {
		t.Errorf("got %+v", home)
	}
}
