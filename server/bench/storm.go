package main

import (
	"errors"
	"fmt"
	"sync"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"golang.org/x/sync/errgroup"

	"asappchat/clients/load"
	"asappchat/server/bench/programs"
)

// storms is a crowd that is cut off and comes back, all at once and without
// waiting: each shakes hands, logs in with its token, subscribes with its
// cursor, and gets what its teams said meanwhile. The limit is as many bare
// handshakes, with as many dialling at once, each of which is cut, too. The
// server is the command as it is shipped, but for the limit on how fast a user
// may send. One more storm comes while other users send to each other.
var storms = []scenario{{"storm", storm}}

func storm(l *lab) ([]*row, error) {
	if l.profiles != "" {
		if err := l.profileStorms(); err != nil {
			return nil, err
		}
	}
	t, err := l.openTown()
	if err != nil {
		return nil, err
	}
	rows := newStormRows(l.storm.crowd)
	for range l.storm.rounds {
		if err = rows.playAlone(l, t); err != nil {
			break
		}
	}
	if err == nil {
		err = rows.playBeside(l, t)
	}
	return rows.all(), errors.Join(err, t.close())
}

// playAlone has a storm while nothing else happens.
func (r stormRows) playAlone(l *lab, t *town) error {
	bare, err := l.start(programs.Joined)
	if err != nil {
		return err
	}
	limit, err := l.bareStorm(bare)
	if err != nil {
		return err
	}
	got, err := t.storm(l)
	if err != nil {
		return err
	}
	r.add(l, t, got, limit)
	if err := t.crowd.Wait(l.ctx, l.storm.pause); err != nil {
		return err
	}
	return t.crowd.Faults().Err()
}

// playBeside has a storm while others send.
func (r stormRows) playBeside(l *lab, t *town) error {
	bare, err := l.start(programs.Joined)
	if err != nil {
		return err
	}
	calm, err := t.rate(l, func() error { return t.senders.Wait(l.ctx, l.round) })
	if err != nil {
		return err
	}
	var took time.Duration
	during, err := t.rate(l, func() error {
		got, err := t.storm(l)
		took = got.took
		return err
	})
	if err != nil {
		return err
	}
	beside, err := t.rate(l, func() error {
		_, err := l.bareStorm(bare)
		return err
	})
	if err != nil {
		return err
	}
	r.addSends(during, calm, beside)
	l.progress("  back in %s beside sends: %s of %s, %s beside bare handshakes",
		millis(inMicros(took)/1000), perSecond(during), perSecond(calm), perSecond(beside))
	return nil
}

// stormed is what one storm was.
type stormed struct {
	took time.Duration           // from the cut until all were back
	away *hdrhistogram.Histogram // of each
	cpu  time.Duration           // of the server
	peak int64                   // the most memory of the server, in bytes
}

// storm cuts the crowd off, has its teams be told something, and then has it
// come back.
func (t *town) storm(l *lab) (got stormed, err error) {
	if err := t.daemon.resetPeak(); err != nil {
		return got, err
	}
	before, err := t.daemon.cpu()
	if err != nil {
		return got, err
	}
	back, err := t.cutAndBack(l)
	if err != nil {
		return got, err
	}
	got.took, got.away = back.Took, back.Times
	after, err := t.daemon.cpu()
	if err != nil {
		return got, err
	}
	got.cpu = after - before
	got.peak, err = t.daemon.peak()
	return got, err
}

// cutAndBack counts times from the first cut on.
func (t *town) cutAndBack(l *lab) (back load.Comeback, err error) {
	begun := time.Now()
	t.crowd.Cut()
	if err := t.tell(missedMessages); err != nil {
		return back, err
	}
	if back, err = t.crowd.ComeBack(l.ctx, begun); err == nil && back.Retries > 0 {
		err = fmt.Errorf("%d attempts to come back failed", back.Retries)
	}
	return back, errors.Join(err, t.crowd.Faults().Err())
}

// profileStorms has storms with a server that makes a profile, which the
// command does not.
func (l *lab) profileStorms() error {
	dir, t, err := l.foundTown()
	if err != nil {
		return err
	}
	server, err := l.startIn(programs.Server, dir)
	if err != nil {
		return err
	}
	if err := t.settle(l, server.Address); err != nil {
		return err
	}
	defer t.leave()
	if err := l.profile(server); err != nil {
		return err
	}
	before, err := server.Usage()
	if err != nil {
		return err
	}
	for range l.storm.rounds {
		if _, err := t.cutAndBack(l); err != nil {
			return err
		}
	}
	after, err := server.Usage()
	used, n := after.Minus(before), float64(l.storm.rounds*l.storm.crowd)
	l.progress("  with a profile: CPU %s and %s writes for each", micros(inMicros(used.CPU)/n), digits(float64(used.Writes)/n))
	return err
}

// bareStorm makes as many connections to a bare program as a storm does, and
// cuts each as soon as it has shaken hands.
func (l *lab) bareStorm(bare *child) (got stormed, err error) {
	before, err := bare.Usage()
	if err != nil {
		return got, err
	}
	begun := time.Now()
	got.away, err = shakeAll(l, bare.Address, begun)
	got.took = time.Since(begun)
	if err != nil {
		return got, err
	}
	after, err := bare.Usage()
	got.cpu = after.CPU - before.CPU
	return got, err
}

// shakeAll returns how long after begun each of n connections had shaken hands.
func shakeAll(l *lab, address string, begun time.Time) (*hdrhistogram.Histogram, error) {
	times := load.NewTimes()
	var mu sync.Mutex // of times
	var group errgroup.Group
	gate := make(chan *load.Conn, comingAtOnce)
	for range comingAtOnce {
		gate <- new(load.Conn)
	}
	for range l.storm.crowd {
		group.Go(func() error { // until it has shaken hands
			c := <-gate
			defer func() { gate <- c }()
			if err := c.Redial(l.ctx, "ws://"+address); err != nil {
				return err
			}
			c.Reset()
			mu.Lock()
			defer mu.Unlock()
			return times.RecordValue(time.Since(begun).Microseconds())
		})
	}
	return times, group.Wait()
}

// resetPeak begins to measure the peak of memory anew.
func (d *daemon) resetPeak() error { return programs.ResetPeak(d.cmd.Process.Pid) }

// peak is the most that the daemon had resident, in bytes.
func (d *daemon) peak() (int64, error) { return programs.PeakBytes(d.cmd.Process.Pid) }

// leave has everybody go.
func (t *town) leave() {
	t.crowd.Cut()
	t.senders.Close()
	t.herald.Close()
}

func (t *town) close() error {
	t.leave()
	if err := t.daemon.end(syscall.SIGTERM); err != nil {
		return fmt.Errorf("%w: %s", err, t.daemon.errors.String())
	}
	return nil
}
