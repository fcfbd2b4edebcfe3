package sqlite

import (
	"cmp"
	"context"
	"slices"

	"asappchat/store"
)

// head describes the log. Its row is made by Open.
func (c *conn) head() (h store.Head, err error) {
	err = c.one(scan{&h.Place, &h.Epoch, &h.CursorKey}, readLog)
	return h, err
}

// Head describes the log.
func (s *Store) Head(ctx context.Context) (h store.Head, err error) {
	err = s.readers.read(ctx, func(c *conn) (err error) {
		h, err = c.head()
		return err
	})
	return h, err
}

// Trails finds the conversations in which there is something for a user, in
// the order of the first place in each.
func (s *Store) Trails(ctx context.Context, username string, after, upto store.Place) (trails []store.Trail, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) (err error) {
		trails, err = c.trails(ctx, username, after, upto)
		return err
	})
	return trails, err
}

func (c *conn) trails(ctx context.Context, username string, after, upto store.Place) (trails []store.Trail, err error) {
	left, err := c.entriesOf(movedFormers, username, int64(after), int64(upto))
	if err != nil {
		return nil, err
	}
	for _, e := range left {
		trails = append(trails, store.Trail{Conversation: e.key, After: after, Next: e.activity})
	}
	candidates, err := c.candidates(username, after)
	if err != nil {
		return nil, err
	}
	for _, e := range candidates {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		v, err := c.viewOf(username, viewByKey, e.key)
		if err != nil {
			return nil, err
		}
		trail, err := c.trailOf(&v, after)
		if err != nil {
			return nil, err
		}
		if trail.Next <= upto {
			trails = append(trails, trail)
		}
	}
	slices.SortFunc(trails, func(a, b store.Trail) int { return cmp.Compare(a.Next, b.Next) })
	return trails, nil
}

// candidates returns the user's conversations that have moved since a place,
// or may have: those too large to say so.
func (c *conn) candidates(username string, after store.Place) ([]entry, error) {
	active, err := c.activeEntries(username, after, never, -1)
	if err != nil {
		return nil, err
	}
	changed, err := c.entriesOf(changedMembers, username, int64(after), int64(never))
	return append(active, changed...), err
}

// never is after every place.
const never store.Place = 1<<63 - 1

// trailOf returns the trail that begins at the first event, after a place, of a
// conversation for its viewer. Its Next is never when there is none.
func (c *conn) trailOf(v *view, after store.Place) (t store.Trail, err error) {
	t = store.Trail{Conversation: v.key, After: after}
	from := max(after+1, v.joined)
	seq, next, err := c.firstMessage(v, from)
	if err != nil {
		return t, err
	}
	t.Seq = seq - 1
	reads, err := c.reads(v, from, next)
	if err != nil {
		return t, err
	}
	if v.shows(from) {
		next = min(next, store.Place(v.key))
	}
	for _, e := range append(reads, v.changes(from, next)...) {
		next = min(next, e.Place)
	}
	t.Next, err = c.nextChange(v, from, next)
	return t, err
}

// nextChange returns the first place, from one on and before next, of a
// change that has an index to find it by; or next. No message that was changed
// there is new, since next is not after the first new one.
func (c *conn) nextChange(v *view, from, next store.Place) (store.Place, error) {
	var joined, left, role, changed store.Place
	err := c.one(scan{&joined, &left, &role, &changed}, nextChange,
		v.key, int64(from), int64(next), v.membershipsFrom(from), v.firstSeq)
	for _, place := range []store.Place{joined, left, role, changed} {
		if place != 0 {
			next = min(next, place)
		}
	}
	return next, err
}

// firstMessage returns the seq and the place of the member's first message
// from a place on, or the seq after the last one and never. It looks from the
// end, in steps that double, so that it costs the logarithm of how many there
// are, whatever came before.
func (c *conn) firstMessage(v *view, from store.Place) (seq int64, place store.Place, err error) {
	return c.firstBetween(v.key, v.firstSeq, v.lastSeq, from)
}

// firstBetween is firstMessage of the messages from one seq to another.
func (c *conn) firstBetween(key, first, last int64, from store.Place) (seq int64, place store.Place, err error) {
	place = never
	seq, err = firstSeq(first, last, func(seq int64) (bool, error) {
		at, err := c.placeOf(key, seq)
		if at >= from {
			place = at // the last one that is good is the least of them
		}
		return at >= from, err
	})
	return seq, place, err
}

// firstSeq returns the first seq, from one to another, that is good, or the one
// after the last. All after one that is good are.
func firstSeq(first, last int64, isGood func(int64) (bool, error)) (seq int64, err error) {
	seq = last + 1     // the least that is known to be good
	below := first - 1 // the greatest that is known not to be
	try := func(next int64) (good bool, err error) {
		if good, err = isGood(next); good {
			seq = next
		} else {
			below = next
		}
		return good, err
	}
	good := true
	for step := int64(1); good && seq-below > 1; step *= 2 {
		if good, err = try(max(below+1, seq-step)); err != nil {
			return 0, err
		}
	}
	for seq-below > 1 {
		if _, err = try(below + (seq-below)/2); err != nil {
			return 0, err
		}
	}
	return seq, nil
}

func (c *conn) placeOf(key, seq int64) (place store.Place, err error) {
	err = c.one(scan{&place}, messagePlace, key, seq)
	return place, err
}
