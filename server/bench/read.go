package main

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"asappchat/store"
)

// reading answers how fast the newest page of the long conversation is read
// straight from a store, by one goroutine.
type reading struct{ store store.Store }

func (r reading) ask(q question) (any, error) {
	if q.Ask != "read" {
		return nil, fmt.Errorf("%q is not answered", q.Ask)
	}
	times, n := newTimes(), 0
	newest := store.Page{From: 1, To: math.MaxInt64, Limit: pageSize, Bytes: 64 << 10, FromEnd: true}
	before, err := cpuTime()
	if err != nil {
		return nil, err
	}
	begun := time.Now()
	for time.Since(begun) < q.For {
		one := time.Now()
		if _, err := r.store.History(context.Background(), archiveUser, longPeer, newest); err != nil {
			return nil, err
		}
		times.RecordValue(time.Since(one).Microseconds())
		n++
	}
	took := time.Since(begun)
	after, err := cpuTime()
	return capacity{
		PerSecond: float64(n) / took.Seconds(),
		CPU:       inMicros(after-before) / float64(n),
		P50:       quantile(times, 50),
		P99:       quantile(times, 99),
	}, err
}

// spareCores is how many cores a writer leaves, at least one.
func spareCores() int { return max(1, runtime.GOMAXPROCS(0)-1) }

// readAll has readers read pages all over the long conversation, until stop.
func readAll(s store.Store, readers int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for range readers {
		group.Go(func() { // until stop
			last, err := lastSeq(s)
			for err == nil && ctx.Err() == nil {
				_, err = s.History(context.Background(), archiveUser, longPeer, randomPage(rand.Int64N, last))
			}
			if err != nil {
				panic(err)
			}
		})
	}
	return func() {
		cancel()
		group.Wait()
	}
}
