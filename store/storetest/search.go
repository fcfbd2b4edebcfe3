package storetest

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

var searches = cases{
	{"a search finds words, beginnings of words and phrases, all of them together, newest first", func(t *test) {
		t.users("ana", "bo", "cleo")
		t.sends("ana", "bo", "One two, three", "THREE", "threads of one", "ones two three", "two ones")
		t.send("ana", "cleo", "three to cleo")
		t.finds("ana", "three", "three to cleo", "ones two three", "THREE", "One two, three")
		t.finds("ana", "thre*", "three to cleo", "ones two three", "threads of one", "THREE", "One two, three")
		t.finds("ana", "one three", "One two, three")
		t.finds("ana", `"two three"`, "ones two three", "One two, three")
		t.finds("ana", `"three two"`)
		t.finds("ana", `"two one"*`, "two ones")
		t.finds("ana", `"two one"`)
		t.finds("bo", "three", "ones two three", "THREE", "One two, three")
	}},
	{"nobody finds what they may not see", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.send("ana", id, "secret one")
		t.finds("cleo", "secret")
		t.add("ana", id, "cleo")
		t.send("ana", id, "secret two")
		t.finds("cleo", "secret", "secret two")
		t.finds("ana", "secret", "secret two", "secret one")
		t.leave(id, "bo")
		t.send("ana", id, "secret three")
		t.finds("bo", "secret")
		_, err := t.Search(t.Context(), "bo", store.Query{Words: t.words("secret"), With: id, Limit: 9})
		t.is("Search where one has been", err, store.ErrNotFound)
		t.add("ana", id, "bo")
		t.send("bo", id, "secret four")
		t.finds("bo", "secret", "secret four")
	}},
	{"who joins a group that shares its history finds all of it", func(t *test) {
		t.users("ana", "bo")
		open := t.createGroup("ana")
		open.History = true
		t.must(open)
		t.sends("ana", open.ID, "old word", "another word")
		t.add("ana", open.ID, "bo")
		t.finds("bo", "word", "another word", "old word")
	}},
	{"a message is found by the words that it has now, and not once it is deleted", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "first draft", "second draft")
		t.finds("bo", "draft", "second draft", "first draft")
		t.must(&store.Edit{Actor: "ana", With: "bo", Seq: 1, Body: "final text", At: t.tick()})
		t.finds("bo", "draft", "second draft")
		t.finds("bo", "final", "final text")
		t.must(&store.Edit{Actor: "ana", With: "bo", Seq: 1, Body: "a draft again", At: t.tick()})
		t.must(&store.Delete{Actor: "ana", With: "bo", Seq: 2})
		t.finds("bo", "draft", "a draft again")
		t.finds("bo", "final")
	}},
	{"a search is narrowed to a conversation, a sender, a time and who is mentioned", func(t *test) {
		t.users("ana", "bo", "b.o-b_o")
		id := t.group("ana", "bo", "b.o-b_o")
		var at []protocol.Time
		for _, sender := range []string{"ana", "bo", "b.o-b_o", "ana"} {
			m := t.message(sender, id, fmt.Sprint("word ", len(at)+1))
			m.Message.Mentions = []string{"bo", "b.o-b_o"}[:len(at)/2+1]
			at = append(at, m.Message.At)
			t.must(m)
		}
		t.send("ana", "bo", "word 5")
		word := t.words("word")
		for _, c := range []struct {
			q    store.Query
			want []string
		}{
			{store.Query{Words: word, With: id}, []string{"word 4", "word 3", "word 2", "word 1"}},
			{store.Query{Words: word, With: "bo"}, []string{"word 5"}},
			{store.Query{Words: word, Sender: "bo"}, []string{"word 2"}},
			{store.Query{Words: word, Sender: "b.o-b_o"}, []string{"word 3"}},
			{store.Query{Sender: "ana"}, []string{"word 5", "word 4", "word 1"}},
			{store.Query{Words: t.words("3"), Sender: "ana"}, nil},
			{store.Query{Mentions: "b.o-b_o"}, []string{"word 4", "word 3"}},
			{store.Query{Mentions: "bo", Sender: "ana"}, []string{"word 4", "word 1"}},
			{store.Query{Mentions: "ana"}, nil},
			{store.Query{Words: word, With: id, Since: at[1]}, []string{"word 4", "word 3", "word 2"}},
			{store.Query{Words: word, With: id, Until: at[1]}, []string{"word 1"}},
			{store.Query{Words: word, Since: at[1], Until: at[3]}, []string{"word 3", "word 2"}},
		} {
			t.equal(fmt.Sprintf("found by %+v", c.q), bodiesOf(t.search("ana", c.q)), c.want)
		}
	}},
	{"the pages of a search have everything once, whatever their size", func(t *test) {
		t.users("ana", "bo", "cleo", "dan")
		var all []string
		for i := range 90 {
			body := fmt.Sprint("word ", i)
			if i%7 == 0 {
				body = "another"
			} else {
				all = append(all, body)
			}
			t.send("ana", []string{"bo", "cleo", "dan"}[i*i%3], body)
		}
		slices.Reverse(all)
		for _, limit := range []int{1, 2, 7, 77, 78, 200} {
			t.equal(fmt.Sprint("pages of ", limit), bodiesOf(t.searchPages("ana", store.Query{Words: t.words("word"), Limit: limit})), all)
		}
	}},
	{"a hit says where in its message the first of the words stand", func(t *test) {
		t.users("ana")
		t.send("ana", "ana", "Zwölf Käse, zwei WÖRTER")
		hit := t.search("ana", store.Query{Words: t.words("worter kase")})[0]
		t.equal("hit", hit.Message.Body[hit.Start:hit.End], "Käse")
		hit = t.search("ana", store.Query{Sender: "ana"})[0]
		t.equal("hit without words", []int{hit.Start, hit.End}, []int{0, 0})
	}},
	{"a search says up to which place it has seen", func(t *test) {
		t.users("ana")
		t.send("ana", "ana", "word")
		t.must(&store.SetPreferences{Username: "ana", With: "ana", Muted: new(true)})
		head := t.head().Place
		t.is("AwaitIndex", t.AwaitIndex(t.Context(), head), nil)
		h, err := t.Search(t.Context(), "ana", store.Query{Words: t.words("word"), Limit: 1})
		t.is("Search", err, nil)
		t.equal("seen", h.Seen, head)
		t.equal("behind", h.Behind, false)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err = t.Search(ctx, "ana", store.Query{Words: t.words("word"), Limit: 1})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatalf("Search without time: %v", err)
		}
	}},
}

func (t *test) words(text string) words.Query {
	t.Helper()
	q, err := words.Parse(text)
	t.is("Parse", err, nil)
	return q
}

// finds holds what a search for words finds.
func (t *test) finds(viewer, text string, want ...string) {
	t.Helper()
	got := bodiesOf(t.search(viewer, store.Query{Words: t.words(text)}))
	t.equal("what "+viewer+" finds by "+text, got, want)
}

// search returns all that there is.
func (t *test) search(viewer string, q store.Query) []store.Hit {
	t.Helper()
	q.Limit = 1000
	return t.searchPages(viewer, q)
}

// searchPages reads page after page, once all is indexed.
func (t *test) searchPages(viewer string, q store.Query) (all []store.Hit) {
	t.Helper()
	t.is("AwaitIndex", t.AwaitIndex(t.Context(), t.head().Place), nil)
	for {
		h, err := t.Search(t.Context(), viewer, q)
		t.is("Search", err, nil)
		if len(h.Items) > q.Limit {
			t.Fatalf("a page of %d has %d", q.Limit, len(h.Items))
		}
		all = append(all, h.Items...)
		switch {
		case h.Next == 0:
			return all
		case q.Before != 0 && h.Next >= q.Before:
			t.Fatalf("the page before %d goes on before %d", q.Before, h.Next)
		}
		q.Before = h.Next
	}
}

func bodiesOf(hits []store.Hit) []string {
	var bodies []string
	for _, h := range hits {
		bodies = append(bodies, h.Message.Body)
	}
	return bodies
}

// compareSearches holds what one user finds against what the plain model finds
// by reading all messages.
func (w *twins) compareSearches(username string) {
	w.Helper()
	for _, q := range []store.Query{
		{Words: w.words("message")}, {Words: w.words("edited")}, {Words: w.words("mess*"), Limit: 2},
		{Words: w.words(`"reply that"`)}, {Words: w.words("id 1*")}, {Words: w.words("a"), Sender: w.users[0]},
		{Mentions: username, Limit: 1}, {Sender: username, Limit: 3}, {Sender: w.users[1], Since: w.now - 20_000, Until: w.now - 4_000},
	} {
		if q.Limit == 0 {
			q.Limit = plenty
		}
		got := slices.Concat(w.searchPages(username, q))
		want, _ := w.model.Search(username, q)
		w.equal(fmt.Sprintf("found by %s with %+v", username, q), got, slices.Concat(want))
		q.With = w.where(choice{Where: uint8(len(got)), N: uint8(w.ids)})
		want, wantErr := w.model.Search(username, q)
		if wantErr != nil {
			_, err := w.Search(w.Context(), username, q)
			w.is("Search with "+q.With, err, wantErr)
			continue
		}
		w.equal(fmt.Sprintf("found by %s with %+v", username, q), slices.Concat(w.searchPages(username, q)), slices.Concat(want))
	}
}
