package storetest

import (
	"context"
	"errors"
	"fmt"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/store"
)

// test is one case with a store of its own. Its steps end the case when they
// do not succeed.
type test struct {
	tb
	store.Store
	now protocol.Time
	ids int
}

// tb is what a case needs of a test of package testing or rapid.
type tb interface {
	Helper()
	Context() context.Context
	Log(args ...any)
	Error(args ...any)
	Errorf(format string, args ...any)
	Fatal(args ...any)
	Fatalf(format string, args ...any)
}

// tick is a new time, a second after the last one.
func (t *test) tick() protocol.Time {
	t.now += 1000
	return t.now
}

// id is a new conversation id.
func (t *test) id() string {
	t.ids++
	return fmt.Sprintf("c:%022d", t.ids)
}

// commit applies a group, of which mutations may be refused.
func (t *test) commit(group ...store.Mutation) []store.Outcome {
	t.Helper()
	outcomes, err := t.Commit(t.Context(), group)
	if err != nil {
		t.Fatalf("Commit: %v", err)
	}
	if len(outcomes) != len(group) {
		t.Fatalf("Commit: %d outcomes of %d mutations", len(outcomes), len(group))
	}
	return outcomes
}

// must applies one mutation.
func (t *test) must(m store.Mutation) store.Outcome {
	t.Helper()
	o := t.commit(m)[0]
	if o.Err != nil {
		t.Fatalf("%T: %v", m, o.Err)
	}
	return o
}

// refuse applies one mutation that is refused, and changes nothing.
func (t *test) refuse(m store.Mutation, want error) {
	t.Helper()
	before := t.head()
	o := t.commit(m)[0]
	if !errors.Is(o.Err, want) {
		t.Fatalf("%T: error %v, want %v", m, o.Err, want)
	}
	if len(o.Events) != 0 || o.Value != nil {
		t.Fatalf("%T: refused, with %d events and value %v", m, len(o.Events), o.Value)
	}
	if after := t.head(); after.Place != before.Place {
		t.Fatalf("%T: refused, and the log went from %d to %d", m, before.Place, after.Place)
	}
}

func (t *test) head() store.Head {
	t.Helper()
	head, err := t.Head(t.Context())
	if err != nil {
		t.Fatalf("Head: %v", err)
	}
	return head
}

// users opens accounts.
func (t *test) users(names ...string) {
	t.Helper()
	for _, name := range names {
		t.must(&store.CreateUser{User: protocol.User{Username: name}, At: t.tick()})
	}
}

// group opens a group and returns its id.
func (t *test) group(creator string, members ...string) string {
	t.Helper()
	return t.must(t.createGroup(creator, members...)).Value.(protocol.Conversation).ID
}

func (t *test) createGroup(creator string, members ...string) *store.CreateGroup {
	return &store.CreateGroup{ID: t.id(), Creator: creator, Name: "a group", Members: members, At: t.tick()}
}

// message is a mutation that sends a text, without a client id.
func (t *test) message(sender, to, body string) *store.Append {
	return &store.Append{To: to, NewID: t.id(), Message: protocol.Message{Sender: sender, Body: body, At: t.tick()}}
}

// send sends a text.
func (t *test) send(sender, to, body string) protocol.SendResult {
	t.Helper()
	return t.must(t.message(sender, to, body)).Value.(protocol.SendResult)
}

// sends sends several texts, in one group.
func (t *test) sends(sender, to string, bodies ...string) {
	t.Helper()
	var group []store.Mutation
	for _, body := range bodies {
		group = append(group, t.message(sender, to, body))
	}
	for i, o := range t.commit(group...) {
		if o.Err != nil {
			t.Fatalf("send %q: %v", bodies[i], o.Err)
		}
	}
}

func (t *test) add(actor, with, username string) store.Outcome {
	t.Helper()
	return t.must(&store.AddMember{Actor: actor, With: with, Username: username, At: t.tick(), Max: 1000})
}

// leave ends a user's own membership.
func (t *test) leave(with, username string) store.Outcome {
	t.Helper()
	return t.remove(username, with, username)
}

func (t *test) remove(actor, with, username string) store.Outcome {
	t.Helper()
	return t.must(&store.RemoveMember{Actor: actor, With: with, Username: username, At: t.tick()})
}

func (t *test) home(viewer string, page store.HomePage) store.Home {
	t.Helper()
	h, err := t.Home(t.Context(), viewer, page)
	if err != nil {
		t.Fatalf("Home of %s: %v", viewer, err)
	}
	return h
}

func (t *test) conversation(viewer, with string) protocol.Conversation {
	t.Helper()
	c, err := t.Conversation(t.Context(), viewer, with)
	if err != nil {
		t.Fatalf("Conversation of %s with %s: %v", viewer, with, err)
	}
	return c
}

// everything is a page of all that there is.
var everything = store.Page{From: 1, To: 1 << 40, Limit: 1 << 20, Bytes: 1 << 40}

func (t *test) history(viewer, with string, page store.Page) store.History {
	t.Helper()
	h, err := t.History(t.Context(), viewer, with, page)
	if err != nil {
		t.Fatalf("History of %s with %s: %v", viewer, with, err)
	}
	return h
}

// bodies are the texts that a viewer can read in a conversation.
func (t *test) bodies(viewer, with string) []string {
	t.Helper()
	bodies := []string{}
	for _, m := range t.history(viewer, with, everything).Messages {
		bodies = append(bodies, m.Body)
	}
	return bodies
}

// equal compares; what says what, in a word or two.
func (t *test) equal(what string, got, want any) {
	t.Helper()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatalf("%s is not as wanted (-want +got):\n%s", what, diff)
	}
}

// is makes sure that an error is one of the store's.
func (t *test) is(what string, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("%s: error %v, want %v", what, err, want)
	}
}
