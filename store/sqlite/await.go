package sqlite

import (
	"context"
	"fmt"

	"asappchat/store"
)

// AwaitIndex returns when the index has seen a place.
func (s *Store) AwaitIndex(ctx context.Context, place store.Place) error {
	for {
		moved := s.indexer.moves()
		if s.indexer.has(place) {
			return nil
		}
		tell(s.indexer.asked)
		select {
		case <-moved:
		case <-ctx.Done():
			return ctx.Err()
		case <-s.closed:
			return fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
		}
	}
}

// moves returns what is closed when the index has seen more.
func (x *indexer) moves() <-chan struct{} {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.moved
}

// has says whether the index has seen a place. There may be nothing to see
// there, or shortly before.
func (x *indexer) has(place store.Place) bool {
	return x.standing().seen >= min(place, x.writer.unindexed.lastPlace())
}

// standing is how far the index is.
func (x *indexer) standing() indexState {
	x.mu.Lock()
	defer x.mu.Unlock()
	return x.told
}

// publish tells those who wait how far the index is.
func (x *indexer) publish() {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.told = x.state
	close(x.moved)
	x.moved = make(chan struct{})
}
