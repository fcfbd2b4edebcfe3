package storetest

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/store"
)

var pages = cases{
	{"a page has the messages of its bounds, seq ascending, and no others", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2", "3", "4", "5", "6", "7")
		for from := int64(-1); from <= 9; from++ {
			for to := int64(-1); to <= 9; to++ {
				for limit := 1; limit <= 8; limit++ {
					t.page(store.Page{From: from, To: to, Limit: limit, Bytes: 1 << 20}, 1, 7)
					t.page(store.Page{From: from, To: to, Limit: limit, Bytes: 1 << 20, FromEnd: true}, 1, 7)
				}
			}
		}
	}},
	{"a page is cut to what its viewer may see", func(t *test) {
		t.users("ana", "bo")
		id := t.group("ana")
		t.sends("ana", id, "1", "2", "3")
		t.add("ana", id, "bo")
		empty := t.history("bo", id, everything)
		t.equal("page before there is any", empty, store.History{Conversation: id})
		t.sends("ana", id, "4", "5", "6")
		for _, p := range []store.Page{
			everything, {From: 2, To: 4, Limit: 9, Bytes: 9}, {From: 1, To: 3, Limit: 9, Bytes: 9},
			{From: 1, To: 99, Limit: 2, Bytes: 9}, {From: 1, To: 99, Limit: 2, Bytes: 9, FromEnd: true},
			{From: 1, To: 5, Limit: 9, Bytes: 9, FromEnd: true},
		} {
			h := t.history("bo", id, p)
			t.equal("seqs", seqs(h), wanted(p, 4, 6))
			t.equal("first and last", []int64{h.FirstSeq, h.LastSeq}, []int64{4, 6})
		}
	}},
	{"a page ends before the message that takes it past its bytes, unless that is the first", func(t *test) {
		t.users("ana", "bo")
		for _, size := range []int{10, 20, 30, 5} {
			m := t.message("ana", "bo", strings.Repeat("x", size-5))
			m.Message.Data = jsontext.Value("{   }")
			t.must(m)
		}
		for _, c := range []struct {
			bytes   int
			fromEnd bool
			want    []int64
		}{
			{1, false, []int64{1}}, {10, false, []int64{1}}, {29, false, []int64{1}}, {30, false, []int64{1, 2}},
			{59, false, []int64{1, 2}}, {60, false, []int64{1, 2, 3}}, {65, false, []int64{1, 2, 3, 4}},
			{1, true, []int64{4}}, {34, true, []int64{4}}, {35, true, []int64{3, 4}}, {54, true, []int64{3, 4}},
			{55, true, []int64{2, 3, 4}},
		} {
			h := t.history("ana", "bo", store.Page{From: 1, To: 9, Limit: 9, Bytes: c.bytes, FromEnd: c.fromEnd})
			t.equal("seqs", seqs(h), c.want)
		}
	}},
	{"mentions and reactions count for the bytes of a page, as what they take in JSON", func(t *test) {
		t.users("ana", "bo")
		start := t.head().Place
		t.mention("ana", "bo", "bo") // 8 of its body, 5 of the mention
		t.send("ana", "bo", "0123456789")
		upto := t.head().Place
		trails, err := t.Trails(t.Context(), "bo", start+1, upto)
		t.is("Trails", err, nil)
		pages := func(bytes int) []int {
			t.Helper()
			h := t.history("bo", "ana", store.Page{From: 1, To: 9, Limit: 9, Bytes: bytes})
			events, _, err := t.Follow(t.Context(), "bo", trails[0], upto, 9, bytes)
			t.is("Follow", err, nil)
			return []int{len(h.Messages), len(events)}
		}
		t.equal("with the mention", pages(23), []int{2, 2})
		t.equal("without it", pages(22), []int{1, 1})
		_, ok := t.recent("bo", start+1, upto, 9, 22)
		t.equal("recent without it", ok, false)
		t.must(reacting("ana", "bo", 1, "a")) // 33, and 1 and 6 of the texts
		upto = t.head().Place
		t.equal("with the reaction", pages(63), []int{2, 2})
		t.equal("without it", pages(62), []int{1, 1})
	}},
	{"a page tells the first and the last seq, whatever it holds", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2", "3")
		h := t.history("bo", "ana", store.Page{From: 7, To: 9, Limit: 1, Bytes: 1})
		t.equal("page", h, store.History{Conversation: t.conversation("ana", "bo").ID, FirstSeq: 1, LastSeq: 3})
	}},
	{"history since a place has what was sent or changed after it, page after page", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2", "3", "4") // up to 5
		t.must(t.editing("ana", "bo", 3, "x"))   // 6
		t.must(&store.Delete{Actor: "ana", With: "bo", Seq: 1})
		t.send("bo", "ana", "5") // 8
		for since, want := range [][]int64{
			0: {1, 2, 3, 4, 5}, 1: {1, 2, 3, 4, 5}, 2: {1, 2, 3, 4, 5}, 3: {1, 3, 4, 5}, 4: {1, 3, 4, 5}, 5: {1, 3, 5},
			6: {1, 5}, 7: {5}, 8: {},
		} {
			for limit := 1; limit <= 6; limit++ {
				page := store.Page{From: 1, To: 1 << 40, Limit: limit, Bytes: plenty, Since: store.Place(since)}
				got := []int64{}
				for more := true; more; {
					h := t.history("bo", "ana", page)
					got = append(got, seqs(h)...)
					t.equal("more", h.More, len(got) < len(want))
					t.equal("first and last", []int64{h.FirstSeq, h.LastSeq}, []int64{1, 5})
					if more = h.More; more {
						page.From = got[len(got)-1] + 1
					}
				}
				t.equal(fmt.Sprint("since ", since), got, want)
			}
		}
		short := t.history("bo", "ana", store.Page{From: 1, To: 1 << 40, Limit: 9, Bytes: 1, Since: 4})
		t.equal("by bytes", seqs(short), []int64{1, 3})
		t.equal("more by bytes", short.More, true)
	}},
	{"history since a place is cut to what its viewer may see", func(t *test) {
		t.users("ana", "bo")
		shared := t.createGroup("ana")
		shared.History = true
		t.must(shared)
		for id, want := range map[string][]int64{t.group("ana"): {3}, shared.ID: {1, 2, 3}} {
			since := t.head().Place
			t.sends("ana", id, "1", "2")
			t.add("ana", id, "bo")
			t.must(t.editing("ana", id, 1, "x"))
			t.send("ana", id, "3")
			page := everything
			page.Since = since
			t.equal("seqs", seqs(t.history("bo", id, page)), want)
		}
	}},
	{"history of what does not exist is not found", func(t *test) {
		t.users("ana", "bo")
		for _, with := range []string{"bo", "ana", "nobody", t.id()} {
			t.hidden("ana", with)
		}
	}},
}

// page compares one page of "ana" with "bo" with what it should be.
func (t *test) page(p store.Page, first, last int64) {
	t.Helper()
	h := t.history("ana", "bo", p)
	if got, want := seqs(h), wanted(p, first, last); !slices.Equal(got, want) {
		t.Fatalf("page %+v has %v, want %v", p, got, want)
	}
}

func seqs(h store.History) []int64 {
	got := []int64{}
	for _, m := range h.Messages {
		got = append(got, m.Seq)
	}
	return got
}

// wanted are the seqs of a page when the messages from first to last can be
// seen.
func wanted(p store.Page, first, last int64) []int64 {
	all := []int64{}
	for seq := max(first, p.From); seq <= min(last, p.To); seq++ {
		all = append(all, seq)
	}
	if p.FromEnd {
		return all[max(0, len(all)-p.Limit):]
	}
	return all[:min(len(all), p.Limit)]
}
