package model

import (
	"cmp"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// Replay is what a user catches up with, of all conversations together, in
// the order of the log.
func (m *Model) Replay(username string, after, upto store.Place) (events []store.Event) {
	for _, r := range m.rooms {
		events = append(events, m.replay(r, username, after, upto)...)
	}
	slices.SortFunc(events, func(a, b store.Event) int { return cmp.Compare(a.Place, b.Place) })
	return events
}

func (m *Model) replay(r *room, username string, after, upto store.Place) (events []store.Event) {
	me := r.members[username]
	if me == nil {
		return r.departure(username, after, upto)
	}
	ends := r.ends()
	after = max(after, me.joined-1)
	for _, e := range r.log {
		if e.place <= after || e.place > upto || !m.sees(r, username, e) {
			continue
		}
		once := e.place == ends[e.thing]
		if e.thing.kind == aMessage {
			sent := r.messages[e.thing.seq-1].place
			once = e.place == sent || once && sent <= after
		}
		if once {
			events = append(events, r.event(e.place, e.thing))
		}
	}
	return events
}

// sees says whether a member may see what an entry tells of, which begins with
// the membership of whom it is about.
func (m *Model) sees(r *room, viewer string, e entry) bool {
	about := r.members[e.thing.username]
	switch e.thing.kind {
	case aMessage:
		return e.thing.seq >= r.members[viewer].first
	case aMarker:
		return about != nil && e.place > about.joined && m.tells(r, e.thing.username, viewer)
	case protocol.RoleChanged:
		return about != nil && e.place > about.joined
	case protocol.PreferencesChanged:
		return e.thing.username == viewer
	}
	return true
}

// departure is all that is left for who has left. Neither how many are there
// now nor how the group has been named since is theirs to know.
func (r *room) departure(username string, after, upto store.Place) []store.Event {
	place, was := r.left[username]
	if !was || place <= after || place > upto {
		return nil
	}
	e := r.event(place, thing{kind: protocol.Joined, username: username})
	e.Conversation.MemberCount = 0
	if r.ends()[thing{kind: protocol.Renamed}] > place {
		e.Conversation.Name = ""
	}
	return []store.Event{e}
}

// event tells of a thing as it is now.
func (r *room) event(place store.Place, t thing) store.Event {
	about := r.members[t.username]
	switch t.kind {
	case aMessage:
		msg := r.messages[t.seq-1]
		now := msg.now()
		return store.Event{Place: place, Message: &now, Updated: place != msg.place}
	case aMarker:
		read := &protocol.ReadEvent{Conversation: r.id, Username: t.username, Seq: about.read}
		return store.Event{Place: place, Read: read}
	}
	c := &protocol.ConversationEvent{
		Conversation: r.id, Change: t.kind, Kind: r.kind(), Name: r.name, Username: t.username, MemberCount: len(r.members),
	}
	switch t.kind {
	case protocol.Created:
		c.Members = r.shown()
	case protocol.Joined:
		if about == nil {
			c.Change = protocol.Left
		}
	case protocol.RoleChanged:
		c.Role = about.role
	case protocol.StateChanged:
		c.State = r.state()
	case protocol.PreferencesChanged:
		c.Muted, c.Pinned = new(about.muted), new(about.pinned)
	}
	return store.Event{Place: place, Conversation: c}
}
