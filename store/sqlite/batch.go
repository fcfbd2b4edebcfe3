package sqlite

import (
	"cmp"
	"slices"

	"asappchat/store"
)

// batchMessages is how many messages are indexed in one transaction, about: the
// last group, or what has changed, may be more.
const batchMessages = 1024

// batch is what is indexed in one transaction.
type batch struct {
	empty   bool
	erase   bool // there are words that must not stay anywhere
	changes []entryChange
	state   indexState // of the index, after it
}

// entryChange is the terms of a message, as they are and as they are to be.
type entryChange struct {
	place    store.Place
	old, new string
}

// sort puts changes in the order in which the index likes them best.
func (b *batch) sort() {
	slices.SortFunc(b.changes, func(x, y entryChange) int { return cmp.Compare(x.place, y.place) })
}

// nextGroups reads what the next groups have left.
func (x *indexer) nextGroups() (b batch, err error) {
	err = x.chat.snapshot(func() error {
		keys, upto, err := x.chat.nextGroups(x.state.seen)
		if err != nil {
			return err
		}
		b.state = indexState{seen: upto}
		if b.empty = upto == x.state.seen; b.empty {
			return nil
		}
		if err := x.replacedUpTo(&b, upto); err != nil {
			return err
		}
		return x.sentUpTo(&b, keys, upto)
	})
	b.sort()
	return b, err
}

// nextGroups returns the messages that were new in the groups after a place, and
// the place up to which these are.
func (c *conn) nextGroups(after store.Place) (keys []messageKey, upto store.Place, err error) {
	upto = after
	for len(keys) < batchMessages {
		var messages []byte
		found, err := c.get(scan{&upto, &messages}, nextUnindexed, int64(upto))
		if err != nil || !found {
			return keys, upto, err
		}
		if keys, err = appendKeys(keys, messages); err != nil {
			return nil, 0, err
		}
	}
	return keys, upto, nil
}

// replacedUpTo adds what was changed, up to a place, of messages that the index
// has already.
func (x *indexer) replacedUpTo(b *batch, upto store.Place) error {
	var rows []content
	var row content
	for err := range x.chat.each(scan{&row.conversation, &row.seq, &row.mentions, &row.body},
		listReplaced, int64(x.state.seen), int64(upto)) {
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	b.erase = len(rows) > 0
	known := map[messageKey]bool{}
	for i := range rows {
		old := &rows[i]
		key := messageKey{old.conversation, old.seq}
		if known[key] {
			continue // the index has what was there before the first change
		}
		known[key] = true
		now, err := x.chat.contentAt(key, upto)
		if err != nil {
			return err
		}
		if old.place, old.sender = now.place, now.sender; old.place <= x.state.seen {
			b.changes = append(b.changes, entryChange{old.place, old.terms(), now.terms()})
		}
	}
	return nil
}

// sentUpTo adds new messages, as they were at a place.
func (x *indexer) sentUpTo(b *batch, keys []messageKey, upto store.Place) error {
	for _, key := range keys {
		m, err := x.chat.contentAt(key, upto)
		if err != nil {
			return err
		}
		b.changes = append(b.changes, entryChange{m.place, "", m.terms()})
	}
	return nil
}

// contentAt is a message as it was at a place.
func (c *conn) contentAt(key messageKey, at store.Place) (m content, err error) {
	if err := c.one(m.scan(), contentOf, key.conversation, key.seq); err != nil {
		return m, err
	}
	return m, c.rewind(&m, at)
}

// rewind makes a message what it was at a place.
func (c *conn) rewind(m *content, at store.Place) error {
	changed, err := c.get(scan{&m.mentions, &m.body}, replacedAfter, m.conversation, m.seq, int64(at))
	m.deleted = m.deleted && !changed
	return err
}

// nextMessages reads the next of the messages that an index has to be built of,
// as they were at the place that it is being built for.
func (x *indexer) nextMessages() (b batch, err error) {
	goal := x.state.seen
	b.state = indexState{seen: goal, building: true, at: x.state.at}
	err = x.chat.snapshot(func() error {
		all, err := x.chat.contentsAfter(x.state.at)
		if err != nil {
			return err
		}
		for i := range all {
			m := &all[i]
			b.state.at = messageKey{m.conversation, m.seq}
			if m.place > goal {
				continue // it is in a group that comes later
			}
			if err := x.chat.rewind(m, goal); err != nil {
				return err
			}
			b.changes = append(b.changes, entryChange{m.place, "", m.terms()})
		}
		if len(all) < batchMessages {
			b.state, b.erase = indexState{seen: goal}, true
		}
		return nil
	})
	b.sort()
	return b, err
}

func (c *conn) contentsAfter(key messageKey) (all []content, err error) {
	var m content
	for err := range c.each(m.scan(), contentsAfter, key.conversation, key.seq, batchMessages) {
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// snapshot runs a function whose queries see the same state of the database.
func (c *conn) snapshot(f func() error) (err error) {
	if _, err := c.exec(begin); err != nil {
		return err
	}
	defer func() {
		if _, e := c.exec(commit); err == nil {
			err = e
		}
	}()
	return f()
}
