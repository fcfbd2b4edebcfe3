package sqlite

import (
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
	"asappchat/store"
)

// unindexedMax is how many runs of messages are remembered that the index has
// not seen, 24 bytes each. When there are more, it looks for them itself.
const unindexedMax = 1 << 20

// unindexed is what the index has not seen of what is committed, in memory: of
// each group the new messages. After a restart, or when it was too much, the
// indexer finds it by looking at the ends of all conversations, so that a send
// does not pay for it.
type unindexed struct {
	mu     sync.Mutex
	runs   []messageRun // of all groups
	groups []unindexedGroup
	sent   int         // messages, since the start
	last   store.Place // the last group that has anything for the index, perhaps not committed yet
	start  store.Place // what is up to it is not in groups
}

// messageRun is messages of a conversation that stand together.
type messageRun struct {
	messageKey // of the first
	count      int64
}

type unindexedGroup struct {
	runs    int
	changes int // messages that are new, or were changed,
	weight  int // and their texts, before and after
	upto    store.Place
	at      time.Time
}

// announce says that a group is about to be committed. Who reads what it has
// written finds that the index is behind, even before add.
func (u *unindexed) announce(upto store.Place) (before store.Place) {
	u.mu.Lock()
	defer u.mu.Unlock()
	before, u.last = u.last, upto
	return before
}

// add leaves a group that was committed.
func (u *unindexed) add(f *fresh, upto store.Place) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent += f.messages
	u.runs = append(u.runs, f.runs...)
	u.groups = append(u.groups, unindexedGroup{len(f.runs), f.messages + f.replaced, f.weight, upto, time.Now()})
	if len(u.runs)+len(u.groups) > unindexedMax {
		u.runs, u.groups, u.start = nil, nil, upto
	}
}

// lastPlace is the last place that there is something to see at.
func (u *unindexed) lastPlace() store.Place {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.last
}

// oldest is when the first of the groups was committed that the index has not
// seen, zero when there is none.
func (u *unindexed) oldest() (at time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if len(u.groups) > 0 {
		at = u.groups[0].at
	}
	return at
}

// count is how many messages were committed since the start.
func (u *unindexed) count() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	return u.sent
}

// next returns the messages of the next groups, as many as are a batch, after a
// place up to which all has been seen, and the place up to which they are. What
// is before start must be looked for.
func (u *unindexed) next(seen store.Place) (runs []messageRun, upto, start store.Place) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for len(u.groups) > 0 && u.groups[0].upto <= seen {
		u.runs, u.groups = u.runs[u.groups[0].runs:], u.groups[1:]
	}
	if len(u.groups) == 0 { // the memory goes with what it was needed for
		u.runs, u.groups = nil, nil
	}
	n, changes, weight := 0, 0, 0
	upto = seen
	for i := 0; i < len(u.groups) && changes < batchMessages && weight < batchBytes; i++ {
		g := &u.groups[i]
		n, changes, weight, upto = n+g.runs, changes+g.changes, weight+g.weight, g.upto
	}
	return slices.Clone(u.runs[:n]), upto, u.start
}

// fresh is what a transaction has for the index.
type fresh struct {
	runs      []messageRun
	messages  int
	replaced  int         // messages that were there have other words
	weight    int         // of the texts of both, and of what was replaced
	announced bool        // that it is about to be committed,
	before    store.Place // before which this was the last one
	forget    store.Place // what was replaced up to it is to be deleted
}

// addMessage notes a new message, the last one of its conversation.
func (w *writer) addMessage(c *conversation, m *protocol.Message) {
	f := &w.fresh
	f.messages++
	f.weight += store.Size(m)
	if c.run == 0 {
		f.runs = append(f.runs, messageRun{messageKey{c.key, c.lastSeq}, 0})
		c.run = len(f.runs)
	}
	f.runs[c.run-1].count++
}

// keepEntry says that the message is about to have other words.
func (t *target) keepEntry() {
	m := t.message
	t.indexed = &protocol.Message{Seq: m.Seq, Mentions: m.Mentions, Body: m.Body}
}

// keep leaves what the index has of a message that is changed at a place.
func (w *writer) keep(t *target, place store.Place) error {
	if t.indexed == nil {
		return nil
	}
	m := t.indexed
	w.fresh.replaced++
	w.fresh.weight += outWeight*store.Size(m) + store.Size(&t.message)
	_, err := w.exec(insertReplaced, t.c.key, m.Seq, int64(place), mentionsText(m.Mentions), m.Body)
	return err
}

// flushFresh ends what a transaction has for the index, and deletes what that
// has forgotten.
func (w *writer) flushFresh() error {
	if w.fresh.any() {
		w.fresh.announced, w.fresh.before = true, w.unindexed.announce(w.next)
	}
	if w.fresh.forget == 0 {
		return nil
	}
	if _, err := w.exec(deleteReplaced, int64(w.fresh.forget)); err != nil {
		return err
	}
	_, err := w.exec(moveForgotten, int64(w.fresh.forget))
	return err
}

func (f *fresh) any() bool { return f.messages > 0 || f.replaced > 0 }

// commitFresh gives the index what was committed.
func (w *writer) commitFresh() {
	if w.fresh.any() {
		w.unindexed.add(&w.fresh, w.place)
	}
	w.fresh = fresh{runs: w.fresh.runs[:0]}
}

// resetFresh takes back what was not.
func (w *writer) resetFresh() {
	if w.fresh.announced {
		w.unindexed.announce(w.fresh.before)
	}
	w.fresh = fresh{runs: w.fresh.runs[:0]}
}
