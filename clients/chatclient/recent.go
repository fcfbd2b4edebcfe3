package chatclient

import (
	"context"
	"slices"

	"asappchat/protocol"
)

// recent is the newest messages of a conversation. A nil one takes nothing.
type recent struct {
	messages []protocol.Message // seq ascending, without a hole
	// since is a cursor, after which they do not say what was sent and what has
	// changed; "" when they do.
	since string
}

// Messages returns the newest messages of a conversation of the mirror's, seq
// ascending: up to MirrorOptions.Messages, or all that the user may see. The first
// call asks the server, and so does one after time offline in which something
// changed there; otherwise the mirror has them.
func (m *Mirror) Messages(ctx context.Context, with string) ([]protocol.Message, error) {
	e, err := m.hold(ctx, with)
	if err != nil {
		return nil, err
	}
	defer m.end()
	messages, err := m.refresh(ctx, e)
	if err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keep > 0 {
		e.recent = &recent{messages: messages}
	}
	return slices.Clone(messages), nil
}

// hold takes the turn and finds a conversation. Without an error the turn is the
// caller's to end.
func (m *Mirror) hold(ctx context.Context, with string) (*entry, error) {
	if err := m.begin(ctx); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.findLocked(with)
	if e == nil {
		m.end()
		return nil, protocol.Errorf(protocol.NotFound, "no such conversation")
	}
	return e, nil
}

// refresh returns the messages that belong into e.recent. Reading them all anew
// is what it does when it knows nothing better, or too much was missed.
func (m *Mirror) refresh(ctx context.Context, e *entry) ([]protocol.Message, error) {
	r := e.recent
	switch {
	case r == nil || len(r.messages) == 0:
		return m.newest(ctx, e.ID)
	case r.since == "":
		return r.messages, nil
	}
	if missed := e.LastSeq - r.messages[len(r.messages)-1].Seq; missed > int64(m.keep) {
		return m.newest(ctx, e.ID)
	}
	fresh := &recent{messages: slices.Clone(r.messages)}
	after := r.messages[0].Seq - 1
	params := protocol.HistoryParams{With: e.ID, After: &after, Since: r.since}
	for {
		page, err := ask(ctx, m.client, protocol.History, params)
		if kindOfError(err) == protocol.InvalidParams || err == nil && !fresh.take(&page, m.keep) {
			return m.newest(ctx, e.ID)
		}
		if err != nil {
			return nil, err
		}
		if !page.HasMore.After || len(page.Messages) == 0 {
			return fresh.messages, nil
		}
		after = page.Messages[len(page.Messages)-1].Seq
	}
}

// newest reads the newest messages.
func (m *Mirror) newest(ctx context.Context, id string) (messages []protocol.Message, err error) {
	params := protocol.HistoryParams{With: id}
	for len(messages) < m.keep {
		limit := m.keep - len(messages)
		if most := m.client.Login().Limits.PageMax; most > 0 {
			limit = min(limit, most)
		}
		params.Limit = &limit
		page, err := ask(ctx, m.client, protocol.History, params)
		if err != nil {
			return nil, err
		}
		messages = append(page.Messages, messages...)
		if !page.HasMore.Before || len(page.Messages) == 0 {
			break
		}
		params.Before = &page.Messages[0].Seq
	}
	return messages, nil
}

// age notes that nothing after a cursor is known.
func (r *recent) age(cursor string) {
	if r != nil && r.since == "" {
		r.since = cursor
	}
}

// take applies a page, and returns false when there is a hole before it.
func (r *recent) take(page *protocol.HistoryResult, keep int) bool {
	for i := range page.Messages {
		r.put(&page.Messages[i], keep)
		if page.Messages[i].Seq > r.last() {
			return false
		}
	}
	r.messages = slices.DeleteFunc(r.messages, func(m protocol.Message) bool { return m.Seq < page.FirstSeq })
	return true
}

func (r *recent) last() int64 {
	if len(r.messages) == 0 {
		return 0
	}
	return r.messages[len(r.messages)-1].Seq
}

// put applies a message. One behind a hole is left out: who sees the hole reads
// anew.
func (r *recent) put(m *protocol.Message, keep int) {
	switch {
	case r == nil || r.since != "":
		return
	case len(r.messages) > 0 && m.Seq <= r.last():
		r.replace(m)
		return
	case len(r.messages) > 0 && m.Seq != r.last()+1:
		return
	}
	if r.messages = append(r.messages, *m); len(r.messages) > keep {
		r.messages = r.messages[1:]
	}
}

// replace applies a newer version of a message that is kept.
func (r *recent) replace(m *protocol.Message) {
	if r == nil || r.since != "" || len(r.messages) == 0 {
		return
	}
	i := m.Seq - r.messages[0].Seq
	if i >= 0 && i < int64(len(r.messages)) && m.Rev > r.messages[i].Rev {
		r.messages[i] = *m
	}
}
