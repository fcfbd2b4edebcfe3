package load

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// storm cuts all connections at once, has messages sent meanwhile, and measures
// how long it takes until all are back and have them. Storms follow one another
// until the time is over; there is one at least.
func (s *stage) storm(ctx context.Context) error {
	t, err := s.openTown(ctx)
	if err != nil {
		return err
	}
	defer t.crowd.Cut()
	begun := time.Now()
	step := &Step{}
	times := NewTimes()
	for storms := 0; storms == 0 || time.Since(begun) < s.options.For; storms++ {
		s.watcher.watch(func() Progress {
			return Progress{Doing: fmt.Sprintf("storm %d, back", storms+1), Step: 1, Steps: 1, Done: t.crowd.here(), Of: s.options.Clients, Elapsed: time.Since(begun)}
		})
		var got Comeback
		got, err = t.storm(ctx)
		if err != nil {
			break
		}
		times.Merge(got.Times)
		step.Storms = append(step.Storms, Round{AllBackMS: millis(got.Took), Retries: got.Retries})
	}
	step.finish(t.crowd, times, time.Since(begun))
	if len(step.Storms) > 0 || step.Faults.total() > 0 {
		s.report.Steps = append(s.report.Steps, step)
	}
	return err
}

// finish sums up the storms.
func (s *Step) finish(c *Crowd, times *hdrhistogram.Histogram, took time.Duration) {
	var away float64
	for _, round := range s.Storms {
		away += round.AllBackMS
	}
	if away > 0 {
		s.AchievedPerSecond = float64(len(c.guests)*len(s.Storms)) / away * 1000
	}
	s.DurationMS, s.Times, s.Faults = millis(took), []Times{newTimesOf(untilBack, times)}, c.Faults()
}

// town is a crowd, and a speaker who sends to all of its groups.
type town struct {
	stage   *stage
	speaker *user
	groups  []*Template
	said    int64 // messages to each group
	crowd   *Crowd
}

// openTown opens accounts, makes groups, and has everybody come.
func (s *stage) openTown(ctx context.Context) (*town, error) {
	users := s.users(1 + s.options.Clients)
	conns, err := s.connect(ctx, users, false)
	if err != nil {
		return nil, err
	}
	t := &town{stage: s, speaker: users[0]}
	guests, err := t.makeGroups(ctx, conns[0], users[1:])
	CloseAll(conns) // the crowd comes by token, and the speaker when there is something to say
	if err != nil {
		return nil, err
	}
	t.crowd = NewCrowd(s.options.URL, guests, len(guests))
	t.crowd.config = s.options.TLS
	if _, err := t.crowd.ComeBack(ctx, time.Now()); err != nil {
		t.crowd.Cut()
		return nil, err
	}
	return t, nil
}

// makeGroups makes groups of the speaker and guests, as large as they may be.
func (t *town) makeGroups(ctx context.Context, speaker *Conn, users []*user) (guests []Guest, err error) {
	size := len(users)
	if most := t.stage.info.Limits.Members; most > 1 {
		size = min(size, most-1)
	}
	for first := 0; first < len(users); first += size {
		members := users[first:min(first+size, len(users))]
		id, err := t.stage.group(ctx, speaker, append([]*user{t.speaker}, members...))
		if err != nil {
			return nil, err
		}
		template, err := NewSend(len(t.groups), id)
		if err != nil {
			return nil, err
		}
		for _, u := range members {
			guests = append(guests, Guest{
				Name: u.name, Groups: []int{len(t.groups)},
				Login: func(ctx context.Context, c *Conn) error { return t.stage.login(ctx, c, u) },
			})
		}
		t.groups = append(t.groups, template)
	}
	return guests, nil
}

// storm runs one storm.
func (t *town) storm(ctx context.Context) (got Comeback, err error) {
	t.crowd.Cut()
	if err := t.speak(ctx, t.stage.options.Messages); err != nil {
		return got, err
	}
	if got, err = t.crowd.ComeBack(ctx, time.Now()); err != nil {
		return got, err
	}
	// One more, to see that all are live.
	if err := t.speak(ctx, 1); err != nil {
		return got, err
	}
	return got, t.crowd.Await(ctx)
}

// speak sends messages to each group.
func (t *town) speak(ctx context.Context, messages int) error {
	conn, err := t.stage.admit(ctx, t.speaker, false)
	if err != nil {
		return err
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, conn.Close)()
	t.crowd.Expect(messages)
	for range messages {
		for _, group := range t.groups {
			for sent := 0; sent == 0; {
				if err := conn.Write(group.Frame(t.said, 0)); err != nil {
					return err
				}
				if sent, err = t.stage.answers(ctx, conn, 1); err != nil {
					return errors.Join(ctx.Err(), err)
				}
			}
		}
		t.said++
	}
	return nil
}
