package sqlite

import (
	"context"
	"slices"

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
		return c.page(&h, &v, page)
	})
	return h, err
}

// page fills in the messages.
func (c *conn) page(h *store.History, v *view, page store.Page) error {
	q := messagesUp
	if page.FromEnd {
		q = messagesDown
	}
	from, to := max(page.From, v.firstSeq), min(page.To, v.lastSeq)
	h.Messages = slices.Grow(h.Messages, int(max(0, min(int64(page.Limit), to-from+1))))
	var row messageRow
	bytes := 0
	for err := range c.each(row.scan(), q, v.key, from, to, page.Limit) {
		if err != nil {
			return err
		}
		m := row.message(v.ID)
		bytes += size(&m)
		if bytes > page.Bytes && len(h.Messages) > 0 {
			break
		}
		h.Messages = append(h.Messages, m)
	}
	if page.FromEnd {
		slices.Reverse(h.Messages)
	}
	return nil
}
