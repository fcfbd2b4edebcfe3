package storetest

import (
	"slices"
	"testing"

	"asappchat/store"
)

// Run checks a store. open returns an empty one, anew at each call, and
// closes it when the test that is given ends.
func Run(t *testing.T, open func(t *testing.T) store.Store) {
	for _, c := range slices.Concat(accounts, sessions, groups, messages, retries, changes, markers,
		homes, members, governing, privacies, presences, pages, logs, replays, searches, programs) {
		t.Run(c.sentence, func(t *testing.T) {
			c.check(&test{tb: t, Store: open(t)})
		})
	}
	t.Run("a store answers as the plain model does, whatever is done", func(t *testing.T) { likeTheModel(t, open) })
}

// cases are sentences of the contract, each with what would fail without it.
type cases []struct {
	sentence string
	check    func(*test)
}
