package programs

import (
	"context"
	"math"
	"math/rand/v2"
	"sync"
	"time"

	"asappchat/store"
)

// readNewest reads the newest page of the long conversation straight from a
// store, by one goroutine, for some time.
func readNewest(s store.Store, d time.Duration) (Capacity, error) {
	newest := store.Page{From: 1, To: math.MaxInt64, Limit: PageSize, Bytes: 64 << 10, FromEnd: true}
	return overAndOver(d, func() error {
		_, err := s.History(context.Background(), ArchiveUser, LongPeer, newest)
		return err
	})
}

// overAndOver does something for some time.
func overAndOver(d time.Duration, do func() error) (got Capacity, err error) {
	n := 0
	before, err := CPUTime()
	if err != nil {
		return got, err
	}
	begun := time.Now()
	for time.Since(begun) < d {
		if err := do(); err != nil {
			return got, err
		}
		n++
	}
	took := time.Since(begun)
	after, err := CPUTime()
	return Capacity{PerSecond: float64(n) / took.Seconds(), CPU: microsOf(after-before, n)}, err
}

// readAll has readers read pages all over the long conversation, until stop.
func readAll(s store.Store, readers int) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var group sync.WaitGroup
	for range readers {
		group.Go(func() { // until stop
			last, err := lastSeq(s)
			for err == nil && ctx.Err() == nil {
				_, err = s.History(context.Background(), ArchiveUser, LongPeer, randomPage(last))
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

// randomPage asks for a page that ends anywhere in the long conversation.
func randomPage(last int64) store.Page {
	to := PageSize + rand.Int64N(max(1, last-PageSize))
	return store.Page{From: 1, To: to, Limit: PageSize, Bytes: 64 << 10, FromEnd: true}
}
