package chatclient

import (
	"slices"

	"asappchat/protocol"
)

// tailMax bounds the messages of a conversation of which a tail is known.
const tailMax = 256

// tail is what is known of the last messages of a conversation, one after
// another without a hole: what it takes to count the unread ones again when a
// marker moves among them or one of them is deleted. It agrees with the counts
// of its conversation. So it begins with the last message whenever these are
// read anew: of a message before it nobody knows whether the counts have seen
// its deletion, of which an event may still be on its way.
type tail struct {
	from  int64 // seq of the first one
	marks []mark
}

type mark struct {
	gone     bool // it is deleted or the user's own: it never counts
	mentions bool // the user
}

func markOf(m *protocol.Message, user string) mark {
	return mark{gone: m.Deleted || m.Sender == user, mentions: slices.Contains(m.Mentions, user)}
}

// tailOf is the tail of a conversation that was just read.
func tailOf(c *protocol.Conversation, user string) tail {
	if c.LastMessage == nil {
		return tail{}
	}
	return tail{c.LastSeq, []mark{markOf(c.LastMessage, user)}}
}

// add adds the message after the last one, or the first one.
func (t *tail) add(m *protocol.Message, user string) {
	if len(t.marks) == 0 {
		t.from = m.Seq
	}
	if len(t.marks) == tailMax {
		t.from, t.marks = t.from+1, t.marks[1:]
	}
	t.marks = append(t.marks, markOf(m, user))
}

// at returns the mark of a message, nil when it is not known.
func (t *tail) at(seq int64) *mark {
	if i := seq - t.from; i >= 0 && i < int64(len(t.marks)) {
		return &t.marks[i]
	}
	return nil
}

// count counts the unread messages and mentions after a seq. It is not ok when
// not all of them are known.
func (t *tail) count(after int64) (unread, mentions int64, ok bool) {
	if after+1 < t.from {
		return 0, 0, false
	}
	for _, m := range t.marks[min(after+1-t.from, int64(len(t.marks))):] {
		if !m.gone {
			unread++
		}
		if !m.gone && m.mentions {
			mentions++
		}
	}
	return unread, mentions, true
}

// message applies a message that was sent. Like the others below, it returns
// false when the conversation must be read anew.
func (e *entry) message(m *protocol.Message, user string) bool {
	if m.Seq <= e.LastSeq {
		return e.update(m, user)
	}
	if e.LastSeq != 0 && m.Seq != e.LastSeq+1 {
		return false // one is missing, or it was seen only after it had left
	}
	e.LastSeq, e.LastMessage = m.Seq, m
	e.tail.add(m, user)
	switch {
	case m.Sender == user:
		return e.read(m.Seq)
	case m.Seq > e.ReadSeq && !m.Deleted:
		e.Unread++
		if slices.Contains(m.Mentions, user) {
			e.Mentions++
		}
	}
	return true
}

// update applies a message that may have been seen in an earlier version.
func (e *entry) update(m *protocol.Message, user string) bool {
	if m.Seq > e.LastSeq {
		return false
	}
	if m.Seq == e.LastSeq && m.Rev > e.LastMessage.Rev {
		e.LastMessage = m
	}
	if !m.Deleted {
		return true
	}
	known := e.tail.at(m.Seq)
	if known == nil {
		return m.Seq <= e.ReadSeq
	}
	if m.Seq > e.ReadSeq && !known.gone {
		e.Unread--
		if known.mentions {
			e.Mentions--
		}
	}
	known.gone = true
	return true
}

// read applies the user's own marker.
func (e *entry) read(seq int64) (ok bool) {
	if seq <= e.ReadSeq {
		return true
	}
	e.ReadSeq = seq
	if seq >= e.LastSeq { // what is replayed may be ahead of its messages
		e.Unread, e.Mentions = 0, 0
		return true
	}
	e.Unread, e.Mentions, ok = e.tail.count(seq)
	return ok
}
