package sqlite

import (
	"cmp"
	"slices"

	"asappchat/store"
)

// batchMessages is how many messages are indexed in one transaction, about: the
// last group, or what has changed, may be more.
const batchMessages = 2048

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

// nextGroups reads what was new or changed in the next groups.
func (x *indexer) nextGroups() (b batch, err error) {
	keys, upto, start := x.writer.unindexed.next(x.state.seen)
	if x.state.seen < start {
		x.state.goal, x.state.at = start, messageKey{}
		return x.nextFound()
	}
	b.state = indexState{seen: upto}
	if b.empty = upto == x.state.seen; b.empty {
		return b, nil
	}
	err = x.chat.snapshot(func() error {
		if err := x.replacedUpTo(&b, upto); err != nil {
			return err
		}
		return x.sentUpTo(&b, keys, upto)
	})
	b.sort()
	return b, err
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

// sentUpTo adds new messages, as they were at a place. Those that stand together
// in a conversation are read together.
func (x *indexer) sentUpTo(b *batch, keys []messageKey, upto store.Place) error {
	changed, err := x.chat.get(scan{new(int64)}, replacedLater, int64(upto))
	if err != nil {
		return err
	}
	slices.SortFunc(keys, func(a, b messageKey) int {
		return cmp.Or(cmp.Compare(a.conversation, b.conversation), cmp.Compare(a.seq, b.seq))
	})
	for len(keys) > 0 {
		n := 1
		for n < len(keys) && keys[n] == (messageKey{keys[0].conversation, keys[0].seq + int64(n)}) {
			n++
		}
		all, err := x.chat.contentsFrom(keys[0].conversation, keys[0].seq, n)
		if err != nil {
			return err
		}
		for i := range all {
			if changed {
				if err := x.chat.rewind(&all[i], upto); err != nil {
					return err
				}
			}
			b.changes = append(b.changes, entryChange{all[i].place, "", all[i].terms()})
		}
		keys = keys[n:]
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

// fillConversations is how many conversations are looked at in one batch.
const fillConversations = 4096

// nextFound looks for messages that are not indexed, conversation by
// conversation, and reads them as they were at the goal.
func (x *indexer) nextFound() (b batch, err error) {
	b.state = x.state
	err = x.chat.snapshot(func() error {
		for range fillConversations {
			full, err := x.foundIn(&b)
			if err != nil || full {
				return err
			}
			b.state.at.seq = 0
			found, err := x.chat.get(scan{&b.state.at.conversation}, nextConversation, b.state.at.conversation)
			if err != nil {
				return err
			}
			if !found {
				b.state = indexState{seen: x.state.goal}
				return x.replacedUpTo(&b, x.state.goal)
			}
		}
		return nil
	})
	b.sort()
	return b, err
}

// foundIn adds what is not indexed of a conversation, until the batch is full.
func (x *indexer) foundIn(b *batch) (full bool, err error) {
	at := &b.state.at
	var lastSeq int64
	var last store.Place
	some, err := x.chat.get(scan{&lastSeq, &last}, lastMessage, at.conversation)
	if err != nil || !some || last <= x.state.seen {
		return false, err
	}
	first := at.seq + 1
	if at.seq == 0 && x.state.seen > 0 {
		if first, _, err = x.chat.firstBetween(at.conversation, 1, lastSeq, x.state.seen+1); err != nil {
			return false, err
		}
	}
	all, err := x.chat.contentsFrom(at.conversation, first, batchMessages-len(b.changes))
	if err != nil {
		return false, err
	}
	for i := range all {
		m := &all[i]
		if m.place > x.state.goal {
			return false, nil // it is in a group that comes later
		}
		if err := x.chat.rewind(m, x.state.goal); err != nil {
			return false, err
		}
		at.seq = m.seq
		b.changes = append(b.changes, entryChange{m.place, "", m.terms()})
	}
	return len(b.changes) == batchMessages, nil
}

func (c *conn) contentsFrom(key, seq int64, limit int) (all []content, err error) {
	var m content
	for err := range c.each(m.scan(), contentsFrom, key, seq, limit) {
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
