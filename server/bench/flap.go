package main

import (
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"asappchat/protocol"
)

// flaps is a user whose devices go on and off all the time, by their tokens,
// while others watch whether that user is there: none of them should be told
// anything. The limit is the same when nobody watches.
var flaps = []scenario{{"on and off", flap}}

const (
	flapDevices  = 20
	flapWatchers = 100
	flapOn       = time.Second // how long a device is there, and how long it then is not
	flapOff      = 2 * time.Second
	// flapRounds is how many rounds there are at most, and flapLength how
	// many times as long as others they are.
	flapRounds = 3
	flapLength = 5
)

func flap(l *lab) ([]*row, error) {
	name := fmt.Sprintf("%d devices on and off, %d watch: ", flapDevices, flapWatchers)
	told := &row{name: name + "events", unit: digits, target: itselfAtMost(0)}
	cpu := &row{name: name + "server CPU a login", unit: micros, meaning: "nobody watches", target: atMost(1.2)}
	share := &row{name: name + "CPU, of a core", unit: percent, meaning: "nobody watches"}
	for range min(l.rounds, flapRounds) {
		watched, err := l.flap(true)
		if err != nil {
			return nil, err
		}
		alone, err := l.flap(false)
		if err != nil {
			return nil, err
		}
		told.add(float64(watched.events), 0)
		cpu.add(watched.cpuOf(watched.answers), alone.cpuOf(alone.answers))
		share.add(watched.share(), alone.share())
	}
	return []*row{told, cpu, share}, nil
}

// share is how much of a core the server used, in percent.
func (s stretch) share() float64 { return 100 * s.server.CPU.Seconds() / s.took.Seconds() }

// flap measures a stretch in which devices go on and off. Its answers are their
// logins, its events all that the watchers were told.
func (l *lab) flap(watch bool) (got stretch, err error) {
	server, err := l.start("server")
	if err != nil {
		return got, err
	}
	if err := l.profile(server); err != nil {
		return got, err
	}
	a := &flapAudience{}
	defer a.close()
	d, err := startDevices(server.address)
	if err != nil {
		return got, err
	}
	defer d.end()
	if err := a.open(server.address, watch); err != nil {
		return got, err
	}
	if got, err = l.measureFlaps(server, d, a); err != nil {
		return got, err
	}
	d.end()
	return got, errors.Join(d.err, a.failure())
}

func (l *lab) measureFlaps(server *child, d *devices, a *flapAudience) (s stretch, err error) {
	time.Sleep(flapLength * l.warmUp)
	before, err := server.usage()
	if err != nil {
		return s, err
	}
	begun, logins, events := time.Now(), d.logins.Load(), a.events.Load()
	time.Sleep(flapLength * l.round)
	after, err := server.usage()
	return stretch{
		took:    time.Since(begun),
		answers: d.logins.Load() - logins,
		events:  a.events.Load() - events,
		server:  after.minus(before),
	}, err
}

// flapAudience is people who are subscribed.
type flapAudience struct {
	conns   []*conn
	events  atomic.Int64
	running sync.WaitGroup
	failed  atomic.Pointer[error]
}

// open connects people who share a group with the one whose devices flap, and
// lets them watch that user.
func (a *flapAudience) open(address string, watch bool) (err error) {
	names := usernames("watcher", flapWatchers)
	if a.conns, err = connectAll(address, names); err != nil {
		return err
	}
	create := protocol.CreateParams{Name: "bench", Members: append(names[1:], "flapper")}
	if err := a.conns[0].call(protocol.Create.Name, create, nil); err != nil {
		return err
	}
	params := protocol.PresenceParams{Usernames: []string{}}
	if watch {
		params.Usernames = append(params.Usernames, "flapper")
	}
	for _, c := range a.conns {
		var got protocol.PresenceResult
		if err := c.call(protocol.PresenceOf.Name, params, &got); err != nil {
			return err
		}
		if watch && got.Presence[0].State != protocol.Online {
			return fmt.Errorf("the watched user is %s", got.Presence[0].State)
		}
	}
	for _, c := range a.conns {
		a.running.Go(func() { a.listen(c) }) // until close, or a failure
	}
	return nil
}

func (a *flapAudience) listen(c *conn) {
	for {
		if _, err := c.next(); err != nil {
			if !errors.Is(err, net.ErrClosed) {
				a.failed.Store(&err)
			}
			return
		}
		a.events.Add(1)
	}
}

func (a *flapAudience) failure() error {
	if err := a.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (a *flapAudience) close() {
	closeAll(a.conns)
	a.running.Wait()
}

// devices are those of one user.
type devices struct {
	logins  atomic.Int64
	stop    chan struct{}
	once    sync.Once
	running sync.WaitGroup
	mu      sync.Mutex
	err     error // read it after end
}

// startDevices opens the account, and lets its devices go on and off, one after
// another to begin with. When it returns, some are there.
func startDevices(address string) (*devices, error) {
	if err := register(address, []string{"flapper"}); err != nil {
		return nil, err
	}
	d := &devices{stop: make(chan struct{})}
	for i := range flapDevices {
		first := make(chan struct{})
		d.running.Go(func() { // until end, or a failure
			if err := d.device(address, sync.OnceFunc(func() { close(first) })); err != nil {
				d.mu.Lock()
				defer d.mu.Unlock()
				d.err = errors.Join(d.err, fmt.Errorf("device %d: %w", i, err))
			}
		})
		<-first
		d.sleep((flapOn + flapOff) / flapDevices)
	}
	return d, nil
}

// device goes on and off. It calls there when it is there, or never will be.
func (d *devices) device(address string, there func()) error {
	defer there()
	params := protocol.LoginParams{Username: "flapper"}
	for {
		c, err := dial(address)
		if err != nil {
			return err
		}
		var login protocol.LoginResult
		err = errors.Join(
			c.call(protocol.Login.Name, params, &login),
			c.call(protocol.Subscribe.Name, protocol.SubscribeParams{}, nil))
		if err != nil {
			c.close()
			return err
		}
		params = protocol.LoginParams{Token: login.Token}
		d.logins.Add(1)
		there()
		on := d.sleep(flapOn)
		c.close()
		if !on || !d.sleep(flapOff) {
			return nil
		}
	}
}

// sleep returns false when it is the end.
func (d *devices) sleep(t time.Duration) bool {
	select {
	case <-time.After(t):
		return true
	case <-d.stop:
		return false
	}
}

func (d *devices) end() {
	d.once.Do(func() { close(d.stop) })
	d.running.Wait()
}
