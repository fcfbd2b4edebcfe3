package main

import (
	"context"
	"runtime/debug"
	"time"
)

const (
	// memoryEvery is how often the number of connections is looked at.
	memoryEvery = 5 * time.Second
	// memoryGrowth is by how much, in connections, it must have grown for the
	// memory of their logins to be worth giving back.
	memoryGrowth = 500
)

// giveBack gives memory back to the system after many have logged in, once few
// more come: logging in takes much more memory than being there, and the
// runtime would keep it for minutes. With 10,000 idle connections that is 3 of
// 15 KiB of each. It ends with ctx.
func giveBack(ctx context.Context, connections func() int) {
	ticker := time.NewTicker(memoryEvery)
	defer ticker.Stop()
	given, before := 0, 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := connections()
		if now < before+memoryGrowth/10 && now >= given+memoryGrowth {
			debug.FreeOSMemory()
			given = now
		}
		before, given = now, min(given, now)
	}
}
