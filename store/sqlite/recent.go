package sqlite

import (
	"cmp"
	"context"
	"slices"

	"asappchat/store"
)

// recentConversations is in how many conversations Recent looks for messages,
// and recentNewer how many messages in one of them it passes over that are too
// new. With more, trails are as good.
const (
	recentConversations = 16
	recentNewer         = 16
)

// Recent returns all that happened to a user, if it is little.
func (s *Store) Recent(ctx context.Context, username string, after, upto store.Place, limit, bytes int) (events []store.Event, ok bool, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) (err error) {
		events, ok, err = c.recent(username, after, reach{upto, limit, bytes})
		return err
	})
	return events, ok, err
}

func (c *conn) recent(username string, after store.Place, left reach) (events []store.Event, ok bool, err error) {
	departures, err := c.entriesOf(movedFormers, username, int64(after), int64(left.upto))
	if err != nil || len(departures) > 0 {
		return nil, false, err
	}
	entries, err := c.candidates(username, after)
	if err != nil || len(entries) > recentConversations {
		return nil, false, err
	}
	for _, e := range entries {
		if events, ok, err = c.appendRecent(events, username, e.key, after+1, &left); err != nil || !ok {
			return nil, false, err
		}
	}
	slices.SortFunc(events, func(a, b store.Event) int { return cmp.Compare(a.Place, b.Place) })
	return events, true, nil
}

// appendRecent adds the messages of one conversation from a place on, and takes
// them from what is left. It returns false when there is anything else, or too
// much.
func (c *conn) appendRecent(events []store.Event, username string, key int64, from store.Place, left *reach) ([]store.Event, bool, error) {
	v, err := c.viewOf(username, viewByKey, key)
	if err != nil {
		return nil, false, err
	}
	if changed, err := c.changed(&v, from, left.upto); err != nil || changed {
		return nil, false, err
	}
	// The last ones are read, of which some may be too new.
	var row messageRow
	rows, most := 0, left.limit+recentNewer
	for err := range c.each(row.scan(), messagesDown, key, v.firstSeq, v.lastSeq, most) {
		if err != nil {
			return nil, false, err
		}
		if row.place < max(from, v.joined) {
			return events, true, nil
		}
		if rows++; rows == most {
			return nil, false, nil
		}
		if row.place > left.upto {
			continue
		}
		m, err := row.message(v.ID)
		if err != nil {
			return nil, false, err
		}
		events = append(events, store.Event{Place: row.place, Message: &m})
		left.limit--
		if left.bytes -= store.Size(&m); left.limit < 0 || left.bytes < 0 {
			return nil, false, nil
		}
	}
	return events, true, nil
}

// changed says whether anything but messages happened in a conversation.
func (c *conn) changed(v *view, from, upto store.Place) (bool, error) {
	from = max(from, v.joined)
	if v.shows(from) && store.Place(v.key) <= upto || len(v.changes(from, upto)) > 0 {
		return true, nil
	}
	reads, err := c.reads(v, from, upto)
	if err != nil || len(reads) > 0 {
		return len(reads) > 0, err
	}
	next, err := c.nextChange(v, from, upto+1)
	return next <= upto, err
}
