package hub

import (
	"context"
	"sync"
)

// running counts goroutines, and takes no new ones once it is being waited for.
type running struct {
	ctx  context.Context // ends when they are waited for
	stop context.CancelFunc

	mu      sync.Mutex
	stopped bool
	all     sync.WaitGroup
}

func (r *running) init() { r.ctx, r.stop = context.WithCancel(context.Background()) }

// start runs f in a goroutine of its own, unless wait was called.
func (r *running) start(f func()) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.stopped {
		r.all.Go(f)
	}
	return !r.stopped
}

// wait waits until all have ended.
func (r *running) wait() {
	r.mu.Lock()
	r.stopped = true
	r.mu.Unlock()
	r.stop()
	r.all.Wait()
}
