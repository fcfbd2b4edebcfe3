package sqlite

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"asappchat/store"
)

// head describes the log. Its row is made by Open.
func (c *conn) head() (h store.Head, err error) {
	found, err := c.get(scan{&h.Place, &h.Epoch, &h.CursorKey}, readLog)
	if err == nil && !found {
		err = errors.New("the log is missing")
	}
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

func (c *conn) trails(ctx context.Context, username string, after, upto store.Place) ([]store.Trail, error) {
	trails, err := c.departures(username, after, upto)
	if err != nil {
		return nil, err
	}
	keys, err := c.candidates(username, after)
	if err != nil {
		return nil, err
	}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		trail, err := c.start(username, key, after+1)
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

// departures leads to the events of the user's own leaving.
func (c *conn) departures(username string, after, upto store.Place) (trails []store.Trail, err error) {
	var t store.Trail
	for err := range c.each(scan{&t.Conversation, &t.Next}, movedFormers, username, int64(after), int64(upto)) {
		if err != nil {
			return nil, err
		}
		trails = append(trails, t)
	}
	return trails, nil
}

// candidates returns the keys of the user's conversations that have moved
// since a place, or may have: those too large to say so.
func (c *conn) candidates(username string, after store.Place) (keys []int64, err error) {
	var key int64
	for err := range c.each(scan{&key}, movedMembers, username, int64(after)) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	for err := range c.each(scan{&key}, largeMembers, username) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// never is after every place.
const never store.Place = 1<<63 - 1

// start returns the trail that begins at the first event, from a place on, of
// a conversation for a member. Its Next is never when there is none.
func (c *conn) start(username string, key int64, from store.Place) (t store.Trail, err error) {
	v, err := c.viewOf(username, viewByKey, key)
	if err != nil {
		return t, err
	}
	seq, next, err := c.firstMessage(&v, max(from, v.joined))
	if err != nil {
		return t, err
	}
	if v.shows(from) {
		next = min(next, store.Place(v.key))
	}
	var joined, left store.Place
	if _, err := c.get(scan{&joined, &left}, nextMembership, key, int64(v.membershipsFrom(from))); err != nil {
		return t, err
	}
	for _, place := range []store.Place{joined, left} {
		if place != 0 {
			next = min(next, place)
		}
	}
	return store.Trail{Conversation: key, Next: next, Seq: seq - 1}, nil
}

// shows says whether the creation is an event for the member, from a place on.
func (v *view) shows(from store.Place) bool {
	return v.joined == store.Place(v.key) && store.Place(v.key) >= from
}

// membershipsFrom is the first place, from a place on, at which others can
// join and leave before the member's eyes. Who was there from the beginning
// has not joined.
func (v *view) membershipsFrom(from store.Place) store.Place {
	return max(from, v.joined, store.Place(v.key)+1)
}

// firstMessage returns the seq and the place of the member's first message
// from a place on, or the seq after the last one and never. It looks from the
// end, in steps that double, so that it costs the logarithm of how many there
// are, whatever came before.
func (c *conn) firstMessage(v *view, from store.Place) (seq int64, place store.Place, err error) {
	seq, place = v.lastSeq+1, never // the least that is known to be good
	below := v.firstSeq - 1         // the greatest that is known not to be
	for step := int64(1); seq-below > 1; step *= 2 {
		at, err := c.placeOf(v.key, max(below+1, seq-step))
		if err != nil {
			return 0, 0, err
		}
		if at < from {
			below = max(below+1, seq-step)
			break
		}
		seq, place = max(below+1, seq-step), at
	}
	for seq-below > 1 {
		middle := below + (seq-below)/2
		at, err := c.placeOf(v.key, middle)
		if err != nil {
			return 0, 0, err
		}
		if at < from {
			below = middle
		} else {
			seq, place = middle, at
		}
	}
	return seq, place, nil
}

func (c *conn) placeOf(key, seq int64) (place store.Place, err error) {
	found, err := c.get(scan{&place}, messagePlace, key, seq)
	if err == nil && !found {
		err = errors.New("a message is missing")
	}
	return place, err
}
