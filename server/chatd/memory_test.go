package main

import (
	"context"
	"runtime"
	"runtime/debug"
	"testing"
	"testing/synctest"
	"time"
)

// Memory is given back once after much was needed, and not while it is, nor again
// and again, nor for little.
func TestMemoryIsGivenBackWhenItIsQuiet(t *testing.T) {
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // nobody else collects
	debug.FreeOSMemory()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go giveBack(ctx)
		synctest.Wait()
		// want looks on while so much is allocated before each look.
		want := func(collections, looks int, garbage ...int) {
			t.Helper()
			before := stats()
			for look := range looks {
				throwAway(garbage[look%len(garbage)])
				time.Sleep(memoryEvery) // of the bubble
				synctest.Wait()
			}
			if n := int(stats().NumForcedGC - before.NumForcedGC); n != collections {
				t.Errorf("%v bytes before each of %d looks: %d collections, want %d", garbage, looks, n, collections)
			}
		}
		want(0, 20, 2*memoryWorth)       // while it is needed
		want(0, 20, 2*memoryWorth, 0, 0) // while it soon is again
		want(0, 20, memoryWorth/4)       // while some of it is
		released := stats().HeapReleased
		want(1, 30, 0)
		if got := stats().HeapReleased - released; got < 20*memoryWorth {
			t.Errorf("%d bytes were given back", got)
		}
		throwAway(memoryWorth / 2) // little
		want(0, 30, 0)
		throwAway(4 * memoryWorth)
		runtime.GC() // which keeps it for what comes
		want(1, 30, 0)

		kept = make([]byte, 16*memoryWorth)
		want(1, 30, 0)
		throwAway(memoryWorth * 3 / 2) // less than its share
		want(0, 30, 0)
		kept = nil
		debug.FreeOSMemory() // somebody does
		want(0, 30, 0)
		throwAway(memoryWorth * 3 / 2)
		want(1, 30, 0)
	})
}

func stats() (m runtime.MemStats) {
	runtime.ReadMemStats(&m)
	return m
}

var kept, thrownAway []byte

func throwAway(bytes int) {
	const piece = 64 << 10
	for ; bytes > 0; bytes -= piece {
		thrownAway = make([]byte, piece)
	}
}
