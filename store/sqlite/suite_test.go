package sqlite

import (
	"testing"

	"asappchat/store"
	"asappchat/store/storetest"
)

// The three settings run beside each other: under the race detector they take
// minutes.
func TestStore(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store { return open(t, t.TempDir(), nil) })
}

// All conversations of three and more are large ones, and groups become so
// and cease to be so.
func TestStoreWithLargeConversations(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		return open(t, t.TempDir(), &Options{SmallGroup: 2, Durability: Normal})
	})
}

// No conversation stays in memory from one commit to the next.
func TestStoreWithoutCache(t *testing.T) {
	t.Parallel()
	storetest.Run(t, func(t *testing.T) store.Store {
		s := open(t, t.TempDir(), &Options{Durability: Normal})
		s.writer.cache.limit = 0
		return s
	})
}
