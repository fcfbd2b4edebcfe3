package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
	"asappchat/store"
)

var groups = cases{
	{"a group may be empty", func(t *test) {
		t.commit()
		t.equal("place", t.head().Place, store.Place(0))
	}},
	{"the mutations of a group are applied in order, and see those before", func(t *test) {
		group := t.createGroup("ana", "bo")
		outcomes := t.commit(
			&store.CreateUser{User: protocol.User{Username: "ana"}, At: t.tick()},
			t.message("ana", "bo", "too early"),
			&store.CreateUser{User: protocol.User{Username: "bo"}, At: t.tick()},
			t.message("ana", "bo", "hello"),
			group,
			t.message("bo", group.ID, "one"),
			&store.RemoveMember{Actor: "bo", With: group.ID, Username: "bo", At: t.tick()},
			t.message("bo", group.ID, "too late"),
			t.message("ana", group.ID, "two"),
		)
		var errs []error
		for _, o := range outcomes {
			errs = append(errs, o.Err)
		}
		want := []error{nil, store.ErrNoUser, nil, nil, nil, nil, nil, store.ErrNotFound, nil}
		if !slices.EqualFunc(errs, want, errors.Is) {
			t.Fatalf("errors %v, want %v", errs, want)
		}
		t.equal("group", t.bodies("ana", group.ID), []string{"one", "two"})
	}},
	{"every event takes a place of its own, one after another", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		place := t.head().Place
		t.equal("head", place, store.Place(1))
		for range 3 {
			outcomes := t.commit(
				t.message("ana", "bo", "x"),
				t.message("ana", "nobody", "x"),
				&store.AddMember{Actor: "ana", With: id, Username: "cleo", At: t.tick(), Max: 9},
				t.message("ana", id, "x"),
				t.message("cleo", id, "x"),
				&store.RemoveMember{Actor: "cleo", With: id, Username: "cleo", At: t.tick()},
			)
			for _, o := range outcomes {
				for _, e := range o.Events {
					place++
					t.equal("place", e.Place, place)
				}
			}
			t.equal("head", t.head().Place, place)
		}
	}},
	{"an event is about a message or about a conversation", func(t *test) {
		t.users("ana", "bo")
		o := t.must(t.message("ana", "bo", "x"))
		if len(o.Events) != 2 || o.Events[0].Message != nil || o.Events[0].Conversation == nil ||
			o.Events[1].Message == nil || o.Events[1].Conversation != nil {
			t.Fatalf("events %+v", o.Events)
		}
	}},
	{"a mutation that fails by itself fails alone", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana")
		again := t.createGroup("ana", "bo")
		again.ID = id
		outcomes := t.commit(t.message("ana", id, "one"), again, t.message("ana", id, "two"))
		if outcomes[1].Err == nil || len(outcomes[1].Events) != 0 {
			t.Fatalf("a conversation id was given out twice: %+v", outcomes[1])
		}
		for i, want := range []string{0: "one", 2: "two"} {
			if want != "" {
				t.is(want, outcomes[i].Err, nil)
			}
		}
		t.equal("bodies", t.bodies("ana", id), []string{"one", "two"})
		t.equal("members", t.conversation("ana", id).Members, []string{"ana"})
		first, second := outcomes[0].Events[0], outcomes[2].Events[0]
		t.equal("seqs", []int64{first.Message.Seq, second.Message.Seq}, []int64{1, 2})
		t.equal("places", []store.Place{first.Place, second.Place}, []store.Place{2, 3})
	}},
	{"who reads after a commit reads what it wrote, and never a hole", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana", "bo")
		const writers, each = 4, 25
		var turn sync.Mutex
		var busy sync.WaitGroup
		for w := range writers {
			busy.Go(func() {
				for i := range each {
					turn.Lock()
					outcomes, err := t.Commit(t.Context(), []store.Mutation{
						t.message("ana", id, fmt.Sprint(w, i)), t.message("bo", id, fmt.Sprint(w, i)),
					})
					turn.Unlock()
					if err != nil || outcomes[0].Err != nil || outcomes[1].Err != nil {
						t.Error("Commit:", err, outcomes)
						return
					}
					t.contiguous(id, outcomes[1].Value.(protocol.SendResult).Seq)
				}
			})
		}
		busy.Wait()
		t.equal("last seq", t.conversation("ana", id).LastSeq, int64(2*writers*each))
	}},
	{"a context that has ended takes no commit half", func(t *test) {
		t.users("ana", "bo")
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		outcomes, err := t.Commit(ctx, []store.Mutation{t.message("ana", "bo", "one"), t.message("ana", "bo", "two")})
		want := []string{"one", "two"}
		if err != nil {
			if errors.Is(err, store.ErrUnknownOutcome) {
				t.Fatal(err)
			}
			t.send("ana", "bo", "three")
			want = []string{"three"}
		} else if outcomes[0].Err != nil || outcomes[1].Err != nil {
			t.Fatal(outcomes)
		}
		t.equal("bodies", t.bodies("ana", "bo"), want)
	}},
	{"a closed store is unavailable, and closed again without harm", func(t *test) {
		t.users("ana")
		t.is("Close", t.Close(), nil)
		t.is("Close again", t.Close(), nil)
		_, err := t.Commit(t.Context(), []store.Mutation{t.message("ana", "ana", "x")})
		t.is("Commit", err, store.ErrUnavailable)
		_, err = t.Head(t.Context())
		t.is("Head", err, store.ErrUnavailable)
	}},
	{"time is what the mutations say", func(t *test) {
		t.users("ana", "bo")
		m := t.message("ana", "bo", "x")
		m.Message.At = protocol.TimeOf(time.Date(1999, 12, 31, 23, 59, 59, 1e6, time.UTC))
		t.equal("at", t.must(m).Value.(protocol.SendResult).At, m.Message.At)
		t.equal("created at", t.conversation("bo", "ana").CreatedAt, m.Message.At)
	}},
}

// contiguous makes sure that there are all messages up to a seq at least.
func (t *test) contiguous(id string, upto int64) {
	h, err := t.History(t.Context(), "bo", id, everything)
	if err != nil || h.LastSeq < upto || int64(len(h.Messages)) != h.LastSeq {
		t.Errorf("%d messages, last seq %d, want %d at least: %v", len(h.Messages), h.LastSeq, upto, err)
		return
	}
	for i, m := range h.Messages {
		if m.Seq != int64(i+1) {
			t.Errorf("message %d has seq %d", i+1, m.Seq)
			return
		}
	}
}
