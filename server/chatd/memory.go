package main

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	// memoryEvery is how often memory is looked at.
	memoryEvery = 2 * time.Second
	// memoryWorth is by how much the heap must have grown to be worth a collection, at
	// least, and memoryShare by what part of it.
	memoryWorth = 4 << 20
	memoryShare = 8
	// memoryQuiet is the part of that which is allocated between two looks at most when
	// it is quiet, and memoryLooks how many looks in a row it must have been. If it
	// was not, the memory is soon needed again. So there is one collection in
	// memoryLooks looks at most.
	memoryQuiet = 8
	memoryLooks = 4
)

// giveBack gives memory back to the system when it is quiet: logging in takes
// much more than being there, and the runtime would keep it for minutes. With
// 10,000 idle connections that is 2 KiB of each. It ends with ctx.
func giveBack(ctx context.Context) {
	ticker := time.NewTicker(memoryEvery)
	defer ticker.Stop()
	before, quiet := readMemory(), 0
	for least := before.held; ; {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		now := readMemory()
		least = min(least, now.held)
		worth := max(memoryWorth, least/memoryShare)
		if quiet++; now.allocated-before.allocated >= worth/memoryQuiet {
			quiet = 0
		}
		if quiet >= memoryLooks && now.held-least >= worth {
			debug.FreeOSMemory()
			now, quiet = readMemory(), 0
			least = now.held
		}
		before = now
	}
}

// memory is the heap, in bytes.
type memory struct {
	allocated uint64 // since the start
	held      uint64 // of the system's memory
}

func readMemory() memory {
	samples := []metrics.Sample{
		{Name: "/gc/heap/allocs:bytes"},
		{Name: "/memory/classes/heap/objects:bytes"}, {Name: "/memory/classes/heap/unused:bytes"}, {Name: "/memory/classes/heap/free:bytes"},
	}
	metrics.Read(samples)
	m := memory{allocated: samples[0].Value.Uint64()}
	for _, part := range samples[1:] {
		m.held += part.Value.Uint64()
	}
	return m
}
