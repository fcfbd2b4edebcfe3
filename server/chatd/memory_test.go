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
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go giveBack(ctx)
		collected := func(d time.Duration, garbage int) uint32 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			for range garbage {
				thrownAway = make([]byte, piece)
			}
			time.Sleep(d) // of the bubble
			synctest.Wait()
			runtime.ReadMemStats(&after)
			return after.NumForcedGC - before.NumForcedGC
		}
		const much = 2 * memoryWorth / piece
		for range 10 {
			if n := collected(memoryEvery, much); n != 0 {
				t.Errorf("%d times while it is needed", n)
			}
		}
		if n := collected(time.Minute, 0); n != 1 {
			t.Errorf("%d times when it is quiet", n)
		}
		if n := collected(time.Minute, much/4); n != 0 {
			t.Errorf("%d times for little", n)
		}
	})
}

const piece = 64 << 10

var thrownAway []byte
