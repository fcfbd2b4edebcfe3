package main

import (
	"errors"
	"fmt"
	"os"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
)

// idles is what a connection costs that does nothing. Each belongs to a user
// of its own, is logged in and subscribed, and answers pings. The server is
// the command as it is shipped, and nothing makes it collect garbage; it has
// been started anew, so that it has no memory left from opening the accounts.
// The limit is a connection that only exists, on the same websocket library
// with the same buffers, after a collection. There is one round.
var idles = []scenario{{"idle", idle}}

// warm is how many connections there are before anything counts.
const warm = 100

func idle(l *lab) ([]*row, error) {
	dir, err := os.MkdirTemp(l.dir, "idle")
	if err != nil {
		return nil, err
	}
	names := load.Usernames("user", warm+l.idle.conns)
	fixed, err := l.openAccounts(dir, names)
	if err != nil {
		return nil, err
	}
	got, err := l.watchIdle(dir, names)
	if err != nil {
		return nil, err
	}
	bare, err := l.start(programs.Joined)
	if err != nil {
		return nil, err
	}
	limit, err := growth(l, bare, l.idle.conns)
	if err != nil {
		return nil, err
	}
	const meaning = "a bare connection"
	each := float64(l.idle.conns)
	name := fmt.Sprintf("idle, %d connections: ", l.idle.conns)
	memory := &row{name: name + "memory each", unit: kibibytes, meaning: meaning, target: itselfAtMost(12 << 10)}
	memory.add(float64(got.memory)/each, float64(limit.RSS)/each)
	goroutines := &row{name: name + "goroutines each", unit: digits, meaning: meaning, target: itselfAtMost(1)}
	goroutines.add(float64(got.goroutines-fixed)/float64(len(names)), float64(limit.Goroutines)/each)
	cpu := &row{name: name + "CPU, of a core", unit: percent, target: itselfAtMost(1)}
	cpu.add(100*got.cpu, 0)
	return []*row{memory, goroutines, cpu}, nil
}

// openAccounts opens accounts, and returns how many goroutines a server has
// that has no connections.
func (l *lab) openAccounts(dir string, names []string) (goroutines int, err error) {
	d, err := l.daemon(dir)
	if err != nil {
		return 0, err
	}
	nobody, err := d.files()
	if err == nil {
		err = register(l, d.address, names)
	}
	if err == nil {
		err = d.awaitFiles(l, nobody)
	}
	if err != nil {
		return 0, errors.Join(err, d.end(syscall.SIGKILL))
	}
	return d.endCounting()
}

// idling is what a server has in the end, and what it used meanwhile.
type idling struct {
	memory     int64 // grown by the connections, in bytes
	goroutines int
	cpu        float64 // cores
}

func (l *lab) watchIdle(dir string, names []string) (got idling, err error) {
	d, err := l.daemon(dir)
	if err != nil {
		return got, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, d.end(syscall.SIGKILL))
		}
	}()
	login := func(c *load.Conn, i int) error { return c.Login(names[i]) }
	first, err := listenAll(l, d.address, warm, login)
	if err != nil {
		return got, err
	}
	defer first.Close()
	before, err := d.memory()
	if err != nil {
		return got, err
	}
	rest, err := listenAll(l, d.address, l.idle.conns, func(c *load.Conn, i int) error { return login(c, warm+i) })
	if err != nil {
		return got, err
	}
	defer rest.Close()
	if err := rest.Wait(l.ctx, l.idle.settle); err != nil {
		return got, err
	}
	if got.cpu, err = d.cores(l, rest); err != nil {
		return got, err
	}
	after, err := d.memory()
	if err != nil {
		return got, err
	}
	got.memory = after - before
	got.goroutines, err = d.endCounting()
	return got, err
}

// cores returns how many cores the daemon uses while nothing happens.
func (d *daemon) cores(l *lab, idle *load.Load) (float64, error) {
	before, err := d.cpu()
	if err != nil {
		return 0, err
	}
	begun := time.Now()
	if err := idle.Wait(l.ctx, l.idle.watch); err != nil {
		return 0, err
	}
	after, err := d.cpu()
	return (after - before).Seconds() / time.Since(begun).Seconds(), err
}

// listenAll makes connections that answer pings.
func listenAll(l *lab, address string, n int, enter func(c *load.Conn, i int) error) (*load.Load, error) {
	conns, err := load.Connect(l.ctx, "ws://"+address, n, enter)
	if err != nil {
		return nil, err
	}
	return load.Listen(conns), nil
}

// registering is how many connections open accounts.
const registering = 32

// register opens accounts beforehand.
func register(l *lab, address string, names []string) error {
	var group errgroup.Group
	share := (len(names) + registering - 1) / registering
	for len(names) > 0 {
		some := names[:min(share, len(names))]
		names = names[len(some):]
		group.Go(func() error {
			c, err := load.Dial(l.ctx, "ws://"+address)
			if err != nil {
				return err
			}
			defer c.Close()
			for _, name := range some {
				err = errors.Join(err, c.Call(protocol.Register.Name, protocol.RegisterParams{Username: name}, nil))
			}
			return err
		})
	}
	return group.Wait()
}

// growth returns what a bare program uses more when it has n more connections.
func growth(l *lab, p *child, n int) (programs.Usage, error) {
	first, err := load.Connect(l.ctx, "ws://"+p.Address, warm, nothing)
	if err != nil {
		return programs.Usage{}, err
	}
	defer load.CloseAll(first)
	before, err := p.QuietUsage()
	if err != nil {
		return programs.Usage{}, err
	}
	rest, err := load.Connect(l.ctx, "ws://"+p.Address, n, nothing)
	if err != nil {
		return programs.Usage{}, err
	}
	defer load.CloseAll(rest)
	after, err := p.QuietUsage()
	return after.Minus(before), err
}
