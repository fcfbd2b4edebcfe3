package storetest

import (
	"fmt"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest/chance"
)

// read moves a marker, and returns the audience of it.
func (t *test) read(username, with string, seq int64) []string {
	t.Helper()
	o := t.must(&store.MarkRead{Username: username, With: with, Seq: seq})
	if len(o.Events) != 1 {
		t.Fatalf("MarkRead of %s: %d events", username, len(o.Events))
	}
	e := o.Events[0]
	c := t.conversation(username, with)
	t.equal("event", e, store.Event{Place: t.head().Place, Audience: e.Audience, Read: &protocol.ReadEvent{
		Conversation: c.ID, Username: username, Seq: c.ReadSeq,
	}})
	t.equal("value", o.Value, any(protocol.ReadResult{Conversation: c.ID, ReadSeq: c.ReadSeq, Unread: c.Unread}))
	return e.Audience
}

// counts are the marker, unread and mentions of a viewer.
func (t *test) counts(viewer, with string) []int64 {
	t.Helper()
	c := t.conversation(viewer, with)
	return []int64{c.ReadSeq, c.Unread, c.Mentions}
}

// markers are how far the members have read as a viewer is told.
func (t *test) markers(viewer, with string) map[string]int64 {
	t.Helper()
	members, err := t.Members(t.Context(), viewer, with, "", plenty)
	t.is("Members", err, nil)
	all := map[string]int64{}
	for _, m := range members {
		if m.ReadSeq != 0 {
			all[m.Username] = m.ReadSeq
		}
	}
	return all
}

// mention sends a text that mentions.
func (t *test) mention(sender, to string, names ...string) {
	t.Helper()
	m := t.message(sender, to, "mentions")
	m.Message.Mentions = names
	t.must(m)
}

var markers = cases{
	{"a read marker moves forward, to the last message at most", func(t *test) {
		t.users("ana", "bo", "cleo")
		t.sends("ana", "bo", "1", "2", "3", "4")
		t.equal("at first", t.counts("bo", "ana"), []int64{0, 4, 0})
		t.read("bo", "ana", 2)
		t.equal("later", t.counts("bo", "ana"), []int64{2, 2, 0})
		id := t.conversation("ana", "bo").ID
		for _, seq := range []int64{2, 1, 0, -1} {
			value := t.unchanged(&store.MarkRead{Username: "bo", With: "ana", Seq: seq})
			t.equal("value", value, any(protocol.ReadResult{Conversation: id, ReadSeq: 2, Unread: 2}))
		}
		t.read("bo", id, 99)
		t.equal("at last", t.counts("bo", "ana"), []int64{4, 0, 0})
		t.unchanged(&store.MarkRead{Username: "bo", With: "ana", Seq: 99})
		t.refuse(&store.MarkRead{Username: "cleo", With: id, Seq: 1}, store.ErrNotFound)
		t.refuse(&store.MarkRead{Username: "cleo", With: "ana", Seq: 1}, store.ErrNotFound)
	}},
	{"a message of one's own moves the marker to it, which is no event", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2")
		t.equal("ana's", t.counts("ana", "bo"), []int64{2, 0, 0})
		o := t.must(t.message("bo", "ana", "3"))
		t.equal("number of events", len(o.Events), 1)
		t.equal("bo's", t.counts("bo", "ana"), []int64{3, 0, 0})
		t.equal("ana's", t.counts("ana", "bo"), []int64{2, 1, 0})
		t.send("ana", "ana", "note")
		t.equal("of notes", t.counts("ana", "ana"), []int64{1, 0, 0})
	}},
	{"unread are the messages of others after the marker that are not deleted", func(t *test) {
		t.users("ana", "bo")
		t.sends("ana", "bo", "1", "2", "3", "4", "5")
		for _, seq := range []int64{1, 3, 4} {
			t.must(&store.Delete{Actor: "ana", With: "bo", Seq: seq})
		}
		t.equal("from the first", t.counts("bo", "ana"), []int64{0, 2, 0})
		t.read("bo", "ana", 2)
		t.equal("from the second", t.counts("bo", "ana"), []int64{2, 1, 0})
		t.must(&store.Delete{Actor: "ana", With: "bo", Seq: 2})
		t.equal("without one that was read", t.counts("bo", "ana"), []int64{2, 1, 0})
		t.must(&store.Delete{Actor: "ana", With: "bo", Seq: 5})
		t.equal("without the last", t.counts("bo", "ana"), []int64{2, 0, 0})
	}},
	{"unread is what a count by hand says, whatever is done", func(t *test) {
		w := newTwins(t)
		for _, group := range chance.Seeded(4, 60) {
			w.play(group)
			for _, username := range w.users {
				for id, c := range w.wholeHome(username) {
					w.equal(fmt.Sprintf("unread of %s in %s", username, id), []int64{c.Unread, c.Mentions}, w.byHand(c, username))
				}
			}
		}
	}},
	{"who joins has read all that is there, also where it is to be seen", func(t *test) {
		t.users("ana", "bo")
		shared := t.createGroup("ana")
		shared.History = true
		t.must(shared)
		for _, id := range []string{t.group("ana"), shared.ID} {
			t.sends("ana", id, "1", "2")
			t.mention("ana", id, "bo")
			t.add("ana", id, "bo")
			t.equal("after joining", t.counts("bo", id), []int64{3, 0, 0})
			value := t.unchanged(&store.MarkRead{Username: "bo", With: id, Seq: 9})
			t.equal("value", value, any(protocol.ReadResult{Conversation: id, ReadSeq: 3}))
			t.equal("markers", t.markers("bo", id), map[string]int64{"ana": 3, "bo": 3})
			t.mention("ana", id, "bo")
			t.equal("later", t.counts("bo", id), []int64{3, 1, 1})
			t.leave(id, "bo")
			t.mention("ana", id, "bo")
			t.add("ana", id, "bo")
			t.equal("after coming back", t.counts("bo", id), []int64{5, 0, 0})
			t.must(&store.Delete{Actor: "ana", With: id, Seq: 4})
			t.send("ana", id, "6")
			t.equal("at last", t.counts("bo", id), []int64{5, 1, 0})
		}
	}},
	{"mentions of a member by others count until they are read or deleted", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo")
		t.mention("ana", id, "bo", "ana", "cleo")
		t.mention("ana", id, "bo")
		t.mention("ana", id, "cleo")
		t.send("ana", id, "bo")
		t.equal("bo's", t.counts("bo", id), []int64{0, 4, 2})
		t.equal("ana's", t.counts("ana", id), []int64{4, 0, 0})
		t.must(t.editing("ana", id, 2, "edited"))
		t.equal("after an edit", t.counts("bo", id), []int64{0, 4, 2})
		t.must(&store.Delete{Actor: "ana", With: id, Seq: 2})
		t.equal("after a deletion", t.counts("bo", id), []int64{0, 3, 1})
		t.read("bo", id, 1)
		t.equal("after reading", t.counts("bo", id), []int64{1, 2, 0})
		t.mention("bo", id, "bo")
		t.equal("of oneself", t.counts("bo", id), []int64{5, 0, 0})
	}},
	{"how far a member has read is told to all members of a small conversation", func(t *test) {
		names := t.crowd(store.ReceiptMembers + 1)
		most := names[:store.ReceiptMembers]
		id := t.group(names[0], most[1:]...)
		t.sends(names[0], id, "1", "2")
		t.equal("audience", t.read(names[2], id, 1), most)
		t.equal("markers", t.markers(names[3], id), map[string]int64{names[0]: 2, names[2]: 1})
		t.add(names[0], id, names[len(most)])
		t.equal("audience in a larger one", t.read(names[2], id, 2), []string{names[2]})
		t.equal("markers in a larger one", t.markers(names[3], id), map[string]int64{})
		t.equal("the own marker", t.markers(names[2], id), map[string]int64{names[2]: 2})
		t.leave(id, names[len(most)])
		t.equal("markers in a small one again", t.markers(names[3], id), map[string]int64{names[0]: 2, names[2]: 2})
	}},
	{"how far a member has read is told to nobody else if their privacy says so", func(t *test) {
		t.users("ana", "bo", "cleo")
		id := t.group("ana", "bo", "cleo")
		t.sends("ana", id, "1", "2")
		before := t.head().Place
		t.must(&store.SetPrivacy{Username: "bo", Receipts: new(false)})
		t.equal("audience", t.read("bo", id, 1), []string{"bo"})
		t.equal("cleo's markers", t.markers("cleo", id), map[string]int64{"ana": 2})
		t.equal("bo's markers", t.markers("bo", id), map[string]int64{"ana": 2, "bo": 1})
		t.equal("what cleo catches up with", len(t.replay("cleo", before, t.head().Place, 9)), 0)
		t.equal("what bo catches up with", len(t.replay("bo", before, t.head().Place, 9)), 1)
		t.equal("changed for cleo", len(t.home("cleo", store.HomePage{Changed: true, Since: before, Limit: 9}).Items), 0)
		t.equal("changed for bo", len(t.home("bo", store.HomePage{Changed: true, Since: before, Limit: 9}).Items), 1)
		t.equal("audience of cleo", t.read("cleo", id, 2), []string{"ana", "bo", "cleo"})
	}},
	{"preferences are their user's own, and told to no other", func(t *test) {
		t.users("ana", "bo")
		id := t.send("ana", "bo", "x").Conversation
		set := func(muted, pinned *bool) *store.SetPreferences {
			return &store.SetPreferences{Username: "bo", With: "ana", Muted: muted, Pinned: pinned}
		}
		for _, c := range []struct{ muted, pinned, wantMuted, wantPinned *bool }{
			{new(true), nil, new(true), new(false)}, {nil, new(true), new(true), new(true)}, {new(false), new(false), new(false), new(false)},
			{new(true), new(true), new(true), new(true)},
		} {
			o := t.must(set(c.muted, c.pinned))
			now := t.conversation("bo", "ana")
			t.equal("value", o.Value, any(now))
			t.equal("preferences", []bool{now.Muted, now.Pinned}, []bool{*c.wantMuted, *c.wantPinned})
			t.equal("events", o.Events, []store.Event{{Place: t.head().Place, Audience: []string{"bo"}, Conversation: &protocol.ConversationEvent{
				Conversation: id, Change: protocol.PreferencesChanged, Kind: protocol.Direct, Username: "bo",
				Muted: c.wantMuted, Pinned: c.wantPinned, MemberCount: 2,
			}}})
			t.equal("value again", t.unchanged(set(c.muted, c.pinned)), any(now))
			t.unchanged(set(nil, nil))
		}
		other := t.conversation("ana", "bo")
		t.equal("ana's", []bool{other.Muted, other.Pinned}, []bool{false, false})
		t.refuse(&store.SetPreferences{Username: "bo", With: "bo", Muted: new(true)}, store.ErrNotFound)
	}},
}

// byHand counts what is unread in the messages that a viewer sees, and in how
// many of those the viewer is mentioned.
func (t *test) byHand(c protocol.Conversation, viewer string) []int64 {
	t.Helper()
	counts := []int64{0, 0}
	for _, m := range t.history(viewer, c.ID, everything).Messages {
		if m.Seq <= c.ReadSeq || m.Sender == viewer || m.Deleted {
			continue
		}
		counts[0]++
		for _, name := range m.Mentions {
			if name == viewer {
				counts[1]++
			}
		}
	}
	return counts
}
