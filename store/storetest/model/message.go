package model

import (
	"errors"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

func (m *Model) append(x *store.Append) store.Outcome {
	sender := x.Message.Sender
	r := m.find(sender, x.To)
	if first, again := m.sent[clientID{sender, x.Key}]; again && x.Message.ClientID != "" {
		if r == nil || r.id != first.result.Conversation || x.Content != first.content {
			return refused(store.ErrConflict)
		}
		first.result.Duplicate = true
		return store.Outcome{Value: first.result}
	}
	if err := m.refuseMessage(r, x); err != nil {
		return refused(err)
	}
	var events []store.Event
	if r == nil {
		r = &room{id: x.NewID, pair: pairOf(sender, x.To), at: x.Message.At}
		events = append(events, m.open(r, r.pair))
	}
	msg := &message{Message: x.Message, place: m.next(), reactions: map[string]map[string]bool{}}
	msg.Conversation, msg.Seq, msg.Rev = r.id, r.last()+1, 1
	r.messages = append(r.messages, msg)
	r.members[sender].read = msg.Seq
	events = append(events, m.tell(r, thing{kind: aMessage, seq: msg.Seq}, r.names()))
	result := protocol.SendResult{Conversation: r.id, Seq: msg.Seq, At: msg.At}
	if x.Message.ClientID != "" {
		m.sent[clientID{sender, x.Key}] = sending{x.Content, result}
	}
	return store.Outcome{Value: result, Events: events}
}

// refuseMessage joins the errors of which a store gives any one.
func (m *Model) refuseMessage(r *room, x *store.Append) (refusal error) {
	sender, reply := x.Message.Sender, x.Message.ReplyTo
	first, last, peer, closed := int64(1), int64(0), x.To, false
	switch {
	case r == nil && protocol.IsConversationID(x.To), r != nil && r.members[sender] == nil:
		return store.ErrNotFound
	case r == nil && m.users[x.To] == nil:
		return store.ErrNoUser
	case r != nil:
		first, last, peer, closed = r.members[sender].first, r.last(), r.peer(sender), r.closed
	}
	if reply != 0 && (reply < first || reply > last) {
		refusal = errors.Join(refusal, store.ErrNoReply)
	}
	if peer != "" && !m.accepts(peer, sender) {
		refusal = errors.Join(refusal, store.ErrNotAccepting)
	}
	if closed {
		refusal = errors.Join(refusal, store.ErrClosed)
	}
	return refusal
}

// message returns a message that a member sees, or nil.
func (r *room) message(me *member, seq int64) *message {
	if seq < me.first || seq > r.last() {
		return nil
	}
	return r.messages[seq-1]
}

// change is a new version of a message, for those who see it.
func (m *Model) change(r *room, msg *message) store.Outcome {
	msg.Rev++
	audience := slices.DeleteFunc(r.names(), func(name string) bool { return r.members[name].first > msg.Seq })
	e := m.tell(r, thing{kind: aMessage, seq: msg.Seq}, audience)
	return store.Outcome{Value: msg.now(), Events: []store.Event{e}}
}

// replace is change, to what no longer says what it said.
func (m *Model) replace(r *room, msg *message, now protocol.Message) store.Outcome {
	gone := len(msg.Body)
	msg.Message = now
	o := m.change(r, msg)
	o.Gone = gone
	return o
}

// hears says whether the peer of a direct conversation takes what a member says.
func (m *Model) hears(r *room, member string) bool {
	return !r.direct() || m.accepts(r.peer(member), member)
}

func (m *Model) edit(x *store.Edit) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	msg := r.message(me, x.Seq)
	switch {
	case msg == nil || msg.Deleted:
		return refused(store.ErrNoMessage)
	case msg.Sender != x.Actor:
		return refused(store.ErrForbidden)
	case r.closed:
		return refused(store.ErrClosed)
	case !m.hears(r, x.Actor):
		return refused(store.ErrNotAccepting)
	case msg.Body == x.Body:
		return store.Outcome{Value: msg.now()}
	}
	now := msg.Message
	now.Body, now.EditedAt = x.Body, x.At
	return m.replace(r, msg, now)
}

func (m *Model) delete(x *store.Delete) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	msg := r.message(me, x.Seq)
	switch {
	case msg == nil:
		return refused(store.ErrNoMessage)
	case msg.Sender != x.Actor && me.role == protocol.Plain:
		return refused(store.ErrForbidden)
	case msg.Deleted:
		return store.Outcome{Value: msg.now()}
	}
	clear(msg.reactions)
	return m.replace(r, msg, protocol.Message{
		Conversation: r.id, Seq: msg.Seq, Rev: msg.Rev, Sender: msg.Sender, At: msg.At, Deleted: true,
	})
}

func (m *Model) react(x *store.React) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	msg := r.message(me, x.Seq)
	switch {
	case msg == nil || msg.Deleted:
		return refused(store.ErrNoMessage)
	case r.closed:
		return refused(store.ErrClosed)
	case !x.Remove && !m.hears(r, x.Actor):
		return refused(store.ErrNotAccepting)
	case msg.reactions[x.Emoji][x.Actor] == !x.Remove:
		return store.Outcome{Value: msg.now()}
	case x.Remove:
		delete(msg.reactions[x.Emoji], x.Actor)
		return m.change(r, msg)
	case len(msg.reactions[x.Emoji]) == 0 && len(msg.now().Reactions) >= x.Max:
		return refused(store.ErrTooMany)
	case msg.reactions[x.Emoji] == nil:
		msg.reactions[x.Emoji] = map[string]bool{}
	}
	msg.reactions[x.Emoji][x.Actor] = true
	return m.change(r, msg)
}

func (m *Model) markRead(x *store.MarkRead) store.Outcome {
	r, me := m.enter(x.Username, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	var events []store.Event
	if seq := min(x.Seq, r.last()); seq > me.read {
		me.read = seq
		audience := slices.DeleteFunc(r.names(), func(name string) bool { return !m.tells(r, x.Username, name) })
		events = append(events, m.tell(r, thing{kind: aMarker, username: x.Username}, audience))
	}
	unread, _ := r.unread(x.Username)
	return store.Outcome{Value: protocol.ReadResult{Conversation: r.id, ReadSeq: me.read, Unread: unread}, Events: events}
}

// tells says whether a member, who may be the viewer, is told how far another
// has read.
func (m *Model) tells(r *room, reader, viewer string) bool {
	return reader == viewer || len(r.members) <= store.ReceiptMembers && m.users[reader].privacy.Receipts
}
