package load

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// UsageError says that options make no sense together.
type UsageError struct{ err error }

func (e *UsageError) Error() string { return e.err.Error() }
func (e *UsageError) Unwrap() error { return e.err }

// Run drives a scenario against a server. The report is of what was measured,
// nil when nothing was; the error says what ended it early, or what the server
// got wrong. When the context ends, the run does, with a report of what there
// is and the context's error.
func Run(ctx context.Context, o Options) (*Report, error) {
	if err := o.complete(); err != nil {
		return nil, &UsageError{err}
	}
	s, err := newStage(ctx, o)
	if err != nil {
		return nil, err
	}
	s.report = newReport(s)
	defer s.watcher.start(o.OnProgress)()
	switch o.Scenario {
	case Idle:
		err = s.idle(ctx)
	case Storm:
		err = s.storm(ctx)
	default:
		err = s.drive(ctx)
	}
	s.report.Preparing = s.refusals
	if len(s.report.Steps) == 0 {
		return nil, err
	}
	if err == nil {
		err = s.report.err()
	}
	if errors.Is(err, context.Canceled) {
		s.report.Error = "interrupted: the last step is shorter"
	} else if err != nil {
		s.report.Error = err.Error()
	}
	return s.report, err
}

// drive runs the scenarios that make requests, step by step.
func (s *stage) drive(ctx context.Context) error {
	open := map[Scenario]func(context.Context) (*Drive, error){
		Send: s.openSend, FanOut: s.openFanOut, Ping: s.openPing, History: s.openHistory,
	}
	d, err := open[s.options.Scenario](ctx)
	if err != nil {
		return err
	}
	defer d.Close()
	steps := max(1, len(s.options.Rates))
	if s.options.Steps > 0 {
		steps += s.options.Steps
	}
	for i := range steps {
		if err := s.step(ctx, d, i, steps); err != nil {
			return err
		}
	}
	return nil
}

// topShare is how much of what the closed loop reached the last step offers.
const topShare = 0.95

// rate is that of a step, 0 for a closed loop.
func (s *stage) rate(step int) float64 {
	switch {
	case len(s.options.Rates) > 0:
		return s.options.Rates[step]
	case step == 0:
		return 0
	}
	return s.report.Steps[0].AchievedPerSecond * topShare * float64(step) / float64(s.options.Steps)
}

// noMeasure says why rates cannot be derived from what a closed loop has
// reached.
func (s *Step) noMeasure() error {
	if rateLimited, others := splitRefusals(s.Refusals); rateLimited+others > 0 {
		return fmt.Errorf("the closed loop was refused %d times, so what it has reached is a limit of the server and no measure for steps", rateLimited+others)
	}
	if s.AchievedPerSecond == 0 {
		return errors.New("the closed loop has reached nothing, so there are no steps")
	}
	return nil
}

// step runs one step and reports it.
func (s *stage) step(ctx context.Context, d *Drive, i, of int) error {
	pace := Pace{Senders: len(d.senders), InFlight: s.options.InFlight, Rate: s.rate(i)}
	if i > 0 && s.options.Steps > 0 {
		if err := s.report.Steps[0].noMeasure(); err != nil {
			return err
		}
	}
	span := Span{WarmUp: s.options.WarmUp, For: s.options.For}
	begun := time.Now()
	s.watcher.watch(func() Progress {
		p := d.progress(time.Since(begun), span)
		p.Step, p.Steps = i+1, of
		return p
	})
	got, err := d.Round(ctx, span, pace)
	if got.Took > 0 {
		s.report.Steps = append(s.report.Steps, newStep(s.options.Scenario, pace, got))
	}
	if err == nil {
		err = got.Faults.Err() // the next step would begin with it
	}
	if err != nil && ctx.Err() == nil && of > 1 {
		err = fmt.Errorf("step %d of %d: %w", i+1, of, err)
	}
	return err
}
