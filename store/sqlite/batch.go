package sqlite

import (
	"cmp"
	"iter"
	"slices"

	"asappchat/store"
)

// How much is indexed in one transaction, about: a batch of groups ends with the
// one that reaches a bound. So it has at most that, and what one group has, which
// its committer had in memory too. With more messages each costs more: FTS5 sorts
// all their words, and these leave the processor's cache.
const (
	batchMessages = 512
	batchBytes    = 1 << 20 // of their texts, those that are taken out weighing more
)

// outWeight is how many times as much it costs the index to take a text out as to
// put one in. FTS5 looks for each of its words in all segments and overwrites it
// there: 6.6 µs for each byte of words that are all different, where putting
// them in takes 0.15.
const outWeight = 40

// batch is what is indexed in one transaction.
type batch struct {
	empty   bool
	erase   bool // there are words that must not stay anywhere
	changes []entryChange
	weight  int        // of the texts in them
	state   indexState // of the index, after it
}

// entryChange is a message, as the index has it, if it does, and as it is to
// have it. The terms of both, which are several times as long, are made when they
// are written, those of one message at a time.
type entryChange struct {
	old *content
	new content
}

// add adds a message that the index does not have.
func (b *batch) add(m *content) { b.replace(nil, m) }

// replace adds a message that the index has otherwise.
func (b *batch) replace(old, m *content) {
	b.changes = append(b.changes, entryChange{old, *m})
	b.weight += m.size()
	if old != nil {
		b.weight += outWeight * old.size()
	}
}

// full says that a batch is to have no more.
func (b *batch) full() bool { return len(b.changes) >= batchMessages || b.weight >= batchBytes }

// sort puts changes in the order in which the index likes them best.
func (b *batch) sort() {
	slices.SortFunc(b.changes, func(x, y entryChange) int { return cmp.Compare(x.new.place, y.new.place) })
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
		if err := x.replacedIn(&b, x.state.seen, upto); err != nil {
			return err
		}
		return x.sentUpTo(&b, runs, upto)
	})
	b.sort()
	return b, err
}

// replacedIn adds what was changed, after a place and up to another, of messages
// that the index has.
func (x *indexer) replacedIn(b *batch, after, upto store.Place) error {
	var rows []content
	var row content
	for err := range x.chat.each(scan{&row.conversation, &row.seq, &row.mentions, &row.body},
		listReplaced, int64(after), int64(upto)) {
		if err != nil {
			return err
		}
		rows = append(rows, row)
	}
	b.erase = b.erase || len(rows) > 0
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
			b.replace(old, &now)
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
