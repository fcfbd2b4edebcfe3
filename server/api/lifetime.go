package api

import (
	"context"
	"time"
)

// lifetime is the context of a connection's requests: it ends with the
// connection. There is one for all of them.
type lifetime struct{ out Outbox }

func (l *lifetime) Deadline() (time.Time, bool) { return time.Time{}, false }
func (l *lifetime) Done() <-chan struct{}       { return l.out.Done() }
func (l *lifetime) Value(any) any               { return nil }

func (l *lifetime) Err() error {
	select {
	case <-l.out.Done():
		return context.Canceled
	default:
		return nil
	}
}
