package storetest

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest/chance"
)

var programs = cases{
	{"what is caught up with is what the log told, as it is now and as one may see it", func(t *test) {
		w := newTwins(t)
		for _, group := range chance.Seeded(1, 40) {
			w.play(group)
		}
		head := w.model.Place()
		for _, username := range w.users {
			for after := range head + 1 {
				w.compareReplay(username, after, head, 3)
				w.compareReplay(username, after/2, after, int(1+after%3))
			}
		}
	}},
	{"all that can be read is what the plain model says", func(t *test) {
		w := newTwins(t)
		for i, group := range chance.Seeded(2, 60) {
			w.play(group)
			if i%4 == 0 {
				w.compareAll()
			}
		}
		w.compareAll()
	}},
	{"from a home at a place, catching up leaves no hole, and nothing comes twice", func(t *test) {
		w := newTwins(t)
		var homes []standing
		for _, group := range chance.Seeded(3, 40) {
			w.play(group)
			for _, username := range w.users {
				homes = append(homes, w.stand(username))
			}
		}
		for _, h := range homes {
			w.continueFrom(h)
		}
	}},
}

// likeTheModel is the case that looks for a short program at which a store
// and the plain model part.
func likeTheModel(t *testing.T, open func(t *testing.T) store.Store) {
	s, ids := open(t), 0
	rapid.Check(t, func(r *rapid.T) {
		p := chance.Drawn(r, 16, 6)
		w := newTwins(&test{tb: r, Store: s, ids: ids})
		w.logged = true
		defer func() { ids = w.ids + 1 }()
		for i, group := range p {
			w.play(group)
			username := pick(w.users, group[0].N)
			w.compareReads(username)
			after := w.from + (w.model.Place()-w.from)*store.Place(group[0].Whom)/256
			w.compareReplay(username, after, w.model.Place()-store.Place(i%2), 1+i%4)
			w.compareChanged(username, after)
		}
		w.compareAll()
	})
}

// compareAll holds all that all users can read against the model.
func (w *twins) compareAll() {
	w.Helper()
	head := w.model.Place()
	for i, username := range w.users {
		w.compareReads(username)
		for _, after := range []store.Place{0, w.from + (head-w.from)/3, max(0, head-2), head} {
			w.compareReplay(username, after, head, 1+i)
			w.compareChanged(username, after)
		}
	}
}

// compareReads looks at what one user can read.
func (w *twins) compareReads(username string) {
	w.Helper()
	for _, with := range slices.Concat(w.rooms, w.users) {
		w.compareConversation(username, with)
	}
	for _, limit := range []int{1, 3, plenty} {
		w.compareHome(username, store.HomePage{Limit: limit})
	}
	ctx := w.Context()
	privacy, err := w.Privacy(ctx, username)
	w.is("Privacy", err, nil)
	want, _ := w.model.Privacy(username)
	w.equal("privacy of "+username, privacy, want)
	for after, limit := range map[string]int{"": plenty, w.users[0]: 1} {
		blocked, err := w.Blocked(ctx, username, after, limit)
		w.is("Blocked", err, nil)
		w.equal("blocked by "+username, blocked, w.model.Blocked(username, after, limit))
	}
	w.compareSearches(username)
	users, err := w.Users(ctx, username, "", "", plenty)
	w.is("Users", err, nil)
	w.equal("users who share with "+username, users, w.model.Users(username, "", "", plenty))
}

func (w *twins) compareConversation(username, with string) {
	w.Helper()
	ctx := w.Context()
	what := fmt.Sprintf(" of %s with %s", username, with)
	c, err := w.Conversation(ctx, username, with)
	want, wantErr := w.model.Conversation(username, with)
	w.is("Conversation"+what, err, wantErr)
	w.equal("conversation"+what, c, want)
	members, err := w.Members(ctx, username, with, "", 9)
	wantMembers, _ := w.model.Members(username, with, "", 9)
	w.is("Members"+what, err, wantErr)
	w.equal("members"+what, members, wantMembers)
	for _, page := range []store.Page{
		everything,
		{From: 2, To: 7, Limit: 3, Bytes: plenty},
		{From: 1, To: 1 << 40, Limit: 2, Bytes: plenty, FromEnd: true},
		{From: 2, To: 1 << 40, Limit: 2, Bytes: plenty, Since: w.model.Place() / 2},
	} {
		h, err := w.History(ctx, username, with, page)
		wantHistory, _ := w.model.History(username, with, page)
		w.is("History"+what, err, wantErr)
		if page.To < 1<<40 || page.FromEnd {
			h.More, wantHistory.More = false, false // it is about what is behind the last one
		}
		w.equalHistory("history"+what, h, wantHistory)
	}
}

// equalHistory takes no messages for an empty list of them.
func (t *test) equalHistory(what string, got, want store.History) {
	t.Helper()
	got.Messages, want.Messages = slices.Concat(got.Messages), slices.Concat(want.Messages)
	t.equal(what, got, want)
}

// compareChanged looks at what home says of a time.
func (w *twins) compareChanged(username string, since store.Place) {
	w.Helper()
	for _, limit := range []int{1, 2, plenty} {
		w.compareHome(username, store.HomePage{Changed: true, Since: since, Limit: limit})
	}
}

// compareHome looks at all pages, the first of which is given.
func (w *twins) compareHome(username string, page store.HomePage) {
	w.Helper()
	for more := true; more; {
		got, want := w.home(username, page), w.model.Home(username, page)
		w.equalHome(fmt.Sprintf("home of %s, %+v", username, page), got, want)
		if more = got.More; more {
			page.Before = got.Items[len(got.Items)-1].Activity
		}
	}
}

func (t *test) equalHome(what string, got, want store.Home) {
	t.Helper()
	got.Items, want.Items = slices.Concat(got.Items), slices.Concat(want.Items)
	t.equal(what, got, want)
}

func (w *twins) compareReplay(username string, after, upto store.Place, step int) {
	w.Helper()
	what := fmt.Sprintf("what %s catches up with from %d to %d in steps of %d", username, after, upto, step)
	w.equal(what, w.replay(username, after, upto, step), w.model.Replay(username, after, upto))
}

// standing is what a user could see at a place.
type standing struct {
	username string
	place    store.Place
	home     map[string]protocol.Conversation // by id
	messages map[string][]protocol.Message    // of each
}

func (w *twins) stand(username string) standing {
	w.Helper()
	s := standing{username, w.model.Place(), w.wholeHome(username), map[string][]protocol.Message{}}
	for id := range s.home {
		s.messages[id] = w.history(username, id, everything).Messages
	}
	return s
}

// wholeHome is all of a user's conversations by their ids.
func (t *test) wholeHome(username string) map[string]protocol.Conversation {
	t.Helper()
	all := map[string]protocol.Conversation{}
	for _, item := range t.home(username, store.HomePage{Limit: plenty}).Items {
		all[item.Conversation.ID] = item.Conversation
	}
	return all
}

// continueFrom makes sure that what a user could see and what came since make
// what the user sees now: conversations that nothing was told of are as they
// were, and messages follow one another.
func (w *twins) continueFrom(s standing) {
	w.Helper()
	what := fmt.Sprintf(" of %s from %d", s.username, s.place)
	told := map[string]bool{}
	for _, e := range w.replay(s.username, s.place, w.model.Place(), plenty) {
		id := conversationOf(e)
		told[id] = true
		if e.Message != nil {
			s.messages[id] = w.take(s.messages[id], e)
		}
	}
	now := w.stand(s.username)
	for id, c := range now.home {
		was, there := s.home[id]
		if !told[id] {
			w.equal("what nothing was told"+what, c, was)
		}
		if there && c.JoinedAt == was.JoinedAt {
			w.equal("messages"+what, slices.Concat(s.messages[id]), slices.Concat(now.messages[id]))
		}
	}
}

// take is what a client makes of an event: a new message comes at the end, a
// changed one takes the place of an earlier version.
func (w *twins) take(messages []protocol.Message, e store.Event) []protocol.Message {
	w.Helper()
	i := slices.IndexFunc(messages, func(m protocol.Message) bool { return m.Seq == e.Message.Seq })
	if (i >= 0) != e.Updated {
		w.Fatalf("message %d, updated %v, is there already: %v", e.Message.Seq, e.Updated, i >= 0)
	}
	if i < 0 {
		return append(messages, *e.Message)
	}
	messages[i] = *e.Message
	return messages
}

func conversationOf(e store.Event) string {
	switch {
	case e.Message != nil:
		return e.Message.Conversation
	case e.Read != nil:
		return e.Read.Conversation
	}
	return e.Conversation.Conversation
}
