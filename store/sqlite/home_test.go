package sqlite

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/store"
)

// Home and catching up find the same conversations, whatever was small when
// they changed.
func TestHomeFindsWhatTrailsFind(t *testing.T) {
	dir, group := t.TempDir(), "c:1111111111111111111111"
	s := open(t, dir, nil)
	mustCommit(t, s, user("ana"), user("bo"), user("cleo"), user("dan"),
		&store.CreateGroup{ID: group, Creator: "ana", Name: "0", Members: []string{"bo", "cleo"}})
	for i, small := range []int{100, 2, 100, 3, 1} {
		s.Close()
		s = open(t, dir, &Options{SmallGroup: small, Durability: Normal})
		mustCommit(t, s, note(fmt.Sprint(i)), said("ana", group), said("bo", group), said("bo", "cleo"), said("cleo", "bo"))
		for _, m := range []store.Mutation{
			&store.Edit{Actor: "bo", With: "cleo", Seq: 1, Body: fmt.Sprint(i)},
			&store.MarkRead{Username: "cleo", With: group, Seq: int64(2*i + 1)},
			&store.SetPreferences{Username: "bo", With: group, Muted: new(i%2 == 0)},
			&store.AddMember{Actor: "ana", With: group, Username: "dan", Max: 9},
			&store.React{Actor: "ana", With: group, Seq: 1, Emoji: fmt.Sprint(i), Max: 99},
			&store.SetRole{Actor: "ana", With: group, Username: "bo", Role: []protocol.Role{protocol.Admin, protocol.Plain}[i%2]},
			&store.Rename{Actor: "ana", With: group, Name: fmt.Sprint(i)},
			&store.RemoveMember{Actor: "dan", With: group, Username: "dan"},
		} {
			mustCommit(t, s, m)
			for _, name := range []string{"ana", "bo", "cleo", "dan"} {
				sameAsTrails(t, s, name)
			}
		}
	}
}

func said(sender, to string) *store.Append {
	return &store.Append{To: to, NewID: "c:" + fmt.Sprintf("%022s", min(sender, to)+max(sender, to)), Message: protocol.Message{Sender: sender, Body: "x"}}
}

// sameAsTrails compares what is different since the last places of the log.
func sameAsTrails(t *testing.T, s *Store, username string) {
	t.Helper()
	head, err := s.Head(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for since := head.Place; since >= max(0, head.Place-8); since-- {
		trails, err := s.Trails(t.Context(), username, since, head.Place)
		if err != nil {
			t.Fatal(err)
		}
		var led []string
		for _, trail := range trails {
			events, _, err := s.Follow(t.Context(), username, trail, head.Place, 99, 1<<20)
			if err != nil || len(events) == 0 || events[0].Place != trail.Next {
				t.Fatalf("%d events at %+v: %v", len(events), trail, err)
			}
			led = append(led, conversationOf(&events[0]))
		}
		slices.Sort(led)
		listed := homePages(t, s, username, since)
		if d := cmp.Diff(led, listed); d != "" {
			t.Fatalf("%s, from %d to %d: trails (-), home (+)\n%s", username, since, head.Place, d)
		}
	}
}

func conversationOf(e *store.Event) string {
	switch {
	case e.Message != nil:
		return e.Message.Conversation
	case e.Read != nil:
		return e.Read.Conversation
	}
	return e.Conversation.Conversation
}

// homePages reads one by one what is different, and makes sure of its order.
func homePages(t *testing.T, s *Store, username string, since store.Place) (ids []string) {
	t.Helper()
	page := store.HomePage{Changed: true, Since: since, Limit: 1}
	for more := true; more; {
		h, err := s.Home(t.Context(), username, page)
		if err != nil || h.More && len(h.Items) == 0 {
			t.Fatal(h, err)
		}
		more = h.More
		for _, item := range h.Items {
			if page.Before != 0 && item.Activity >= page.Before {
				t.Fatalf("%d comes after %d", item.Activity, page.Before)
			}
			ids, page.Before = append(ids, item.Conversation.ID), item.Activity
		}
	}
	slices.Sort(ids)
	return ids
}

// What is kept of the changed messages while they are looked for are the ones
// of the page, in whatever order they were changed.
func TestHistorySinceOfManyChanged(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"))
	for i := range 100 {
		mustCommit(t, s, note(fmt.Sprint(i)))
	}
	head, _ := s.Head(t.Context())
	var want []int64
	for _, i := range rand.New(rand.NewPCG(1, 2)).Perm(100)[:70] {
		want = append(want, int64(i+1))
		mustCommit(t, s, &store.Delete{Actor: "ana", With: "ana", Seq: int64(i + 1)})
	}
	slices.Sort(want)
	for limit := 1; limit < 50; limit += 3 {
		var got []int64
		page := store.Page{From: 1, To: 1 << 62, Limit: limit, Bytes: 1 << 20, Since: head.Place}
		for more := true; more; {
			h, err := s.History(t.Context(), "ana", "ana", page)
			if err != nil || len(h.Messages) == 0 || len(h.Messages) > limit {
				t.Fatal(len(h.Messages), err)
			}
			for _, m := range h.Messages {
				got = append(got, m.Seq)
			}
			page.From, more = got[len(got)-1]+1, h.More
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("pages of %d: %s", limit, d)
		}
	}
}

// The page of those who share conversations is the first of all of them, and
// no more are kept.
func TestLeastNames(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		n, all := names{from: "b", to: "i", limit: 1 + r.IntN(5)}, []string{}
		for range r.IntN(20) {
			name := string(rune('a'+r.IntN(10))) + string(rune('a'+r.IntN(3)))
			if name >= n.from && name < "i" {
				all = append(all, name)
			}
			n.add(name)
		}
		slices.Sort(all)
		all = slices.Compact(all)
		if want := all[:min(len(all), n.limit)]; !slices.Equal(n.sorted, want) {
			t.Fatalf("%v of %v", n.sorted, all)
		}
	}
}

// What changes in the same transaction in which a large conversation becomes a
// small one is found by who was away.
func TestChangesWhileAConversationBecomesSmall(t *testing.T) {
	s := open(t, t.TempDir(), &Options{SmallGroup: 3})
	muted := true
	names := []string{"ana", "bo", "cy", "dee"}
	for _, name := range names {
		mustCommit(t, s, user(name))
	}
	const id = "c:0000000000000000000001"
	mustCommit(t, s, &store.CreateGroup{ID: id, Creator: "ana", Name: "g", Members: names[1:]})
	mustCommit(t, s, &store.Append{To: id, Message: protocol.Message{Sender: "ana", Body: "one"}})
	mustCommit(t, s, user("eve"), &store.RemoveMember{Actor: "dee", With: id, Username: "dee"})
	mustCommit(t, s, &store.AddMember{Actor: "ana", With: id, Username: "eve", Max: 9})
	o := mustCommit(t, s,
		&store.RemoveMember{Actor: "ana", With: id, Username: "cy"},
		&store.Edit{Actor: "ana", With: id, Seq: 1, Body: "two"},
		&store.SetPreferences{Username: "bo", With: id, Muted: &muted},
	)
	for i := range o {
		since := o[i].Events[0].Place - 1
		trails, err := s.Trails(t.Context(), "bo", since, 1<<40)
		if err != nil || len(trails) != 1 {
			t.Errorf("from %d: trails %+v, %v", since, trails, err)
		}
		home, err := s.Home(t.Context(), "bo", store.HomePage{Changed: true, Since: since, Limit: 9})
		if err != nil || len(home.Items) != 1 {
			t.Errorf("from %d: home %+v, %v", since, home, err)
		}
	}
}
