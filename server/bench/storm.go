package main

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"sync"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

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
	return t.crowd.stay(l, l.storm.pause)
}

// playBeside has a storm while others send.
func (r stormRows) playBeside(l *lab, t *town) error {
	bare, err := l.start(programs.Joined)
	if err != nil {
		return err
	}
	if err := t.send(); err != nil {
		return err
	}
	calm, err := t.rate(func() error { return t.senders.wait(l, l.round) })
	if err != nil {
		return err
	}
	var took time.Duration
	during, err := t.rate(func() error {
		got, err := t.storm(l)
		took = got.took
		return err
	})
	if err != nil {
		return err
	}
	beside, err := t.rate(func() error {
		_, err := l.bareStorm(bare)
		return err
	})
	if err != nil {
		return err
	}
	r.addSends(during, calm, beside)
	l.progress("  back in %s beside sends: %s of %s, %s beside bare handshakes",
		millis(inMicros(took)/1000), perSecond(during), perSecond(calm), perSecond(beside))
	return t.quieten(l)
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
	if err := t.cutAndBack(l); err != nil {
		return got, err
	}
	got.took, got.away = time.Since(t.crowd.since), t.crowd.times()
	after, err := t.daemon.cpu()
	if err != nil {
		return got, err
	}
	got.cpu = after - before
	got.peak, err = t.daemon.peak()
	return got, err
}

func (t *town) cutAndBack(l *lab) error {
	t.crowd.cut()
	if err := t.tell(missedMessages); err != nil {
		return err
	}
	return t.crowd.comeBack(l, missedMessages)
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
		if err := t.cutAndBack(l); err != nil {
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
	got.away, err = shakeAll(bare.Address, l.storm.crowd, begun)
	got.took = time.Since(begun)
	if err != nil {
		return got, err
	}
	after, err := bare.Usage()
	got.cpu = after.CPU - before.CPU
	return got, err
}

// shakeAll returns how long after begun each of n connections had shaken hands.
func shakeAll(address string, n int, begun time.Time) (*hdrhistogram.Histogram, error) {
	times, failed := newTimes(), make(chan error, n)
	var mu sync.Mutex // of times
	var group sync.WaitGroup
	gate := make(chan *conn, comingAtOnce)
	for range comingAtOnce {
		gate <- &conn{in: bufio.NewReaderSize(nil, guestBytes)}
	}
	for range n {
		group.Go(func() { // until it has shaken hands
			c := <-gate
			defer func() { gate <- c }()
			if err := c.meet(address); err != nil {
				failed <- err
			}
			mu.Lock()
			defer mu.Unlock()
			times.RecordValue(time.Since(begun).Microseconds())
		})
	}
	group.Wait()
	select {
	case err := <-failed:
		return nil, err
	default:
		return times, nil
	}
}

// meet makes a connection that is cut as soon as hands are shaken.
func (c *conn) meet(address string) error {
	socket, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer socket.Close()
	c.reuse(socket)
	return c.shakeHands(address)
}

// resetPeak begins to measure the peak of memory anew.
func (d *daemon) resetPeak() error { return programs.ResetPeak(d.cmd.Process.Pid) }

// peak is the most that the daemon had resident, in bytes.
func (d *daemon) peak() (int64, error) { return programs.PeakBytes(d.cmd.Process.Pid) }

// leave has everybody go.
func (t *town) leave() {
	t.crowd.cut()
	t.senders.close()
	t.herald.close()
}

func (t *town) close() error {
	t.leave()
	if err := t.daemon.end(syscall.SIGTERM); err != nil {
		return fmt.Errorf("%w: %s", err, t.daemon.errors.String())
	}
	return nil
}
