package storetest

import (
	"context"
	"sync"

	"asappchat/store"
)

// FaultyStore is a good store whose commits fail, or wait, when a test says
// so. Its methods may be called from any goroutine, except that Commit is
// called by one at a time.
type FaultyStore struct {
	store.Store

	mu     sync.Mutex
	before error         // of the next commit
	after  error         // of the next commit
	gate   chan struct{} // closed when commits may go on; nil when there is none
	held   chan struct{} // gets a token for each commit that comes to the gate
}

// heldAtMost bounds the commits that are counted and not asked for.
const heldAtMost = 1 << 10

// Faulty wraps a store. Until told otherwise, it is as good as that one.
func Faulty(good store.Store) *FaultyStore {
	return &FaultyStore{Store: good, held: make(chan struct{}, heldAtMost)}
}

// FailNext makes the next commit return an error, without applying it.
func (f *FaultyStore) FailNext(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.before = err
}

// LoseNext makes the next commit return an error although it was applied.
func (f *FaultyStore) LoseNext(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.after = err
}

// Hold makes commits wait, before they are applied, until release is called.
// Each that comes to wait sends a token to Held.
func (f *FaultyStore) Hold() (release func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	gate := make(chan struct{})
	f.gate = gate
	return sync.OnceFunc(func() { close(gate) })
}

// Held gets a token for each commit that comes to a gate.
func (f *FaultyStore) Held() <-chan struct{} { return f.held }

// Commit is the store's, with what a test has added. A commit that waits at
// the gate does not end with its context, as one that has begun does not.
func (f *FaultyStore) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	f.mu.Lock()
	before, after, gate := f.before, f.after, f.gate
	f.before, f.after = nil, nil
	f.mu.Unlock()
	if gate != nil {
		select {
		case <-gate:
		default:
			f.held <- struct{}{}
			<-gate
		}
	}
	if before != nil {
		return nil, before
	}
	outcomes, err := f.Store.Commit(ctx, group)
	if err == nil && after != nil {
		return nil, after
	}
	return outcomes, err
}
