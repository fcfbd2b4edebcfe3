package model

import (
	"cmp"
	"maps"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// Conversation is what the store's method of this name returns, and so are
// Members, History, Home, Users, Privacy and Blocked.
func (m *Model) Conversation(viewer, with string) (protocol.Conversation, error) {
	r, _ := m.enter(viewer, with)
	if r == nil {
		return protocol.Conversation{}, store.ErrNotFound
	}
	return r.as(viewer), nil
}

// as is the conversation as one of its members sees it.
func (r *room) as(viewer string) protocol.Conversation {
	me := r.members[viewer]
	c := protocol.Conversation{
		ID: r.id, Kind: r.kind(), Name: r.name, Role: me.role,
		MemberCount: len(r.members), Members: r.shown(),
		ReadSeq: me.read, Muted: me.muted, Pinned: me.pinned, With: r.peer(viewer),
		State: r.state(), History: r.history, CreatedAt: r.at, JoinedAt: me.joinedAt,
	}
	if msg := r.message(me, r.last()); msg != nil {
		last := msg.now()
		c.LastMessage, c.LastSeq = &last, last.Seq
	}
	c.Unread, c.Mentions = r.unread(viewer)
	return c
}

// unread counts what a member has not read, and what of it mentions them.
func (r *room) unread(viewer string) (messages, mentions int64) {
	me := r.members[viewer]
	for _, msg := range r.messages {
		if msg.Seq < me.first || msg.Seq <= me.read || msg.Sender == viewer || msg.Deleted {
			continue
		}
		messages++
		if slices.Contains(msg.Mentions, viewer) {
			mentions++
		}
	}
	return messages, mentions
}

func (r *room) kind() protocol.ConversationKind {
	if r.direct() {
		return protocol.Direct
	}
	return protocol.Group
}

func (r *room) state() protocol.State {
	if r.closed {
		return protocol.Closed
	}
	return protocol.Opened
}

// peer is the other one of a direct conversation, or oneself in notes.
func (r *room) peer(username string) string {
	switch {
	case !r.direct():
		return ""
	case r.pair[0] == username:
		return r.pair[len(r.pair)-1]
	}
	return r.pair[0]
}

// shown are the members that a conversation names.
func (r *room) shown() []string {
	names := r.names()
	return names[:min(len(names), protocol.MembersShown)]
}

// now is the message as it is.
func (msg *message) now() protocol.Message {
	shown := msg.Message
	for _, emoji := range slices.Sorted(maps.Keys(msg.reactions)) {
		users := slices.Sorted(maps.Keys(msg.reactions[emoji]))
		if n := len(users); n > 0 {
			users = users[:min(n, protocol.ReactionUsersShown)]
			shown.Reactions = append(shown.Reactions, protocol.Reaction{Emoji: emoji, Count: n, Users: users})
		}
	}
	return shown
}

func (m *Model) Members(viewer, with, after string, limit int) (page []protocol.Member, err error) {
	r, _ := m.enter(viewer, with)
	if r == nil {
		return nil, store.ErrNotFound
	}
	for _, name := range r.names() {
		if name <= after || len(page) == limit {
			continue
		}
		other := r.members[name]
		entry := protocol.Member{Username: name, Role: other.role, JoinedAt: other.joinedAt}
		if m.tells(r, name, viewer) {
			entry.ReadSeq = other.read
		}
		page = append(page, entry)
	}
	return page, nil
}

func (m *Model) History(viewer, with string, page store.Page) (store.History, error) {
	r, me := m.enter(viewer, with)
	if r == nil {
		return store.History{}, store.ErrNotFound
	}
	h := store.History{Conversation: r.id}
	if r.last() >= me.first {
		h.FirstSeq, h.LastSeq = me.first, r.last()
	}
	var all []protocol.Message
	for _, msg := range r.messages {
		if msg.Seq >= max(me.first, page.From) && msg.Seq <= page.To && r.changed(msg) > page.Since {
			all = append(all, msg.now())
		}
	}
	if page.FromEnd {
		slices.Reverse(all)
	}
	n := pageSize(all, page.Limit, page.Bytes)
	h.Messages, h.More = all[:n], n < len(all) && !page.FromEnd
	if page.FromEnd {
		slices.Reverse(h.Messages)
	}
	return h, nil
}

// pageSize is how many of the messages make a page.
func pageSize(all []protocol.Message, limit, bytes int) int {
	for i, msg := range all {
		if bytes -= store.Size(&msg); i == limit || i > 0 && bytes < 0 {
			return i
		}
	}
	return len(all)
}

// changed is where a message was sent or last changed.
func (r *room) changed(msg *message) store.Place {
	return r.ends()[thing{kind: aMessage, seq: msg.Seq}]
}

// ends are the last places of all things.
func (r *room) ends() map[thing]store.Place {
	ends := map[thing]store.Place{}
	for _, e := range r.log {
		ends[e.thing] = e.place
	}
	return ends
}

func (m *Model) Home(viewer string, page store.HomePage) store.Home {
	var all []store.HomeItem
	for _, r := range m.rooms {
		me := r.members[viewer]
		switch {
		case me == nil && page.Changed && r.left[viewer] > page.Since:
			all = append(all, store.HomeItem{
				Activity: r.left[viewer], Left: true, Conversation: protocol.Conversation{ID: r.id},
			})
		case me != nil && (!page.Changed || len(m.replay(r, viewer, page.Since, m.place)) > 0):
			all = append(all, store.HomeItem{Activity: r.activity(me), Conversation: r.as(viewer)})
		}
	}
	if page.Before != 0 {
		all = slices.DeleteFunc(all, func(i store.HomeItem) bool { return i.Activity >= page.Before })
	}
	slices.SortFunc(all, func(a, b store.HomeItem) int { return cmp.Compare(b.Activity, a.Activity) })
	n := homeSize(all, page)
	return store.Home{Items: all[:n], More: n < len(all)}
}

// homeSize is how many of the items make a page.
func homeSize(all []store.HomeItem, page store.HomePage) int {
	bytes := 0
	for i, item := range all {
		if m := item.Conversation.LastMessage; m != nil {
			bytes += store.Size(m)
		}
		if i == page.Limit || i > 0 && page.Bytes > 0 && bytes > page.Bytes {
			return i
		}
	}
	return len(all)
}

// activity is the place of the last message, or of a member's joining.
func (r *room) activity(me *member) store.Place {
	if len(r.messages) > 0 {
		return max(me.joined, r.messages[r.last()-1].place)
	}
	return me.joined
}

func (m *Model) Users(sharing, prefix, after string, limit int) (users []protocol.User) {
	for _, name := range slices.Sorted(maps.Keys(m.users)) {
		shares := sharing == "" || name == sharing || slices.ContainsFunc(m.rooms, func(r *room) bool {
			return r.members[sharing] != nil && r.members[name] != nil
		})
		begins := len(name) >= len(prefix) && name[:len(prefix)] == prefix
		if shares && begins && name > after && len(users) < limit {
			users = append(users, m.users[name].User)
		}
	}
	return users
}

func (m *Model) Privacy(username string) (protocol.Privacy, error) {
	if u := m.users[username]; u != nil {
		return u.privacy, nil
	}
	return protocol.Privacy{}, store.ErrNotFound
}

func (m *Model) Blocked(username, after string, limit int) (users []protocol.User) {
	for _, name := range slices.Sorted(maps.Keys(m.users[username].blocks)) {
		if name > after && len(users) < limit {
			users = append(users, m.users[name].User)
		}
	}
	return users
}

// Seen returns those of usernames whose presence the viewer may see.
func (m *Model) Seen(viewer string, usernames []string) (seen []string) {
	for _, name := range usernames {
		shares := slices.ContainsFunc(m.rooms, func(r *room) bool { return r.members[viewer] != nil && r.members[name] != nil })
		if u := m.users[name]; u != nil && (name == viewer || shares && u.privacy.Presence && !m.apart(viewer, name)) {
			seen = append(seen, name)
		}
	}
	return seen
}

// apart says whether one of two users blocks the other.
func (m *Model) apart(one, other string) bool {
	return m.users[one].blocks[other] || m.users[other].blocks[one]
}

func (m *Model) Hearers(viewer, with string, max int) (id string, hearers []string, err error) {
	r, me := m.enter(viewer, with)
	if me == nil {
		return "", nil, store.ErrNotFound
	}
	for _, name := range r.names() {
		takes := !r.direct() || m.accepts(name, viewer)
		if name != viewer && takes && !m.apart(viewer, name) && !r.closed && len(r.members) <= max {
			hearers = append(hearers, name)
		}
	}
	return r.id, hearers, nil
}
