package prototype

import (
	"context"
	"errors"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"asappchat/protocol"
	"asappchat/server/wire"
)

// Prototype is a running prototype.
type Prototype struct {
	listener net.Listener
	wire     *wire.Server
	http     *http.Server
	database *database
	done     chan struct{} // closed when the writer has ended

	mu     sync.Mutex
	work   sync.Cond // the queue has messages, or closed is set
	queue  []*message
	peers  map[string]*peer // by name; the last connection of each
	closed bool

	groups, messages atomic.Int64 // committed
}

// Start runs a prototype with its database in a new folder.
func Start(dir string) (*Prototype, error) {
	db, err := open(dir)
	if err != nil {
		return nil, err
	}
	p := &Prototype{database: db, done: make(chan struct{}), peers: map[string]*peer{}}
	p.work.L = &p.mu
	if p.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		return nil, errors.Join(err, db.close())
	}
	p.wire = wire.NewServer(wire.Options{}, func(c *wire.Conn) wire.Handler { return &peer{prototype: p, conn: c} })
	p.http = &http.Server{Handler: p.wire}
	go p.http.Serve(p.listener) // until Close
	go p.writeAll()             // until Close
	return p, nil
}

// Address is where it listens.
func (p *Prototype) Address() string { return p.listener.Addr().String() }

// Committed counts groups, and the messages in them.
func (p *Prototype) Committed() (groups, messages int64) { return p.groups.Load(), p.messages.Load() }

// Close ends it.
func (p *Prototype) Close() error {
	deadline, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	err := errors.Join(p.http.Close(), p.wire.Close(deadline, protocol.CloseRestart, "the end"))
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.work.Signal()
	<-p.done
	return errors.Join(err, p.database.close())
}

// submit queues a message behind all others.
func (p *Prototype) submit(m *message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.queue = append(p.queue, m)
	if len(p.queue) == 1 {
		p.work.Signal()
	}
}

// groupMax bounds a group, as in the server.
const groupMax = 512

// gather waits for messages and takes as many as make a group, nil at the end.
func (p *Prototype) gather(group []*message) []*message {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && !p.closed {
		p.work.Wait()
	}
	n := min(len(p.queue), groupMax)
	group = append(group[:0], p.queue[:n]...)
	rest := copy(p.queue, p.queue[n:])
	clear(p.queue[rest:])
	p.queue = p.queue[:rest]
	return group
}

// writeAll commits, acknowledges and delivers. It ends when the prototype is
// closed and nothing waits.
func (p *Prototype) writeAll() {
	defer close(p.done)
	var group []*message
	for {
		if group = p.gather(group); len(group) == 0 {
			return
		}
		if err := p.database.commit(group); err != nil {
			panic(err)
		}
		p.groups.Add(1)
		p.messages.Add(int64(len(group)))
		for _, m := range group {
			m.from.conn.Put(m.answer())
		}
		p.deliver(group)
		for _, m := range group {
			m.from.conn.Flush()
		}
	}
}

func (p *Prototype) deliver(group []*message) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, m := range group {
		if to := p.peers[m.to]; to != nil {
			to.conn.Offer(wire.TextFrame(m.event()))
		}
	}
}

func (p *Prototype) enter(name string, c *peer) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.peers[name] = c
}
