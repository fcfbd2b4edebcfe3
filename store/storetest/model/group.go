package model

import (
	"cmp"
	"errors"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

func (m *Model) createGroup(x *store.CreateGroup) store.Outcome {
	if m.find("", x.ID) != nil {
		return refused(errors.New("the id of a conversation is given out twice"))
	}
	for _, name := range x.Members {
		if err := m.refuseInvitation(x.Creator, name); err != nil {
			return refused(&store.UserError{Username: name, Err: err})
		}
	}
	r := &room{id: x.ID, name: x.Name, at: x.At, history: x.History}
	created := m.open(r, append([]string{x.Creator}, x.Members...))
	r.members[x.Creator].role = protocol.Owner
	return m.outcome(r, x.Creator, created)
}

func (m *Model) refuseInvitation(actor, username string) error {
	switch {
	case m.users[username] == nil:
		return store.ErrNoUser
	case !m.accepts(username, actor):
		return store.ErrNotAccepting
	}
	return nil
}

func (m *Model) addMember(x *store.AddMember) store.Outcome {
	r, _ := m.enter(x.Actor, x.With)
	switch {
	case r == nil:
		return refused(store.ErrNotFound)
	case r.direct():
		return refused(store.ErrForbidden)
	case r.members[x.Username] != nil:
		return m.outcome(r, x.Actor)
	}
	if err := m.refuseInvitation(x.Actor, x.Username); err != nil {
		return refused(err)
	}
	if len(r.members) >= x.Max {
		return refused(store.ErrTooMany)
	}
	me := &member{role: protocol.Plain, joinedAt: x.At, joined: m.next(), first: r.last() + 1, read: r.last()}
	if r.history {
		me.first = 1
	}
	r.members[x.Username] = me
	delete(r.left, x.Username)
	return m.outcome(r, x.Actor, m.tell(r, thing{kind: protocol.Joined, username: x.Username}, r.names()))
}

func (m *Model) removeMember(x *store.RemoveMember) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	switch {
	case r == nil:
		return refused(store.ErrNotFound)
	case r.direct():
		return refused(store.ErrForbidden)
	case r.members[x.Username] == nil:
		return refused(store.ErrNoUser)
	}
	other := r.members[x.Username]
	may := x.Actor == x.Username || me.role == protocol.Owner || me.role == protocol.Admin && other.role == protocol.Plain
	if !may {
		return refused(store.ErrForbidden)
	}
	before := r.names()
	delete(r.members, x.Username)
	r.left[x.Username] = m.next()
	events := []store.Event{m.tell(r, thing{kind: protocol.Joined, username: x.Username}, before)}
	if other.role == protocol.Owner && len(r.members) > 0 {
		events = append(events, m.giveRole(r, r.heir(), protocol.Owner))
	}
	if x.Actor == x.Username {
		return store.Outcome{Events: events}
	}
	return m.outcome(r, x.Actor, events...)
}

// heir is the admin who has been there longest, or without one the member who
// has, of several the first by name.
func (r *room) heir() string {
	rank := map[protocol.Role]int{protocol.Admin: 0, protocol.Plain: 1}
	return slices.MinFunc(r.names(), func(a, b string) int {
		x, y := r.members[a], r.members[b]
		return cmp.Or(cmp.Compare(rank[x.role], rank[y.role]), cmp.Compare(x.joined, y.joined))
	})
}

func (m *Model) giveRole(r *room, username string, role protocol.Role) store.Event {
	r.members[username].role = role
	return m.tell(r, thing{kind: protocol.RoleChanged, username: username}, r.names())
}

func (m *Model) setRole(x *store.SetRole) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	switch {
	case r == nil:
		return refused(store.ErrNotFound)
	case r.direct():
		return refused(store.ErrForbidden)
	case r.members[x.Username] == nil:
		return refused(store.ErrNoUser)
	case me.role != protocol.Owner || x.Actor == x.Username:
		return refused(store.ErrForbidden)
	case r.members[x.Username].role == x.Role:
		return m.outcome(r, x.Actor)
	}
	events := []store.Event{m.giveRole(r, x.Username, x.Role)}
	if x.Role == protocol.Owner {
		events = append(events, m.giveRole(r, x.Actor, protocol.Admin))
	}
	return m.outcome(r, x.Actor, events...)
}

func (m *Model) rename(x *store.Rename) store.Outcome {
	r, err := m.govern(x.Actor, x.With)
	if err != nil {
		return refused(err)
	}
	if !set(&r.name, &x.Name) {
		return m.outcome(r, x.Actor)
	}
	return m.outcome(r, x.Actor, m.tell(r, thing{kind: protocol.Renamed}, r.names()))
}

func (m *Model) setState(x *store.SetState) store.Outcome {
	r, err := m.govern(x.Actor, x.With)
	if err != nil {
		return refused(err)
	}
	closed := x.State == protocol.Closed
	if !set(&r.closed, &closed) {
		return m.outcome(r, x.Actor)
	}
	return m.outcome(r, x.Actor, m.tell(r, thing{kind: protocol.StateChanged}, r.names()))
}

// govern returns a group of which the actor is owner or admin.
func (m *Model) govern(actor, with string) (*room, error) {
	r, me := m.enter(actor, with)
	switch {
	case r == nil:
		return nil, store.ErrNotFound
	case r.direct() || me.role == protocol.Plain:
		return nil, store.ErrForbidden
	}
	return r, nil
}

func (m *Model) setPreferences(x *store.SetPreferences) store.Outcome {
	r, me := m.enter(x.Username, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	var events []store.Event
	muted, pinned := set(&me.muted, x.Muted), set(&me.pinned, x.Pinned)
	if muted || pinned {
		t := thing{kind: protocol.PreferencesChanged, username: x.Username}
		events = append(events, m.tell(r, t, []string{x.Username}))
	}
	return m.outcome(r, x.Username, events...)
}

// outcome has the conversation as the actor sees it.
func (m *Model) outcome(r *room, actor string, events ...store.Event) store.Outcome {
	return store.Outcome{Value: r.as(actor), Events: events}
}
