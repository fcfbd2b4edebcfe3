package load

import (
	"sync"
	"time"
)

// An open loop makes requests by a schedule that does not wait for answers:
// request i of all is due i/rate after the start, and belongs to sender i
// modulo their number. What a request takes counts from when it was due, also
// when it could not be sent then because the server did not read. So a stall of
// the server is in the times of all requests that it held up, and not only of
// the one that was under way (which would be coordinated omission).

// pace runs an open loop until stop; pacing is done when all that was due has
// been sent. One goroutine is the alarm, and each sender has one that writes,
// so that a sender which the server does not read holds up no other.
func (d *Drive) pace(senders []*sender, rate float64, pacing *sync.WaitGroup) {
	begun, gap := d.now(), float64(time.Second)/rate
	every := time.Duration(gap * float64(len(senders)))
	alarms := make([]chan struct{}, len(senders))
	for i, s := range senders {
		alarms[i] = make(chan struct{}, 1)
		first := begun + time.Duration(gap*float64(i))
		d.during(pacing, func() { // until the alarm ends, and all that was due is written
			if err := s.pace(alarms[i], first, every); err != nil {
				d.fail(err)
			}
		})
	}
	d.during(pacing, func() { // until stop
		d.alarm(alarms, func(i int) time.Duration { return begun + time.Duration(gap*float64(i)) })
	})
}

// alarmTick bounds how late an open loop sees its end.
const alarmTick = 20 * time.Millisecond

// alarm wakes each sender when a request of it is due.
func (d *Drive) alarm(alarms []chan struct{}, due func(i int) time.Duration) {
	defer func() {
		for _, one := range alarms {
			close(one)
		}
	}()
	for i := 0; ; {
		now := d.now()
		if int64(now) >= d.end.Load() {
			return
		}
		if wait := due(i) - now; wait > 0 {
			d.sleep(min(wait, alarmTick))
			continue
		}
		select {
		case alarms[i%len(alarms)] <- struct{}{}:
		default: // it is awake
		}
		i++
	}
}

// paceMost bounds how many requests are in one write.
const paceMost = 64

// pace sends what is due whenever it is woken, and in the end what was due
// before the end.
func (s *sender) pace(alarm <-chan struct{}, next, every time.Duration) error {
	for more := true; more; {
		_, more = <-alarm
		until := s.drive.now()
		if !more {
			until = time.Duration(s.drive.end.Load()) - 1
		}
		for next <= until {
			n := min(int((until-next)/every)+1, paceMost)
			s.drive.lateBy(s.client.number, next)
			s.writing <- struct{}{}
			err := s.sendWriting(n, next, every)
			<-s.writing
			if err != nil {
				return err
			}
			next += time.Duration(n) * every
		}
	}
	return nil
}

// lateBy records how late a request is made.
func (d *Drive) lateBy(conn int, due time.Duration) {
	if int64(due) >= d.from.Load() {
		d.late.record(conn, []time.Duration{d.now() - due})
	}
}
