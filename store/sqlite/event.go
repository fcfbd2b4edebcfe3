package sqlite

import (
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// changes returns the events of a page, and one after it, other than messages,
// as they are now. They are not in order.
func (c *conn) changes(v *view, from store.Place, to reach) ([]store.Event, error) {
	events := v.changes(from, to.upto)
	if v.shows(from) && store.Place(v.key) <= to.upto {
		created := v.event(store.Place(v.key), protocol.Created, "")
		var err error
		if created.Conversation.Members, err = c.memberNames(v); err != nil {
			return nil, err
		}
		events = append(events, created)
	}
	reads, err := c.reads(v, from, to.upto)
	if err != nil || v.Kind == protocol.Direct {
		return append(events, reads...), err
	}
	memberships, err := c.memberships(v, from, to)
	if err != nil {
		return nil, err
	}
	roles, err := c.roles(v, from, to)
	return slices.Concat(events, reads, memberships, roles), err
}

// shows says whether the creation is an event for the member, from a place on.
func (v *view) shows(from store.Place) bool {
	return v.joined == store.Place(v.key) && store.Place(v.key) >= from
}

// changes returns what the view itself tells of a time.
func (v *view) changes(from, upto store.Place) (events []store.Event) {
	add := func(place store.Place, change protocol.Change, fill func(*protocol.ConversationEvent)) {
		if place >= from && place <= upto {
			e := v.event(place, change, "")
			fill(e.Conversation)
			events = append(events, e)
		}
	}
	add(v.last.renamed, protocol.Renamed, func(*protocol.ConversationEvent) {})
	add(v.last.state, protocol.StateChanged, func(e *protocol.ConversationEvent) { e.State = v.State })
	add(v.last.preferences, protocol.PreferencesChanged, func(e *protocol.ConversationEvent) {
		e.Username, e.Muted, e.Pinned = v.viewer, &v.Muted, &v.Pinned
	})
	return events
}

// reads returns the markers that were read forward and that the viewer is told
// of: the viewer's own, and in a small conversation those of others who let
// them be seen. There are never more than store.ReceiptMembers.
func (c *conn) reads(v *view, from, upto store.Place) (events []store.Event, err error) {
	if v.MemberCount > store.ReceiptMembers {
		if v.last.read >= from && v.last.read <= upto {
			events = append(events, v.read(v.last.read, v.viewer, v.ReadSeq))
		}
		return events, nil
	}
	var place store.Place
	var username string
	var seq int64
	for err := range c.each(scan{&place, &username, &seq}, listReads, v.key, int64(from), int64(upto), v.viewer) {
		if err != nil {
			return nil, err
		}
		events = append(events, v.read(place, username, seq))
	}
	return events, nil
}

func (v *view) read(place store.Place, username string, seq int64) store.Event {
	return store.Event{Place: place, Read: &protocol.ReadEvent{Conversation: v.ID, Username: username, Seq: seq}}
}

// membershipsFrom is the first place, from a place on, at which others can
// join and leave before the member's eyes. Who was there from the beginning
// has not joined.
func (v *view) membershipsFrom(from store.Place) int64 {
	return max(int64(from), v.key+1)
}

func (c *conn) memberships(v *view, from store.Place, to reach) (events []store.Event, err error) {
	var place store.Place
	var username string
	var present bool
	for err := range c.each(scan{&place, &username, &present}, memberships,
		v.key, v.membershipsFrom(from), int64(to.upto), to.limit+1) {
		if err != nil {
			return nil, err
		}
		change := protocol.Left
		if present {
			change = protocol.Joined
		}
		events = append(events, v.event(place, change, username))
	}
	return events, nil
}

func (c *conn) roles(v *view, from store.Place, to reach) (events []store.Event, err error) {
	var place store.Place
	var username string
	var role protocol.Role
	for err := range c.each(scan{&place, &username, &role}, listRoles, v.key, int64(from), int64(to.upto), to.limit+1) {
		if err != nil {
			return nil, err
		}
		e := v.event(place, protocol.RoleChanged, username)
		e.Conversation.Role = role
		events = append(events, e)
	}
	return events, nil
}

func (v *view) event(place store.Place, change protocol.Change, username string) store.Event {
	return store.Event{Place: place, Conversation: &protocol.ConversationEvent{
		Conversation: v.ID,
		Change:       change,
		Kind:         v.Kind,
		Name:         v.Name,
		Username:     username,
		MemberCount:  v.MemberCount,
	}}
}
