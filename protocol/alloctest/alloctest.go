// Package alloctest holds functions to how often they allocate. Unlike times,
// allocations are the same on every machine and under any load.
//
// It imports nothing of ours, and is imported by tests alone.
package alloctest

import "testing"

// AtMost fails a test in which calls of f allocate more than most times each,
// on average over so many runs and rounded down, so that a pool which the
// collector has emptied meanwhile does not count. What other goroutines
// allocate counts too, so f waits for those that it sets to work. The test
// must not run in parallel with others.
//
// The race detector allocates by itself: with it f is called and nothing is
// compared.
func AtMost(t testing.TB, runs, most int, f func()) {
	t.Helper()
	if n := testing.AllocsPerRun(runs, f); countable && int(n) > most {
		t.Errorf("%v allocations, at most %d are allowed", n, most)
	}
}
