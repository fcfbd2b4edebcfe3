package load

import (
	"context"
	"crypto/tls"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Crowd is members of groups, each with one connection, who are all cut off at
// once and come back, from the cursors that they have, as clients do. What is
// said to their groups they must be told once, and in order: see Faults. Its
// methods are for one goroutine.
type Crowd struct {
	url    string
	config *tls.Config
	atOnce int
	guests []*guest

	// Of the coming back that is under way, or of the latest.
	running sync.WaitGroup
	ctx     context.Context // ends when all are cut
	cut     context.CancelFunc
	failed  chan error    // takes the first failure
	since   time.Time     // from when times count
	begun   time.Time     // since then they try
	absent  atomic.Int64  // guests who lack messages
	back    chan struct{} // closed when none does
	retries atomic.Int64

	said                 atomic.Int64 // messages that each group has, or is about to have
	lost, doubled, stray atomic.Int64
}

// Guest is one of a crowd.
type Guest struct {
	Name   string // for errors
	Groups []int  // the numbers of the senders ([NewSend]) who speak to its groups
	// Login logs in on a new connection.
	Login func(ctx context.Context, c *Conn) error
}

// NewCrowd makes a crowd that has never been there: its guests will begin at
// the end of the log. So many at once, at most, are between dialling and being
// logged in: a server bounds how many have not logged in.
func NewCrowd(url string, guests []Guest, atOnce int) *Crowd {
	c := &Crowd{url: url, atOnce: atOnce, failed: make(chan error, 1), cut: func() {}}
	for _, g := range guests {
		c.guests = append(c.guests, &guest{Guest: g, crowd: c, conn: new(Conn), heard: make([]int64, len(g.Groups))})
	}
	c.Expect(0)
	return c
}

// Cut resets all connections, as when what is between breaks down, and waits
// until nobody reads them any more.
func (c *Crowd) Cut() {
	c.cut()
	c.running.Wait()
}

// Expect says that each group is about to have so many messages more. The first
// of all has number 0.
func (c *Crowd) Expect(messages int) {
	c.absent.Store(int64(len(c.guests)))
	c.back = make(chan struct{})
	c.said.Add(int64(messages))
}

// Comeback is how a crowd came back.
type Comeback struct {
	Took    time.Duration           // until the last had all messages
	Times   *hdrhistogram.Histogram // µs until each had
	Retries int64                   // attempts that failed and were repeated
}

// ComeBack has all come back at once, after Cut and Expect, and waits until each
// has all messages. Times count from since.
func (c *Crowd) ComeBack(ctx context.Context, since time.Time) (Comeback, error) {
	c.since, c.begun = since, time.Now()
	c.retries.Store(0)
	c.ctx, c.cut = context.WithCancel(context.WithoutCancel(ctx))
	gate := make(chan struct{}, c.atOnce)
	for _, g := range c.guests {
		c.running.Go(func() { // until Cut, or a failure
			if err := g.attend(gate); c.ctx.Err() == nil {
				c.fail(fmt.Errorf("%s: %w", g.Name, err))
			}
		})
	}
	if err := c.Await(ctx); err != nil {
		return Comeback{}, err
	}
	got := Comeback{Times: NewTimes(), Retries: c.retries.Load()}
	for _, g := range c.guests {
		got.Took = max(got.Took, g.took)
		got.Times.RecordValue(min(g.took, longest).Microseconds())
	}
	return got, nil
}

func (c *Crowd) fail(err error) {
	select {
	case c.failed <- err:
	default:
	}
}

// arrive counts a guest as one who has all messages.
func (c *Crowd) arrive() {
	if c.absent.Add(-1) == 0 {
		close(c.back)
	}
}

// here is how many have all messages. It may be called from any goroutine.
func (c *Crowd) here() int { return len(c.guests) - int(c.absent.Load()) }

// backWithin bounds how long a crowd is waited for without anybody coming back.
const backWithin = 30 * time.Second

// Await waits until everybody has what was to be expected.
func (c *Crowd) Await(ctx context.Context) error {
	for last := int64(-1); ; {
		select {
		case <-c.back:
			return nil
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(backWithin):
			now := c.absent.Load()
			if now == last {
				return fmt.Errorf("%d of %d are not back, or lack messages, and nobody has come for %v", now, len(c.guests), backWithin)
			}
			last = now
		}
	}
}

// Wait lets some time pass, in which nobody may fail.
func (c *Crowd) Wait(ctx context.Context, d time.Duration) error { return wait(ctx, d, c.failed) }

// Faults are what guests were told wrongly up to now.
func (c *Crowd) Faults() Faults {
	return Faults{Lost: c.lost.Load(), Doubled: c.doubled.Load(), Stray: c.stray.Load()}
}
