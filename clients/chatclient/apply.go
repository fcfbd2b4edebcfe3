package chatclient

import (
	"slices"

	"asappchat/protocol"
)

// apply applies an event, and returns the id of the conversation that it is
// about. It is called with the turn.
func (m *Mirror) apply(event any) (id string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch e := event.(type) {
	case protocol.MessageEvent:
		return m.applyLocked(e.Message.Conversation, func(c *entry) bool {
			if _, loose := m.loose[c.ID]; e.Message.Seq > c.LastSeq || e.Message.Seq == c.LastSeq && loose {
				m.touchLocked(c)
			}
			c.markers.move(e.Message.Sender, e.Message.Seq)
			c.recent.put(&e.Message, m.keep)
			return c.message(&e.Message, m.user)
		})
	case Updated:
		return m.applyLocked(e.Message.Conversation, func(c *entry) bool {
			c.recent.replace(&e.Message)
			return c.update(&e.Message, m.user)
		})
	case protocol.ReadEvent:
		return m.applyLocked(e.Conversation, func(c *entry) bool {
			c.markers.move(e.Username, e.Seq)
			return e.Username != m.user || c.read(e.Seq)
		})
	case protocol.ConversationEvent:
		return m.conversationLocked(&e)
	case Reset:
		m.filled, m.cursor = false, ""
	}
	return ""
}

// applyLocked changes a conversation, which is asked for when it is not there or
// change returns false.
func (m *Mirror) applyLocked(id string, change func(*entry) bool) string {
	if e := m.entries[id]; e == nil || !change(e) {
		m.stale[id] = struct{}{}
	}
	return id
}

// touchLocked notes that a conversation has the newest activity of all.
func (m *Mirror) touchLocked(e *entry) {
	m.top++
	e.rank = m.top
	delete(m.loose, e.ID)
}

// conversationLocked applies what happened to a conversation.
func (m *Mirror) conversationLocked(e *protocol.ConversationEvent) string {
	id, own := e.Conversation, e.Username == m.user
	switch {
	case own && e.Change == protocol.Left:
		delete(m.entries, id)
		delete(m.stale, id)
		delete(m.loose, id)
		return id
	case e.Change == protocol.Created && m.entries[id] != nil, own && e.Change == protocol.Joined && m.entries[id] != nil:
		if m.loose[id] {
			m.touchLocked(m.entries[id])
		}
	}
	return m.applyLocked(id, func(c *entry) bool {
		switch e.Change {
		case protocol.Joined:
			return !own && c.join(e) // what it was before is over
		case protocol.Left:
			return c.leave(e)
		case protocol.Renamed:
			c.Name = e.Name
		case protocol.StateChanged:
			c.State = e.State
		case protocol.RoleChanged:
			if own {
				c.Role = e.Role
			}
		case protocol.PreferencesChanged:
			if e.Muted == nil || e.Pinned == nil {
				return false
			}
			c.Muted, c.Pinned = *e.Muted, *e.Pinned
		}
		return true // also for a change that is not known here
	})
}

// join adds another member, if it is among the first few.
func (e *entry) join(event *protocol.ConversationEvent) bool {
	i, there := slices.BinarySearch(e.Members, event.Username)
	if !there {
		e.Members = slices.Concat(e.Members[:i], []string{event.Username}, e.Members[i:])
		e.Members = e.Members[:min(len(e.Members), protocol.MembersShown)]
	}
	return e.counted(event.MemberCount)
}

// leave takes away another member.
func (e *entry) leave(event *protocol.ConversationEvent) bool {
	if i, there := slices.BinarySearch(e.Members, event.Username); there {
		e.Members = slices.Concat(e.Members[:i], e.Members[i+1:])
	}
	return e.counted(event.MemberCount)
}

// counted takes the number of members. It returns false when those who are
// known are not the first few.
func (e *entry) counted(members int) bool {
	e.MemberCount, e.markers = members, nil // who may be seen depends on it
	return len(e.Members) == min(members, protocol.MembersShown)
}
