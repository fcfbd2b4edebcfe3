package sqlite

import (
	"slices"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/store"
)

func (w *writer) append(m *store.Append) (store.Outcome, error) {
	c, err := w.find(m.Message.Sender, m.To)
	if err != nil {
		return store.Outcome{}, err
	}
	refusal, err := w.refuseMessage(c, m)
	if err != nil {
		return store.Outcome{}, err
	}
	// What was sent before is judged first. A message that could be written at
	// once tries to take its client id, the others look.
	ready := refusal == nil && c != nil
	if m.Message.ClientID != "" {
		if prior, err := w.claim(c, m, ready); prior != nil || err != nil {
			return w.repeat(prior, c, m), err
		}
	}
	switch {
	case refusal != nil:
		return refused(refusal)
	case c == nil:
		return w.openWith(m)
	}
	event, err := w.write(c, m)
	return store.Outcome{Value: sent(event.Message, false), Events: []store.Event{event}}, err
}

// refuseMessage says why the sender may not send this.
func (w *writer) refuseMessage(c *conversation, m *store.Append) (refusal, err error) {
	if c == nil {
		return w.refuseOpening(m)
	}
	s, member := c.seat(m.Message.Sender)
	switch r := m.Message.ReplyTo; {
	case !member:
		return store.ErrNotFound, nil
	case r != 0 && (r < s.firstSeq || r > c.lastSeq):
		return store.ErrNoReply, nil
	}
	return w.refuseSaying(c, m.Message.Sender)
}

// refuseSaying says why a member may not say anything in a conversation.
func (w *writer) refuseSaying(c *conversation, member string) (refusal, err error) {
	switch {
	case c.closed:
		return store.ErrClosed, nil
	case !c.direct() || c.open == w.generation:
		return nil, nil
	}
	return w.refusePeer(c, member)
}

// refuseOpening says why there can be no direct conversation for a message.
func (w *writer) refuseOpening(m *store.Append) (refusal, err error) {
	if protocol.IsConversationID(m.To) {
		return store.ErrNotFound, nil
	}
	refusal, err = w.refuseContact(m.To, m.Message.Sender)
	if err == nil && refusal != store.ErrNoUser && m.Message.ReplyTo != 0 {
		refusal = store.ErrNoReply
	}
	return refusal, err
}

// prior is what a client id was used for.
type prior struct {
	content           []byte
	conversation, seq int64
	at                protocol.Time
}

// claim returns what the message's client id was used for, nil when it was
// not; then, when the message is ready to be written, it is used for that.
func (w *writer) claim(c *conversation, m *store.Append, ready bool) (*prior, error) {
	if ready {
		n, err := w.insertSent(c, m)
		if err != nil || n == 1 {
			return nil, err
		}
	}
	var p prior
	found, err := w.get(scan{&p.content, &p.conversation, &p.seq}, getSent, m.Message.Sender, m.Key[:])
	if err != nil || !found {
		return nil, err
	}
	_, err = w.get(scan{&p.at}, messageAt, p.conversation, p.seq)
	return &p, err
}

func (w *writer) insertSent(c *conversation, m *store.Append) (int64, error) {
	return w.exec(insertSent, m.Message.Sender, m.Key[:], m.Content[:], c.key, c.lastSeq+1)
}

// repeat is the outcome for a client id that was used before.
func (w *writer) repeat(p *prior, c *conversation, m *store.Append) store.Outcome {
	if p == nil || c == nil || c.key != p.conversation || string(p.content) != string(m.Content[:]) {
		return store.Outcome{Err: store.ErrConflict}
	}
	return store.Outcome{Value: protocol.SendResult{Conversation: c.id, Seq: p.seq, At: p.at, Duplicate: true}}
}

// openWith opens a direct conversation with its first message.
func (w *writer) openWith(m *store.Append) (store.Outcome, error) {
	p := pairOf(m.Message.Sender, m.To)
	c := &conversation{id: m.NewID, pair: p}
	c.names = slices.Compact([]string{p.low, p.high})
	for range c.names {
		c.seats = append(c.seats, seat{role: protocol.Plain})
	}
	created, err := w.create(c, m.Message.At)
	if err != nil {
		return store.Outcome{}, err
	}
	if m.Message.ClientID != "" {
		if err := changedOne(w.insertSent(c, m)); err != nil {
			return store.Outcome{}, err
		}
	}
	event, err := w.write(c, m)
	return store.Outcome{Value: sent(event.Message, false), Events: []store.Event{created, event}}, err
}

// write adds the message to the conversation.
func (w *writer) write(c *conversation, m *store.Append) (store.Event, error) {
	msg := m.Message
	c.lastSeq++
	msg.Conversation, msg.Seq, msg.Rev = c.id, c.lastSeq, 1
	c.lastPlace, c.spoken = w.touch(c), true
	c.addSpeaker(msg.Sender)
	w.addMessage(c, &msg)
	_, err := w.exec(insertMessage, c.key, msg.Seq, int64(c.lastPlace), msg.Rev, int64(msg.At), msg.Sender,
		msg.ClientID, msg.ReplyTo, mentionsText(msg.Mentions), string(msg.Data), msg.Body)
	if err == nil && len(msg.Mentions) > 0 {
		err = w.mention(c, &msg)
	}
	return store.Event{Place: c.lastPlace, Audience: c.names, Message: &msg}, err
}

// mention notes who of the members are mentioned by somebody else.
func (w *writer) mention(c *conversation, m *protocol.Message) error {
	for _, name := range m.Mentions {
		if _, member := c.seat(name); !member || name == m.Sender {
			continue
		}
		if _, err := w.exec(insertMention, name, c.key, m.Seq); err != nil {
			return err
		}
	}
	return nil
}

func sent(m *protocol.Message, duplicate bool) protocol.SendResult {
	return protocol.SendResult{Conversation: m.Conversation, Seq: m.Seq, At: m.At, Duplicate: duplicate}
}

// mentionsText is how the database keeps names.
func mentionsText(names []string) string { return strings.Join(names, " ") }

// messageRow is a row of messageColumns.
type messageRow struct {
	protocol.Message
	place, changed            store.Place // changed is 0 when it never was
	mentions, data, reactions string
}

func (r *messageRow) scan() scan {
	return scan{
		&r.place, &r.Seq, &r.Rev, &r.At, &r.Sender, &r.ClientID, &r.ReplyTo, &r.mentions, &r.data, &r.Body,
		&r.changed, &r.EditedAt, &r.Deleted, &r.reactions,
	}
}

// message returns the message of the row, in the conversation with an id.
func (r *messageRow) message(conversation string) (protocol.Message, error) {
	m := r.Message
	m.Conversation = conversation
	if r.mentions != "" {
		m.Mentions = strings.Split(r.mentions, " ")
	}
	if r.data != "" {
		m.Data = jsontext.Value(r.data)
	}
	if r.reactions == "" {
		return m, nil
	}
	return m, json.Unmarshal([]byte(r.reactions), &m.Reactions)
}
