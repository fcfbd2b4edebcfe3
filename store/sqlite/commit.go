package sqlite

import (
	"cmp"
	"context"
	"fmt"

	lib "modernc.org/sqlite/lib"

	"asappchat/store"
)

// tries is how often a group is tried that finds the database locked.
const tries = 3

// Commit applies a group in one transaction, as [store.Committer] says.
func (s *Store) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	if len(group) == 0 {
		return nil, nil
	}
	s.indexer.hold()
	select {
	case s.turn <- struct{}{}:
		defer func() { <-s.turn }()
	case <-ctx.Done():
		return nil, fmt.Errorf("sqlite: commit: %w: %w", store.ErrUnavailable, ctx.Err())
	case <-s.closed:
	}
	select {
	case <-s.closed:
		return nil, fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
	default:
	}
	before := s.writer.unindexed.lastPlace()
	outcomes, err := s.writer.commit(group)
	if s.writer.unindexed.lastPlace() != before {
		s.indexer.poke()
	}
	if s.writer.pages >= checkpointEvery {
		s.writer.pages = 0
		s.checkpointer.poke()
	}
	if s.writer.forgot {
		s.writer.forgot = false
		s.checkpointer.forget()
	}
	return outcomes, err
}

// stage is how far a transaction came.
type stage int

const (
	starting stage = iota
	applying
	committing
)

// commit applies a group. When one of its mutations makes the transaction
// fail, each is applied in a transaction of its own, so that only that one
// fails.
func (w *writer) commit(group []store.Mutation) ([]store.Outcome, error) {
	outcomes, blamed, err := w.transact(group)
	switch {
	case !blamed:
		return outcomes, err
	case len(group) == 1:
		return []store.Outcome{{Err: err}}, nil
	}
	return w.commitEach(group), nil
}

// commitEach applies mutations one by one. When the storage fails, those after
// are not tried, so that none of them overtakes the one that was not stored.
// They have the same error, or, after an unknown outcome, that nothing was
// stored and nothing will be.
func (w *writer) commitEach(group []store.Mutation) []store.Outcome {
	outcomes := make([]store.Outcome, len(group))
	var failed error
	for i := range group {
		if failed != nil {
			outcomes[i].Err = failed
			continue
		}
		alone, blamed, err := w.transact(group[i : i+1])
		if err == nil {
			outcomes[i] = alone[0]
			continue
		}
		outcomes[i].Err = err
		if !blamed {
			failed = cmp.Or(w.fenced(), err)
		}
	}
	return outcomes
}

// transact runs one transaction, again if the database was locked. Its error
// is one of the store's, unless a mutation is to blame.
func (w *writer) transact(group []store.Mutation) (outcomes []store.Outcome, blamed bool, err error) {
	if err := w.fenced(); err != nil {
		return nil, false, err
	}
	var at stage
	for range tries {
		outcomes, at, err = w.attempt(group)
		if !isBusy(err) {
			break
		}
	}
	if err != nil {
		blamed, err = w.judge(err, at)
	}
	return outcomes, blamed, err
}

// attempt runs one transaction, and says at which stage it failed. The file
// and what the writer remembers are then as they were before.
func (w *writer) attempt(group []store.Mutation) (outcomes []store.Outcome, at stage, err error) {
	if _, err := w.exec(beginWrite); err != nil {
		return nil, starting, err
	}
	outcomes, err = w.applyAll(group)
	if err == nil {
		at, err = committing, w.end()
	} else {
		at = applying
	}
	if err != nil {
		w.reset()
		// It fails when SQLite has rolled back by itself; if it fails for
		// another reason, the next transaction cannot begin.
		w.exec(rollback)
		return nil, at, err
	}
	return outcomes, at, nil
}

func (w *writer) applyAll(group []store.Mutation) ([]store.Outcome, error) {
	outcomes := make([]store.Outcome, len(group))
	for i, m := range group {
		var err error
		if outcomes[i], err = w.apply(m); err != nil {
			return nil, fmt.Errorf("apply %T: %w", m, err)
		}
	}
	return outcomes, w.flush()
}

// judge turns the failure of a transaction into an error of the store, or
// blames a mutation for it. What leaves the file in doubt ends all writing.
func (w *writer) judge(err error, at stage) (blamed bool, judged error) {
	switch {
	case code(err) == lib.SQLITE_FULL:
		return false, fmt.Errorf("sqlite: commit: %w: %v", store.ErrFull, err)
	case isBusy(err):
		return false, fmt.Errorf("sqlite: commit: %w: %v", store.ErrUnavailable, err)
	case at == committing:
		w.giveUp(err)
		return false, fmt.Errorf("sqlite: commit: %w: %v", store.ErrUnknownOutcome, err)
	case at == starting, isBroken(err):
		w.giveUp(err)
		return false, fmt.Errorf("sqlite: commit: %w: %v", store.ErrFailed, err)
	}
	return true, fmt.Errorf("sqlite: %v", err)
}

// fenced says why there are no more transactions, nil when there are.
func (w *writer) fenced() error {
	if w.fence == nil {
		return nil
	}
	return fmt.Errorf("sqlite: %w: %v", store.ErrFailed, w.fence)
}

// giveUp fences the database: there are no more transactions.
func (w *writer) giveUp(reason error) {
	w.fence = reason
	w.log.Error("sqlite: no more writing", "error", reason)
}
