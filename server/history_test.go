package server_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/server/servertest"
)

func page(c *servertest.Client, t *testing.T, p protocol.HistoryParams) (r protocol.HistoryResult, bytes int) {
	raw := c.Call("history", p)
	return servertest.Decode[protocol.HistoryResult](t, raw), len(raw)
}

// Every page of a conversation of ten, by every bound and limit, is the one
// that counting gives, and has_more is exact both ways.
func TestEveryPageOfHistory(t *testing.T) {
	s := servertest.New(t)
	s.Login("bo").Close()
	ana := s.Login("ana")
	const last = 10
	for range last {
		ana.Call("send", protocol.SendParams{To: "bo", Body: "x"})
	}
	for limit := 1; limit <= last+1; limit++ {
		for bound := int64(0); bound <= last+2; bound++ {
			for name, p := range map[string]protocol.HistoryParams{
				"before": {Before: &bound}, "after": {After: &bound}, "around": {Around: &bound}, "newest": {},
			} {
				if bound == 0 && (name == "before" || name == "around") {
					continue
				}
				p.With, p.Limit = "bo", &limit
				got, _ := page(ana, t, p)
				if d := cmp.Diff(wantPage(name, bound, int64(limit), last), spanOf(got)); d != "" {
					t.Errorf("%s %d, limit %d: %s", name, bound, limit, d)
				}
			}
		}
	}
}

// span is a page without its messages' content: all from From to To.
type span struct {
	From, To      int64
	Before, After bool
}

func spanOf(r protocol.HistoryResult) span {
	s := span{Before: r.HasMore.Before, After: r.HasMore.After}
	for i, m := range r.Messages {
		if i == 0 {
			s.From = m.Seq
		} else if m.Seq != s.To+1 {
			return span{From: -1}
		}
		s.To = m.Seq
	}
	return s
}

// wantPage counts out a page of a conversation of so many messages.
func wantPage(name string, bound, limit, last int64) span {
	from, to := int64(1), last
	switch name {
	case "newest":
		from = max(1, last-limit+1)
	case "before":
		to = min(last, bound-1)
		from = max(1, to-limit+1)
	case "after":
		from = bound + 1
		to = min(last, bound+limit)
	case "around":
		// Half to each side, the newer first, and the rest where there is some.
		from, to = bound, bound-1
		if bound > last {
			from, to = last+1, last
		}
		for n := int64(0); n < limit && (from > 1 || to < last); n++ {
			if to < last && (to-bound+1 <= bound-from || from == 1) {
				to++
			} else if from > 1 {
				from--
			} else {
				to++
			}
		}
	}
	if from > to {
		return span{Before: name == "after" && bound > 0, After: name == "before" && to < last || name == "after" && bound < last}
	}
	return span{From: from, To: to, Before: from > 1, After: to < last}
}

// A page ends before its frame passes its bound, on the right side, and
// nothing is skipped between pages; a message larger than that comes alone.
func TestPagesAreBoundedInBytes(t *testing.T) {
	s := servertest.New(t)
	s.Login("bo").Close()
	ana := s.Login("ana")
	sizes := []int{10, 9000, 9000, 16 << 10, 100, 16 << 10, 9000, 30, 12000, 5000, 16 << 10, 16 << 10}
	for i, size := range sizes {
		c := "x"
		if i%3 == 0 {
			c = "\x01" // six bytes in JSON
		}
		ana.Call("send", protocol.SendParams{To: "bo", Body: strings.Repeat(c, size)})
	}
	bound := servertest.Limits().PageBytes
	n := int64(len(sizes))
	for after := int64(0); after < n; {
		r, bytes := page(ana, t, protocol.HistoryParams{With: "bo", After: &after})
		if got := spanOf(r); got.From != after+1 || bytes > bound && got.From != got.To || got.After != (got.To < n) {
			t.Fatalf("after %d: %+v, %d bytes", after, got, bytes)
		}
		after += int64(len(r.Messages))
	}
	for before := n + 1; before > 1; {
		r, bytes := page(ana, t, protocol.HistoryParams{With: "bo", Before: &before})
		if got := spanOf(r); got.To != before-1 || bytes > bound && got.From != got.To || got.Before != (got.From > 1) {
			t.Fatalf("before %d: %+v, %d bytes", before, got, bytes)
		}
		before -= int64(len(r.Messages))
	}
	for around := int64(1); around <= n; around++ {
		r, bytes := page(ana, t, protocol.HistoryParams{With: "bo", Around: &around})
		if got := spanOf(r); got.From > around || got.To < around || bytes > bound && got.From != got.To {
			t.Fatalf("around %d: %+v, %d bytes", around, got, bytes)
		}
	}
}
