package main

import (
	"context"
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Memory is given back once after many have come, and not while they come, nor
// again and again.
func TestMemoryIsGivenBackWhenLoginsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		var connections atomic.Int64
		go giveBack(ctx, func() int { return int(connections.Load()) })
		collected := func(d time.Duration) uint32 {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			time.Sleep(d) // of the bubble
			synctest.Wait()
			runtime.ReadMemStats(&after)
			return after.NumForcedGC - before.NumForcedGC
		}
		for range 10 {
			connections.Add(1000)
			if n := collected(memoryEvery); n != 0 {
				t.Errorf("%d times while they come", n)
			}
		}
		if n := collected(time.Minute); n != 1 {
			t.Errorf("%d times when they have come", n)
		}
		connections.Add(memoryGrowth - 1)
		if n := collected(time.Minute); n != 0 {
			t.Errorf("%d times for a few more", n)
		}
	})
}
