package journal

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"

	"asappchat/store"
)

const (
	// groupMax bounds the weight of a group. Larger ones gain little: with 100
	// messages a group, an fsync costs no more than without it.
	groupMax = 512
	// queueMax bounds what was submitted and waits. Who submits beyond it waits for
	// room.
	queueMax = 4096
	// waitersMax bounds those who wait ([Journal.Do]) in a group with others: it
	// leaves most of their rate to those who send when ten thousand log in at once.
	waitersMax = 8
)

// ErrClosed says that the journal takes nothing more.
var ErrClosed = errors.New("journal: closed")

// Entry is a mutation on its way, and who wants to know what becomes of it.
type Entry interface {
	// Mutation is what to apply.
	Mutation() store.Mutation
	// Answer is told the outcome, once it is durable and before anything of
	// the entry's group is announced.
	Answer(store.Outcome)
	// Settled is told when the events of the entry's group, and of all before
	// it, have been announced.
	Settled()
}

// Hub is told what happens, by one goroutine, in the order of the log.
type Hub interface {
	// Committed is told the last place of a group, before it is answered.
	Committed(store.Place)
	// Announce is told the events of a group.
	Announce([]store.Event)
}

// Journal is the one way to change what the store remembers. Submit may be
// called from any goroutine. The methods of entries and of the hub are called
// from the announcer, one at a time, in the order of the log; they must not
// block, nor submit.
type Journal struct {
	store store.Committer
	hub   Hub
	fatal func(error)
	log   *slog.Logger

	mu      sync.Mutex
	work    sync.Cond // the queue has entries, or closed is set
	room    sync.Cond // the queue is short enough again
	queue   []Entry
	waiters int // those in the queue that came by Do
	closed  bool

	failing bool // the last commit failed; the committer's
	done    sync.WaitGroup
}

// group is a group on its way from the committer to the announcer.
type group struct {
	entries   []Entry
	mutations []store.Mutation
	outcomes  []store.Outcome
	events    []store.Event
}

// last returns the place of the group's last event, 0 when it has none.
func (g *group) last() store.Place {
	for _, o := range slices.Backward(g.outcomes) {
		if n := len(o.Events); n > 0 {
			return o.Events[n-1].Place
		}
	}
	return 0
}

// New starts a journal on a store. Fatal is told when the store takes no more commits,
// once or more often.
func New(s store.Committer, hub Hub, fatal func(error), log *slog.Logger) *Journal {
	j := &Journal{store: s, hub: hub, fatal: fatal, log: log}
	j.work.L, j.room.L = &j.mu, &j.mu
	committed, used := make(chan *group, 1), make(chan *group, 2)
	used <- new(group)
	used <- new(group)
	j.done.Go(func() { j.commitAll(committed, used) })
	j.done.Go(func() { j.announceAll(committed, used) })
	return j
}

// Submit queues an entry behind all that were submitted before. It waits while
// the queue is full. After Close it returns ErrClosed.
func (j *Journal) Submit(e Entry) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.queue)-j.waiters >= queueMax && !j.closed {
		j.room.Wait()
	}
	return j.pushLocked(e)
}

func (j *Journal) pushLocked(e Entry) error {
	if j.closed {
		return ErrClosed
	}
	j.queue = append(j.queue, e)
	if len(j.queue) == 1 {
		j.work.Signal()
	}
	return nil
}

// Len returns how many entries wait for a group.
func (j *Journal) Len() int {
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.queue)
}

// Close commits and announces what was submitted, and ends the journal.
func (j *Journal) Close() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.work.Broadcast()
	j.room.Broadcast()
	j.done.Wait()
}

// commitAll is the committer. It ends when the journal is closed and the queue
// is empty.
func (j *Journal) commitAll(committed chan<- *group, used <-chan *group) {
	defer close(committed)
	for {
		g := <-used
		if !j.gather(g) {
			return
		}
		j.commit(g)
		committed <- g
	}
}

// gather waits for entries and takes as many as make a group.
func (j *Journal) gather(g *group) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	for len(j.queue) == 0 {
		if j.closed {
			return false
		}
		j.work.Wait()
	}
	j.takeLocked(g)
	j.room.Broadcast()
	return true
}

// takeLocked moves the first entries of the queue to a group, one at least, as
// long as they are not too much work. Waiters beyond what may come in a group with
// others are left where they are.
func (j *Journal) takeLocked(g *group) {
	waiters := j.waiters
	if len(j.queue) > j.waiters {
		waiters = min(waiters, waitersMax)
	}
	g.entries = g.entries[:0]
	left, weight := j.queue[:0], 0
	for i, e := range j.queue {
		_, waits := e.(*waiter)
		if waits && waiters == 0 {
			left = append(left, e)
			continue
		}
		if weight += store.Weight(e.Mutation()); weight > groupMax && len(g.entries) > 0 {
			left = append(left, j.queue[i:]...)
			break
		}
		if waits {
			waiters--
			j.waiters--
		}
		g.entries = append(g.entries, e)
	}
	clear(j.queue[len(left):])
	j.queue = left
}

func (j *Journal) commit(g *group) {
	g.mutations = g.mutations[:0]
	for _, e := range g.entries {
		g.mutations = append(g.mutations, e.Mutation())
	}
	outcomes, err := j.store.Commit(context.Background(), g.mutations)
	if err != nil {
		outcomes = j.failed(len(g.entries), err)
	} else if j.failing {
		j.failing = false
		j.log.Info("commits succeed again")
	}
	for _, o := range outcomes {
		j.checkBroken(o.Err)
	}
	g.outcomes = outcomes
}

// failed makes a failed commit the outcome of each of its mutations.
func (j *Journal) failed(n int, err error) []store.Outcome {
	if !j.failing {
		j.log.Error("commits fail", "error", err)
	}
	j.failing = true
	outcomes := make([]store.Outcome, n)
	for i := range outcomes {
		outcomes[i].Err = err
	}
	return outcomes
}

// checkBroken tells when the store takes no more commits.
func (j *Journal) checkBroken(err error) {
	if errors.Is(err, store.ErrUnknownOutcome) || errors.Is(err, store.ErrFailed) {
		j.fatal(err)
	}
}

// announceAll is the announcer. It ends when the committer has.
func (j *Journal) announceAll(committed <-chan *group, used chan<- *group) {
	for g := range committed {
		if place := g.last(); place > 0 {
			j.hub.Committed(place)
		}
		for i, e := range g.entries {
			e.Answer(g.outcomes[i])
		}
		g.events = g.events[:0]
		for _, o := range g.outcomes {
			g.events = append(g.events, o.Events...)
		}
		if len(g.events) > 0 {
			j.hub.Announce(g.events)
		}
		for _, e := range g.entries {
			e.Settled()
		}
		clear(g.entries)
		clear(g.mutations)
		clear(g.events)
		g.outcomes = nil
		used <- g
	}
}

// Do submits a mutation and waits for its outcome to be settled. Answered is
// told the outcome before that, at its place in the log. While others submit,
// only some of those who wait come into each group: they may be overtaken.
func (j *Journal) Do(m store.Mutation, answered func(store.Outcome)) (store.Outcome, error) {
	w := &waiter{mutation: m, answered: answered, settled: make(chan struct{})}
	if err := j.submitWaiter(w); err != nil {
		return store.Outcome{}, err
	}
	<-w.settled
	return w.outcome, w.outcome.Err
}

// submitWaiter needs no bound: each goroutine has one.
func (j *Journal) submitWaiter(w *waiter) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	err := j.pushLocked(w)
	if err == nil {
		j.waiters++
	}
	return err
}

// waiter is an entry whose submitter waits.
type waiter struct {
	mutation store.Mutation
	answered func(store.Outcome)
	outcome  store.Outcome
	settled  chan struct{}
}

func (w *waiter) Mutation() store.Mutation { return w.mutation }
func (w *waiter) Settled()                 { close(w.settled) }

func (w *waiter) Answer(o store.Outcome) {
	w.outcome = o
	w.answered(o)
}
