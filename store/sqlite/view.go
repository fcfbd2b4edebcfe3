package sqlite

import (
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// view is a conversation as one of its members sees it, without what complete
// adds.
type view struct {
	protocol.Conversation
	key      int64 // of the conversation, which is the place of its creation
	pair     pair  // of a direct one
	viewer   string
	joined   store.Place
	firstSeq int64 // the first one that the member sees, if there is one
	lastSeq  int64 // of the conversation
	last     lastPlaces
}

// lastPlaces are where the one of a kind that a viewer sees was changed last,
// 0 when never.
type lastPlaces struct{ renamed, state, read, preferences store.Place }

// view finds a conversation by its id or by the peer of a direct one.
func (c *conn) view(viewer, with string) (view, error) {
	if protocol.IsConversationID(with) {
		return c.viewOf(viewer, viewByID, with)
	}
	p := pairOf(viewer, with)
	return c.viewOf(viewer, viewByPair, p.low, p.high)
}

func (c *conn) viewOf(viewer string, q query, args ...any) (view, error) {
	v := view{viewer: viewer}
	var closed bool
	found, err := c.get(scan{
		&v.key, &v.ID, &v.pair.low, &v.pair.high, &v.Name, &v.MemberCount, &v.CreatedAt,
		&closed, &v.History, &v.last.renamed, &v.last.state,
		&v.Role, &v.JoinedAt, &v.joined, &v.firstSeq, &v.ReadSeq, &v.last.read,
		&v.Muted, &v.Pinned, &v.last.preferences, &v.lastSeq,
	}, q, append([]any{viewer}, args...)...)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	v.Kind, v.With, v.State = kindOf(v.pair), v.pair.peer(viewer), protocol.Opened
	if closed {
		v.State = protocol.Closed
	}
	if v.LastSeq = v.lastSeq; v.lastSeq < v.firstSeq {
		v.LastSeq = 0 // no message that the member sees
	}
	return v, err
}

// firstSeen is the first seq that the member sees, 0 when there is none, as
// LastSeq is the last.
func (v *view) firstSeen() int64 {
	if v.LastSeq == 0 {
		return 0
	}
	return v.firstSeq
}

// Conversation returns a conversation as a member sees it.
func (s *Store) Conversation(ctx context.Context, viewer, with string) (found protocol.Conversation, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) error {
		v, err := c.view(viewer, with)
		if err == nil {
			found, err = c.complete(&v)
		}
		return err
	})
	return found, err
}

// conversationOf returns the conversation with a key as one of its members sees
// it, as its rows are.
func (c *conn) conversationOf(viewer string, key int64) (protocol.Conversation, error) {
	v, err := c.viewOf(viewer, viewByKey, key)
	if err != nil {
		return protocol.Conversation{}, err
	}
	return c.complete(&v)
}

// complete adds the members, the last message and what is unread.
func (c *conn) complete(v *view) (protocol.Conversation, error) {
	full := v.Conversation
	var err error
	if full.Members, err = c.memberNames(v); err != nil || v.LastSeq == 0 {
		return full, err
	}
	if full.LastMessage, err = c.messageOf(v, v.LastSeq); err != nil {
		return full, err
	}
	full.Unread, full.Mentions, err = c.unread(v)
	return full, err
}

// memberNames returns the first few members.
func (c *conn) memberNames(v *view) (names []string, err error) {
	if v.Kind == protocol.Direct {
		return slices.Compact([]string{v.pair.low, v.pair.high}), nil
	}
	var name string
	for err := range c.each(scan{&name}, memberNames, v.key, protocol.MembersShown) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	return names, nil
}

// messageOf returns a message that must be there.
func (c *conn) messageOf(v *view, seq int64) (*protocol.Message, error) {
	var row messageRow
	if err := c.one(row.scan(), messagesUp, v.key, seq, seq, 1); err != nil {
		return nil, err
	}
	m, err := row.message(v.ID)
	return &m, err
}

// unread counts the messages after the viewer's marker, none of which are the
// viewer's own, and those of them that mention the viewer. It reads none of
// them, only what the two indexes have.
func (c *conn) unread(v *view) (unread, mentions int64, err error) {
	after := max(v.ReadSeq, v.firstSeq-1)
	if after >= v.lastSeq {
		return 0, 0, nil
	}
	var deleted int64
	_, err = c.get(scan{&deleted, &mentions}, countUnread, v.viewer, v.key, after)
	return v.lastSeq - after - deleted, mentions, err
}
