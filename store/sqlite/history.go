package sqlite

import (
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// History returns a page of messages.
func (s *Store) History(ctx context.Context, viewer, with string, page store.Page) (h store.History, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) error {
		v, err := c.view(viewer, with)
		if err != nil {
			return err
		}
		h = store.History{Conversation: v.ID, FirstSeq: v.firstSeen(), LastSeq: v.LastSeq}
		page.From = max(page.From, v.firstSeq)
		if page.Since != 0 {
			h.Messages, h.More, err = c.pageSince(&v, page)
			return err
		}
		h.Messages, err = c.page(&v, page)
		h.More = behind(h.Messages, page) < v.LastSeq
		return err
	})
	return h, err
}

// behind is the last seq that is not behind a page.
func behind(messages []protocol.Message, page store.Page) int64 {
	if len(messages) == 0 {
		return max(page.From-1, page.To)
	}
	return messages[len(messages)-1].Seq
}

func (c *conn) page(v *view, page store.Page) ([]protocol.Message, error) {
	q := messagesUp
	if page.FromEnd {
		q = messagesDown
	}
	f := filling{page: page}
	first, last := max(page.From, v.firstSeq), min(page.To, v.lastSeq)
	f.messages = slices.Grow(f.messages, int(max(0, min(int64(page.Limit), last-first+1))))
	err := c.fill(&f, v, q, page.From, page.To)
	if page.FromEnd {
		slices.Reverse(f.messages)
	}
	return f.messages, err
}

// filling is a page that is being filled.
type filling struct {
	page     store.Page
	messages []protocol.Message
	bytes    int
	full     bool
}

// fill takes messages until the page is full.
func (c *conn) fill(f *filling, v *view, q query, from, to int64) error {
	var row messageRow
	for err := range c.each(row.scan(), q, v.key, from, to, f.page.Limit-len(f.messages)) {
		if err != nil {
			return err
		}
		m, err := row.message(v.ID)
		if err != nil {
			return err
		}
		if f.add(m); f.full {
			break
		}
	}
	return nil
}

func (f *filling) add(m protocol.Message) {
	f.bytes += store.Size(&m)
	if f.bytes > f.page.Bytes && len(f.messages) > 0 {
		f.full = true
		return
	}
	f.messages = append(f.messages, m)
	f.full = len(f.messages) == f.page.Limit
}

// pageSince takes the messages that were changed since a place, and then those
// that were sent since, which come after all others.
func (c *conn) pageSince(v *view, page store.Page) (messages []protocol.Message, more bool, err error) {
	sent, _, err := c.firstMessage(v, page.Since+1)
	if err != nil {
		return nil, false, err
	}
	seqs, err := c.changedSeqs(v, page, min(page.To, sent-1))
	if err != nil {
		return nil, false, err
	}
	f := filling{page: page}
	for i := 0; i < len(seqs) && !f.full; i++ {
		if err := c.fill(&f, v, messagesUp, seqs[i], seqs[i]); err != nil {
			return nil, false, err
		}
	}
	if !f.full {
		if err := c.fill(&f, v, messagesUp, max(page.From, sent), page.To); err != nil {
			return nil, false, err
		}
	}
	last := behind(f.messages, page)
	switch {
	case last >= v.LastSeq: // an empty page may end at the last seq there can be
		return f.messages, false, nil
	case max(last, sent-1) < v.LastSeq:
		return f.messages, true, nil
	}
	more, err = c.get(scan{new(int64)}, changedSeqs, v.key, int64(page.Since), last+1, v.LastSeq, 1)
	return f.messages, more, err
}

// changedSeqs returns the seqs, from the page's first to the last given, of
// the messages that were changed since the page's place: the least of them, as
// many as go on a page. It costs what was changed since, of which it keeps no
// more than that.
func (c *conn) changedSeqs(v *view, page store.Page, to int64) (seqs []int64, err error) {
	least := func() {
		slices.Sort(seqs)
		seqs = seqs[:min(len(seqs), page.Limit)]
	}
	var seq int64
	for err := range c.each(scan{&seq}, changedSeqs, v.key, int64(page.Since), page.From, to, -1) {
		if err != nil {
			return nil, err
		}
		if seqs = append(seqs, seq); len(seqs) >= 2*page.Limit {
			least()
		}
	}
	least()
	return seqs, nil
}
