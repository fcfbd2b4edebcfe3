package load

import (
	"context"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Shape is what requests lead to.
type Shape struct {
	// Copies is how many events of messages a request that is not refused leads
	// to, at all clients together: 0 for what is no send.
	Copies int
	// Held, unless it is 0, says that in a closed loop, of one sender that has so
	// many in flight, a request is in flight until all its events have come, not
	// only until it is answered.
	Held int
	// Pairs says that users 0 and 1, 2 and 3 and so on send to each other; else
	// user 0 sends to all.
	Pairs bool
	// Blind says that there are no answers, and nothing that tells one event
	// from another: they are counted only.
	Blind bool
}

// Drive is a load whose first connections make requests, in rounds. Its
// methods are for one goroutine.
type Drive struct {
	*Load
	shape   Shape
	senders []*sender
	begun   time.Time
	sleep   func(time.Duration) // one of the open loop, exact where the system can

	patience time.Duration // without progress, then nothing more is to come
	on       atomic.Bool   // answers are followed by new requests (closed loop)
	round    atomic.Int64
	from     atomic.Int64 // what was due from this time on is recorded
	end      atomic.Int64 // of the open loop
	// received counts, for each place of the window of Held, how often a message at
	// this place has come to a client.
	received []atomic.Int64

	answered, delivered, late *times
	doubled, stray, strange   atomic.Int64
	faults                    Faults // up to the last round
	meter                     meter  // of the progress
}

// never is later than all times of a load.
const never = math.MaxInt64

// NewDrive runs a load on connections, the first of which have sources.
// Nothing is sent before the first round.
func NewDrive(conns []*Conn, sources []Source, shape Shape) *Drive {
	d := &Drive{
		Load: newLoad(conns), shape: shape, begun: time.Now(), sleep: sleep, patience: 10 * time.Second,
		answered: makeTimes(), delivered: makeTimes(), late: makeTimes(),
		received: make([]atomic.Int64, shape.Held),
	}
	d.from.Store(never)
	for i, c := range d.clients {
		c.drive = d
		if i < len(sources) {
			c.sender = &sender{client: c, drive: d, source: sources[i], writing: make(chan struct{}, 1)}
			d.senders = append(d.senders, c.sender)
		}
	}
	d.run()
	return d
}

// now is the time since the start of the load.
func (d *Drive) now() time.Duration { return time.Since(d.begun) }

// Span is how long a round takes.
type Span struct {
	WarmUp, For time.Duration
	// While, unless nil, is measured in the place of For.
	While func() error
	// Edge, unless nil, is called at both ends of what is measured.
	Edge func() error
}

// Pace is how many requests a round makes.
type Pace struct {
	Senders  int     // the first ones
	InFlight int     // of each, in a closed loop
	Rate     float64 // of all together, per second, in an open loop; 0 makes it a closed one
}

// Stretch is what happened in the measured part of a round. Requests that were
// due in it have their times here, whenever they were answered.
type Stretch struct {
	Took      time.Duration
	Answers   int64                   // with a result, while it took
	Events    int64                   // while it took
	Answered  *hdrhistogram.Histogram // µs from when a request was due to its answer
	Delivered *hdrhistogram.Histogram // µs from there to its event at somebody else's end
	Late      *hdrhistogram.Histogram // µs that the open loop itself was late
	Refusals  []Refusal               // of the whole round
	Faults    Faults                  // of the whole round
}

// Round makes requests, and measures. At its end nothing is in flight. When the
// context ends the round ends early, with what was measured so far and the
// context's error.
func (d *Drive) Round(ctx context.Context, span Span, pace Pace) (got Stretch, err error) {
	if span.WarmUp == 0 {
		d.from.Store(int64(d.now()))
	}
	pacing := new(sync.WaitGroup)
	err = d.start(pace, pacing)
	if err == nil {
		err = d.Wait(ctx, span.WarmUp)
	}
	if err == nil {
		err = d.measure(ctx, span, &got)
	}
	d.stop(pacing)
	if err == nil || ctx.Err() != nil { // else the load has failed, and this is all
		if settled := d.settle(pacing); err == nil {
			err = settled
		}
	}
	d.collect(&got)
	return got, err
}

// measure counts what happens from now on.
func (d *Drive) measure(ctx context.Context, span Span, got *Stretch) error {
	edge := span.Edge
	if edge == nil {
		edge = func() error { return nil }
	}
	if err := edge(); err != nil {
		return err
	}
	begun := d.now()
	if span.WarmUp > 0 {
		d.from.Store(int64(begun))
	}
	answers, events := d.count()
	err := d.spend(ctx, span)
	if bad := edge(); err == nil {
		err = bad
	}
	got.Took = d.now() - begun
	got.Answers, got.Events = d.count()
	got.Answers, got.Events = got.Answers-answers, got.Events-events
	return err
}

// spend lets the measured part of a round pass.
func (d *Drive) spend(ctx context.Context, span Span) error {
	if span.While == nil {
		return d.Wait(ctx, span.For)
	}
	return span.While()
}

// start begins a round. pacing is done when all that is due has been sent.
func (d *Drive) start(pace Pace, pacing *sync.WaitGroup) error {
	d.round.Add(1)
	d.end.Store(never)
	senders := d.senders[:min(pace.Senders, len(d.senders))]
	if pace.Rate > 0 {
		d.pace(senders, pace.Rate, pacing)
		return nil
	}
	d.on.Store(true)
	for _, s := range senders {
		if err := s.again(pace.InFlight, d.now()); err != nil {
			return err
		}
	}
	return nil
}

// stop ends the making of requests. In an open loop those that were due before
// are still to be sent.
func (d *Drive) stop(pacing *sync.WaitGroup) {
	d.end.Store(int64(d.now()))
	d.on.Store(false)
	d.during(pacing, func() { // until who has seen it on has written, or the connections are closed
		for _, s := range d.senders {
			s.writing <- struct{}{}
			<-s.writing
		}
	})
}

// during runs something that is part of pacing.
func (d *Drive) during(pacing *sync.WaitGroup, f func()) {
	pacing.Add(1)
	d.running.Go(func() {
		defer pacing.Done()
		f()
	})
}

// take takes what one read has brought to a client.
func (d *Drive) take(c *client) error {
	b, now := &c.burst, d.now()
	if c.sender != nil && !d.shape.Blind {
		if err := c.sender.take(b, now); err != nil {
			return err
		}
	}
	b.took = b.took[:0]
	for _, due := range b.dues {
		if int64(due) >= d.from.Load() {
			b.took = append(b.took, now-due)
		}
	}
	d.delivered.record(c.number, b.took)
	if b.events == 0 || d.shape.Held == 0 {
		return nil
	}
	had := c.had
	c.had += int64(b.events)
	return d.receive(had, c.had, now)
}

// receive counts the messages from one number up to another as
// received by one client, and sends a new one for each that everybody has now.
// Messages come to each client in order, so a message has its place for itself.
func (d *Drive) receive(from, to int64, now time.Duration) error {
	done, size := 0, int64(len(d.received))
	for n := from; n < to; n++ {
		if d.received[n%size].Add(1)%int64(len(d.clients)) == 0 {
			done++
		}
	}
	return d.senders[0].again(done, now)
}

// collect takes the times of a round.
func (d *Drive) collect(got *Stretch) {
	d.from.Store(never)
	got.Answered, got.Delivered, got.Late = d.answered.sum(), d.delivered.sum(), d.late.sum()
	d.answered.reset()
	d.delivered.reset()
	d.late.reset()
	for _, s := range d.senders {
		got.Refusals = addRefusals(got.Refusals, s.takeRefusals())
	}
	now := d.faultsNow()
	got.Faults = now.minus(d.faults)
	d.faults = now
	slices.SortFunc(got.Refusals, func(a, b Refusal) int { return int(b.Count - a.Count) })
}
