package sqlite

import (
	"cmp"
	"context"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// Home returns a page of the viewer's conversations.
func (s *Store) Home(ctx context.Context, viewer string, page store.HomePage) (h store.Home, err error) {
	if page.Before == 0 {
		page.Before = never
	}
	if !page.Changed {
		page.Since = 0
	}
	err = s.readers.snapshot(ctx, func(c *conn) (err error) {
		h, err = c.home(ctx, viewer, page)
		return err
	})
	return h, err
}

func (c *conn) home(ctx context.Context, viewer string, page store.HomePage) (h store.Home, err error) {
	entries, err := c.entries(viewer, page)
	if err != nil {
		return h, err
	}
	bytes := 0
	for _, e := range entries {
		if err := ctx.Err(); err != nil {
			return h, err
		}
		v, listed, err := c.look(viewer, e, page)
		if err != nil {
			return h, err
		}
		switch {
		case !listed:
			continue
		case len(h.Items) == page.Limit:
			h.More = true
			return h, nil
		}
		item, err := c.item(e, &v)
		if err != nil {
			return h, err
		}
		if m := item.Conversation.LastMessage; m != nil {
			bytes += store.Size(m)
		}
		if page.Bytes > 0 && bytes > page.Bytes && len(h.Items) > 0 {
			h.More = true
			return h, nil
		}
		h.Items = append(h.Items, item)
	}
	return h, nil
}

// entry is a conversation that may be listed.
type entry struct {
	key      int64
	activity store.Place
	left     bool
}

// entries returns the conversations that may be on the page, in its order: all
// that are on it and one more, if there is one. Those with new activity, which
// are listed, are found without the others.
func (c *conn) entries(viewer string, page store.HomePage) ([]entry, error) {
	entries, err := c.activeEntries(viewer, page.Since, page.Before, page.Limit+1)
	if err != nil {
		return nil, err
	}
	if page.Changed {
		changed, err := c.entriesOf(changedMembers, viewer, int64(page.Since), int64(page.Before))
		if err != nil {
			return nil, err
		}
		left, err := c.entriesOf(movedFormers, viewer, int64(page.Since), int64(page.Before-1))
		if err != nil {
			return nil, err
		}
		for i := range left {
			left[i].left = true
		}
		entries = slices.Concat(entries, changed, left)
	}
	slices.SortFunc(entries, func(a, b entry) int { return cmp.Compare(b.activity, a.activity) })
	return entries, nil
}

// activeEntries returns the user's conversations with activity after a place
// and before another, the newest ones of small conversations, and all large
// ones with activity before it, whenever that was.
func (c *conn) activeEntries(username string, after, before store.Place, limit int) ([]entry, error) {
	small, err := c.entriesOf(activeMembers, username, int64(after), int64(before), limit)
	if err != nil {
		return nil, err
	}
	large, err := c.entriesOf(largeMembers, username)
	large = slices.DeleteFunc(large, func(e entry) bool { return e.activity >= before })
	return append(small, large...), err
}

// entriesOf reads keys and places.
func (c *conn) entriesOf(q query, args ...any) (entries []entry, err error) {
	var e entry
	for err := range c.each(scan{&e.key, &e.activity}, q, args...) {
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
	return entries, nil
}

// look says whether an entry belongs on the page.
func (c *conn) look(viewer string, e entry, page store.HomePage) (v view, listed bool, err error) {
	if e.left {
		return v, true, nil
	}
	v, err = c.viewOf(viewer, viewByKey, e.key)
	if err != nil || e.activity > page.Since {
		return v, true, err
	}
	trail, err := c.trailOf(&v, page.Since)
	return v, trail.Next != never, err
}

func (c *conn) item(e entry, v *view) (item store.HomeItem, err error) {
	item = store.HomeItem{Activity: e.activity, Left: e.left}
	if e.left {
		item.Conversation, err = c.leftBehind(e.key)
	} else {
		item.Conversation, err = c.complete(v)
	}
	return item, err
}

// leftBehind is all that is left of a conversation to who has left it.
func (c *conn) leftBehind(key int64) (left protocol.Conversation, err error) {
	err = c.one(scan{&left.ID}, conversationID, key)
	return left, err
}
