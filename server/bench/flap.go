package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
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
	// flapLength is how many times as long as others the one round is.
	flapLength = 5
)

func flap(l *lab) ([]*row, error) {
	name := fmt.Sprintf("%d devices on and off, %d watch: ", flapDevices, flapWatchers)
	told := &row{name: name + "events", unit: digits, target: itselfAtMost(0)}
	cpu := &row{name: name + "server CPU a login", unit: micros, meaning: "nobody watches", target: atMost(1.2)}
	share := &row{name: name + "CPU, of a core", unit: percent, meaning: "nobody watches"}
	watched, err := l.flap(true)
	if err != nil {
		return nil, err
	}
	alone, err := l.flap(false)
	if err != nil {
		return nil, err
	}
	told.add(float64(watched.events), 0)
	cpu.add(watched.cpuOf(watched.logins), alone.cpuOf(alone.logins))
	share.add(watched.share(), alone.share())
	return []*row{told, cpu, share}, nil
}

// flapping is what happened while devices went on and off.
type flapping struct {
	took           time.Duration
	logins, events int64 // events are all that the watchers were told
	server         programs.Usage
}

// cpuOf is the server's CPU for each of n things, in microseconds.
func (f flapping) cpuOf(n int64) float64 { return float64(f.server.CPU.Microseconds()) / float64(n) }

// share is how much of a core the server used, in percent.
func (f flapping) share() float64 { return 100 * f.server.CPU.Seconds() / f.took.Seconds() }

// flap measures a stretch in which devices go on and off.
func (l *lab) flap(watch bool) (got flapping, err error) {
	server, err := l.start(programs.Server)
	if err != nil {
		return got, err
	}
	if err := l.profile(server); err != nil {
		return got, err
	}
	a := &flapAudience{}
	defer a.close()
	d, err := startDevices(l, server.Address)
	if err != nil {
		return got, err
	}
	defer d.end()
	if err := a.open(l, server.Address, watch); err != nil {
		return got, err
	}
	if got, err = l.measureFlaps(server, d, a); err != nil {
		return got, err
	}
	d.end()
	return got, errors.Join(d.err, a.failure())
}

func (l *lab) measureFlaps(server *child, d *devices, a *flapAudience) (got flapping, err error) {
	time.Sleep(flapLength * l.warmUp)
	before, err := server.Usage()
	if err != nil {
		return got, err
	}
	begun, logins, events := time.Now(), d.logins.Load(), a.events.Load()
	time.Sleep(flapLength * l.round)
	after, err := server.Usage()
	return flapping{
		took:   time.Since(begun),
		logins: d.logins.Load() - logins,
		events: a.events.Load() - events,
		server: after.Minus(before),
	}, err
}

// flapAudience is people who are subscribed.
type flapAudience struct {
	conns   []*load.Conn
	events  atomic.Int64
	running sync.WaitGroup
	failed  atomic.Pointer[error]
}

// open connects people who share a group with the one whose devices flap, and
// lets them watch that user.
func (a *flapAudience) open(l *lab, address string, watch bool) (err error) {
	names := load.Usernames("watcher", flapWatchers)
	enter := func(c *load.Conn, i int) error { return c.Enter(names[i]) }
	if a.conns, err = load.Connect(l.ctx, "ws://"+address, len(names), enter); err != nil {
		return err
	}
	create := protocol.CreateParams{Name: "bench", Members: append(names[1:], "flapper")}
	if err := a.conns[0].Call(protocol.Create.Name, create, nil); err != nil {
		return err
	}
	params := protocol.PresenceParams{Usernames: []string{}}
	if watch {
		params.Usernames = append(params.Usernames, "flapper")
	}
	for _, c := range a.conns {
		var got protocol.PresenceResult
		if err := c.Call(protocol.PresenceOf.Name, params, &got); err != nil {
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

func (a *flapAudience) listen(c *load.Conn) {
	for {
		if _, err := c.Next(); err != nil {
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
	for _, c := range a.conns {
		c.Close()
	}
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
func startDevices(l *lab, address string) (*devices, error) {
	if err := register(l, address, []string{"flapper"}); err != nil {
		return nil, err
	}
	d := &devices{stop: make(chan struct{})}
	for i := range flapDevices {
		first := make(chan struct{})
		d.running.Go(func() { // until end, or a failure
			if err := d.device(l.ctx, address, sync.OnceFunc(func() { close(first) })); err != nil {
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
func (d *devices) device(ctx context.Context, address string, there func()) error {
	defer there()
	params := protocol.LoginParams{Username: "flapper"}
	for {
		c, err := load.Dial(ctx, "ws://"+address)
		if err != nil {
			return err
		}
		var login protocol.LoginResult
		err = errors.Join(
			c.Call(protocol.Login.Name, params, &login),
			c.Call(protocol.Subscribe.Name, protocol.SubscribeParams{}, nil))
		if err != nil {
			c.Close()
			return err
		}
		params = protocol.LoginParams{Token: login.Token}
		d.logins.Add(1)
		there()
		on := d.sleep(flapOn)
		c.Close()
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
