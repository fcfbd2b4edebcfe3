package load

import (
	"context"
	"fmt"
	"time"

	"asappchat/protocol"
)

// idle connects users and watches whether they stay connected. In the end each
// asks for something, and is answered.
func (s *stage) idle(ctx context.Context) error {
	begun := time.Now()
	conns, err := s.connect(ctx, s.users(s.options.Clients), true)
	if err != nil {
		return err
	}
	opened := float64(len(conns)) / time.Since(begun).Seconds()
	sources := make([]Source, len(conns))
	for i := range sources {
		if sources[i], err = NewRequest(protocol.Ping.Name, protocol.Empty{}); err != nil {
			CloseAll(conns)
			return err
		}
	}
	d := NewDrive(conns, sources, Shape{})
	defer d.Close()
	took, err := s.watchIdle(ctx, d)
	step := &Step{AchievedPerSecond: opened, DurationMS: millis(took), Connections: d.alive()}
	var got Stretch
	if err == nil {
		got, err = d.Round(context.WithoutCancel(ctx), Span{}, Pace{Senders: len(conns), InFlight: 1})
		step.Faults, step.Refusals, step.Connections = got.Faults, got.Refusals, d.alive()
	}
	if got.Answered == nil {
		got.Answered = NewTimes()
	}
	step.Times = []Times{newTimesOf(untilAnswered, got.Answered)}
	s.report.Steps = append(s.report.Steps, step)
	if err == nil {
		err = ctx.Err()
	}
	return err
}

// watchIdle returns how long it has watched. An interrupt ends it, and is no
// error; a connection that ends is one.
func (s *stage) watchIdle(ctx context.Context, d *Drive) (time.Duration, error) {
	begun := time.Now()
	s.watcher.watch(func() Progress {
		alive := d.alive()
		return Progress{
			Doing: "alive", Step: 1, Steps: 1, Done: alive, Of: len(d.clients),
			Elapsed: time.Since(begun), Errors: int64(len(d.clients) - alive),
		}
	})
	pause(ctx, s.options.For)
	took := time.Since(begun)
	if gone := len(d.clients) - d.alive(); gone > 0 {
		return took, fmt.Errorf("%d of %d connections have ended, the first for this reason: %w", gone, len(d.clients), <-d.failed)
	}
	return took, nil
}

// alive is how many connections have not ended.
func (l *Load) alive() int { return len(l.clients) - int(l.ended.Load()) }
