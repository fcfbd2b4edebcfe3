package load

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Load is connections that are listened to until they are closed. A ping is
// answered.
type Load struct {
	clients []*client
	running sync.WaitGroup
	failed  chan error // takes the first failure
	closing chan struct{}
	ended   atomic.Int64 // connections, before Close
}

// Listen takes what comes to connections, which are the load's from now on,
// and does nothing about it.
func Listen(conns []*Conn) *Load {
	l := newLoad(conns)
	l.run()
	return l
}

func newLoad(conns []*Conn) *Load {
	l := &Load{clients: make([]*client, len(conns)), failed: make(chan error, 1), closing: make(chan struct{})}
	for i, c := range conns {
		l.clients[i] = &client{Conn: c, number: i}
	}
	return l
}

func (l *Load) run() {
	for _, c := range l.clients {
		l.running.Go(func() { // until Close, or a failure
			if err := c.listen(); !errors.Is(err, net.ErrClosed) {
				l.ended.Add(1)
				l.fail(fmt.Errorf("connection %d: %w", c.number, err))
			}
		})
	}
}

func (l *Load) fail(err error) {
	select {
	case <-l.closing: // whatever fails now
	case l.failed <- err:
	default:
	}
}

// Close closes the connections, and waits for all goroutines of the load.
func (l *Load) Close() {
	close(l.closing)
	for _, c := range l.clients {
		c.Close()
	}
	l.running.Wait()
}

// count returns what came to all clients up to now.
func (l *Load) count() (answers, events int64) {
	for _, c := range l.clients {
		answers += c.answers.Load()
		events += c.events.Load()
	}
	return answers, events
}

// Wait lets the load run for some time, unless it fails or the context ends.
func (l *Load) Wait(ctx context.Context, d time.Duration) error { return wait(ctx, d, l.failed) }

func wait(ctx context.Context, d time.Duration, failed <-chan error) error {
	select {
	case <-time.After(d):
		return nil
	case err := <-failed:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}
