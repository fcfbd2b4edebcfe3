package sqlite

import (
	"fmt"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

// A page stops when it has done much, says where the next one goes on, and the
// pages find everything once, through as many parts of a conversation.
func TestSearchGoesThroughParts(t *testing.T) {
	s := open(t, t.TempDir(), &Options{Durability: Normal})
	mustCommit(t, s, user("ana"), user("bo"))
	const hour = 3_600_000
	messages := 3 << partBits
	if testing.Short() {
		messages = 1<<partBits + 1024
	}
	var want []string
	for i := 0; i < messages; {
		var group []store.Mutation
		for range 512 {
			body := "hay"
			if i++; i%9973 == 0 {
				body = fmt.Sprint("needle ", i)
				want = append([]string{body}, want...)
			}
			m := note(body)
			m.Message.At = protocol.Time(i * hour)
			group = append(group, m)
		}
		mustCommit(t, s, group...)
	}
	s.awaitIndex(t)
	for _, text := range []string{"needle", "need*", `"needle"`, "hay"} {
		q, err := words.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		for before := store.Place(0); ; {
			h, err := s.Search(t.Context(), "ana", store.Query{Words: q, Before: before, Limit: 200})
			if err != nil {
				t.Fatal(err)
			}
			n += len(h.Items)
			if before = h.Next; before == 0 {
				break
			}
		}
		wanted := len(want)
		if text == "hay" {
			wanted = messages - len(want)
		}
		if n != wanted {
			t.Errorf("%d found by %s, want %d", n, text, wanted)
		}
	}
	// Where time leaves out most, little of it is read.
	hay, _ := words.Parse("hay")
	h, err := s.Search(t.Context(), "ana", store.Query{Words: hay, Since: 50 * hour, Until: 60 * hour, Limit: 200})
	if err != nil || len(h.Items) != 10 || h.Items[0].Message.Seq != 59 {
		t.Errorf("%d found in ten hours: %v", len(h.Items), err)
	}
}

// What others write makes no search of one's own longer: no statement of the
// index sees it.
func TestTermsAreOfOneConversation(t *testing.T) {
	q := store.Query{Words: words.Query{{Words: []string{"a"}, Prefix: true}}, Sender: "a.b", Mentions: "c-d"}
	got := expression(&q, partOf(33, 1<<partBits))
	if want := `"11w1ya·b" AND "11w1xc¹d" AND "11w1za" *`; got != want {
		t.Errorf("expression %s, want %s", got, want)
	}
	m := content{conversation: 33, seq: 1 << partBits, sender: "a.b", mentions: "c-d e", body: "Älter, 11w1zb"}
	if got, want := m.terms(), "11w1ya·b 11w1xc¹d 11w1xe 11w1zalter 11w1z11w1zb"; got != want {
		t.Errorf("terms %s, want %s", got, want)
	}
}
