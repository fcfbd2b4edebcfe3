package sqlite

import (
	"asappchat/protocol"
	"asappchat/store"
)

// view is a conversation as one of its members sees it, without its members.
type view struct {
	protocol.Conversation
	key      int64 // of the conversation, which is the place of its creation
	joined   store.Place
	firstSeq int64 // the first one that the member sees, if there is one
	lastSeq  int64 // of the conversation
}

// view finds a conversation by its id or by the peer of a direct one.
func (c *conn) view(viewer, with string) (view, error) {
	if protocol.IsConversationID(with) {
		return c.viewOf(viewer, viewByID, with)
	}
	p := pairOf(viewer, with)
	return c.viewOf(viewer, viewByPair, p.low, p.high)
}

func (c *conn) viewOf(viewer string, q query, args ...any) (view, error) {
	var v view
	var p pair
	found, err := c.get(scan{
		&v.key, &v.ID, &p.low, &p.high, &v.Name, &v.MemberCount, &v.CreatedAt,
		&v.Role, &v.JoinedAt, &v.joined, &v.firstSeq, &v.lastSeq,
	}, q, append([]any{viewer}, args...)...)
	if err == nil && !found {
		err = store.ErrNotFound
	}
	v.Kind, v.With = kindOf(p), p.peer(viewer)
	if v.lastSeq >= v.firstSeq {
		v.LastSeq = v.lastSeq
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
