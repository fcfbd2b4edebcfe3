package load

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"asappchat/protocol"
)

// storm cuts all connections at once, has messages sent meanwhile, and measures
// how long it takes until all are back and have them. Storms follow one another
// until the time is over; there is one at least.
func (s *stage) storm(ctx context.Context) error {
	c, err := s.openCrowd(ctx)
	if err != nil {
		return err
	}
	defer c.leave()
	begun := time.Now()
	step := &Step{}
	times := newTimes()
	for storms := 0; storms == 0 || time.Since(begun) < s.options.For; storms++ {
		s.watcher.watch(func() Progress {
			back := int(c.back.Load())
			return Progress{Doing: fmt.Sprintf("storm %d, back", storms+1), Step: 1, Steps: 1, Done: back, Of: len(c.guests), Elapsed: time.Since(begun)}
		})
		var round Round
		round, err = c.storm(ctx, times)
		if err != nil {
			break
		}
		step.Storms = append(step.Storms, round)
	}
	step.finish(c, times, time.Since(begun))
	if len(step.Storms) > 0 || step.Faults.total() > 0 {
		s.report.Steps = append(s.report.Steps, step)
	}
	return err
}

// finish sums up the storms.
func (s *Step) finish(c *crowd, times *hdrhistogram.Histogram, took time.Duration) {
	var away float64
	for _, round := range s.Storms {
		away += round.AllBackMS
	}
	if away > 0 {
		s.AchievedPerSecond = float64(len(c.guests)*len(s.Storms)) / away * 1000
	}
	s.DurationMS, s.Times = millis(took), []Times{newTimesOf(untilBack, times)}
	for _, g := range c.guests {
		s.Faults.Lost += g.lost.Load()
		s.Faults.Doubled += g.doubled.Load()
		s.Faults.Stray += g.stray.Load()
	}
}

// crowd is the members of groups, and a speaker who sends to all of them.
type crowd struct {
	stage   *stage
	speaker *user
	groups  []*Template
	guests  []*guest
	running sync.WaitGroup
	failed  chan error
	said    int64 // messages to each group

	ready   chan struct{} // takes one of each guest who has noticed that it is cut
	back    atomic.Int64  // guests who have all messages
	all     chan struct{} // closed when the last is back
	retries atomic.Int64
	ctx     context.Context // ends when the crowd leaves
	leave   func()
}

// openCrowd connects everybody.
func (s *stage) openCrowd(ctx context.Context) (*crowd, error) {
	users := s.users(1 + s.options.Clients)
	conns, err := s.connect(ctx, users, true)
	if err != nil {
		return nil, err
	}
	c := &crowd{stage: s, speaker: users[0], failed: make(chan error, 1)}
	size := len(users) - 1
	if most := s.info.Limits.Members; most > 1 {
		size = min(size, most-1)
	}
	for first := 1; first < len(users) && err == nil; first += size {
		err = c.addGroup(ctx, conns[0], users[first:min(first+size, len(users))])
	}
	conns[0].Close() // the speaker comes when there is something to say
	if err == nil {
		err = c.begin(ctx, conns[1:])
	}
	if err != nil {
		CloseAll(conns)
		return nil, err
	}
	return c, nil
}

// addGroup makes a group of the speaker and guests.
func (c *crowd) addGroup(ctx context.Context, speaker *Conn, users []*user) error {
	id, err := c.stage.group(ctx, speaker, append([]*user{c.speaker}, users...))
	if err != nil {
		return err
	}
	template, err := NewSend(0, id)
	if err != nil {
		return err
	}
	c.groups = append(c.groups, template)
	for _, u := range users {
		c.guests = append(c.guests, &guest{user: u, crowd: c, group: id})
	}
	return nil
}

// begin has each guest listen, from a cursor behind all that happened before.
func (c *crowd) begin(ctx context.Context, conns []*Conn) error {
	for i, g := range c.guests {
		var now protocol.PingResult
		if err := conns[i].Call(protocol.Ping.Name, protocol.Empty{}, &now); err != nil {
			return err
		}
		g.cursor = now.Cursor
		g.conn.Store(conns[i])
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.ctx, c.leave = run, func() {
		cancel()
		for _, g := range c.guests {
			g.conn.Load().Close()
		}
		c.running.Wait()
	}
	c.ready = make(chan struct{}, len(c.guests))
	for _, g := range c.guests {
		c.running.Go(g.live) // until leave, or a failure
	}
	return nil
}

// expect begins to count who has so many messages.
func (c *crowd) expect(messages int64) {
	c.back.Store(0)
	c.all = make(chan struct{})
	for _, g := range c.guests {
		g.target.Store(messages)
	}
}

// storm runs one storm, and records when each guest was back.
func (c *crowd) storm(ctx context.Context, times *hdrhistogram.Histogram) (round Round, err error) {
	missed := c.said + int64(c.stage.options.Messages)
	c.expect(missed)
	c.retries.Store(0)
	ret := make(chan struct{})
	for _, g := range c.guests {
		g.away.Store(&ret)
		g.conn.Load().Close()
	}
	if err := c.silence(ctx); err != nil {
		return round, err
	}
	err = c.speak(ctx, missed)
	begun := time.Now()
	for _, g := range c.guests {
		g.since = begun
	}
	close(ret)
	if err == nil {
		err = c.await(ctx)
	}
	if err != nil {
		return round, err
	}
	var last time.Duration
	for _, g := range c.guests {
		last = max(last, g.took)
		times.RecordValue(min(g.took, longest).Microseconds())
	}
	round = Round{AllBackMS: millis(last), Retries: c.retries.Load()}
	// One more, to see that all are live.
	c.expect(missed + 1)
	if err := c.speak(ctx, missed+1); err != nil {
		return round, err
	}
	return round, c.await(ctx)
}

// silence waits until all have noticed that they are cut.
func (c *crowd) silence(ctx context.Context) error {
	for range c.guests {
		select {
		case <-c.ready:
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	return nil
}

// backWithin bounds how long a storm is waited for without anybody coming back.
const backWithin = 30 * time.Second

// await waits until everybody has what was said.
func (c *crowd) await(ctx context.Context) error {
	for last := int64(-1); ; {
		select {
		case <-c.all:
			return nil
		case err := <-c.failed:
			return err
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(backWithin):
			now := c.back.Load()
			if now == last {
				return fmt.Errorf("%d of %d are not back, or lack messages, and nobody has come for %v", int64(len(c.guests))-now, len(c.guests), backWithin)
			}
			last = now
		}
	}
}

// speak sends to each group until it has so many messages.
func (c *crowd) speak(ctx context.Context, messages int64) error {
	conn, err := c.stage.admit(ctx, c.speaker, false)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	for ; c.said < messages; c.said++ {
		for _, group := range c.groups {
			for sent := 0; sent == 0; {
				if err := conn.Write(group.Frame(c.said, 0)); err != nil {
					return err
				}
				if sent, err = c.stage.answers(ctx, conn, 1); err != nil {
					return errors.Join(ctx.Err(), err)
				}
			}
		}
	}
	return nil
}
