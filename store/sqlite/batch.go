package sqlite

import (
	"cmp"
	"iter"
	"slices"

	"asappchat/store"
)

// batchMessages is how many messages are indexed in one transaction, about: the
// last group, or what has changed, may be more. With more of them a message
// costs more: FTS5 sorts all their words, and these leave the processor's cache.
const batchMessages = 512

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
	runs, upto, start := x.writer.unindexed.next(x.state.seen)
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
		return x.sentUpTo(&b, runs, upto)
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
func (x *indexer) sentUpTo(b *batch, runs []messageRun, upto store.Place) error {
	messages, err := x.chat.messagesAt(upto)
	if err != nil {
		return err
	}
	for _, run := range joined(runs) {
		for m, err := range messages(run) {
			if err != nil {
				return err
			}
			b.add(m)
		}
	}
	return nil
}

// joined makes one of runs that follow each other.
func joined(runs []messageRun) []messageRun {
	slices.SortFunc(runs, func(a, b messageRun) int {
		return cmp.Or(cmp.Compare(a.conversation, b.conversation), cmp.Compare(a.seq, b.seq))
	})
	n := 0
	for _, run := range runs {
		if last := n - 1; n > 0 && runs[last].conversation == run.conversation && runs[last].seq+runs[last].count == run.seq {
			runs[last].count += run.count
			continue
		}
		runs[n] = run
		n++
	}
	return runs[:n]
}

// add adds a message that the index does not have.
func (b *batch) add(m *content) {
	b.changes = append(b.changes, entryChange{m.place, "", m.terms()})
}

// reader reads messages, as many of a run as there are. What it yields is good
// until the next one.
type reader func(messageRun) iter.Seq2[*content, error]

// messagesAt returns what reads messages as they were at a place.
func (c *conn) messagesAt(at store.Place) (reader, error) {
	changed, err := c.get(scan{new(int64)}, replacedLater, int64(at))
	return func(run messageRun) iter.Seq2[*content, error] {
		return func(yield func(*content, error) bool) {
			var m content
			for err := range c.each(m.scan(), contentsFrom, run.conversation, run.seq, run.count) {
				if err == nil && changed {
					err = c.rewind(&m, at)
				}
				if !yield(&m, err) {
					return
				}
			}
		}
	}, err
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
		messages, err := x.chat.messagesAt(x.state.goal)
		if err != nil {
			return err
		}
		for range fillConversations {
			full, err := x.foundIn(&b, messages)
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
func (x *indexer) foundIn(b *batch, messages reader) (full bool, err error) {
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
	for m, err := range messages(messageRun{messageKey{at.conversation, first}, int64(batchMessages - len(b.changes))}) {
		if err != nil {
			return false, err
		}
		if m.place > x.state.goal {
			return false, nil // it is in a group that comes later
		}
		at.seq = m.seq
		b.add(m)
	}
	return len(b.changes) == batchMessages, nil
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
