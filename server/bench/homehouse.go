package main

import (
	"os"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/server/bench/programs"
	"asappchat/store"
)

// homeHouse is a server with users who have many conversations, a page of them
// and few, and what is asked of it.
type homeHouse struct {
	server            *child
	since             store.Place // the end of the log before ten of many changed
	manyBack, fewBack *returner
	changed           *drive // asks for what has changed of many
	first, only       *drive // ask for the first page of many, and the only one of a page
}

func (h *homeHouse) close() {
	for _, w := range []*drive{h.changed, h.first, h.only} {
		if w != nil {
			w.Close()
		}
	}
}

func (h *homeHouse) open(l *lab) (err error) {
	dir, err := os.MkdirTemp(l.dir, "home")
	if err != nil {
		return err
	}
	many := l.home.conversations
	if err := programs.FillHome(l.ctx, dir, []int{many, homePage, homeFew}, l.home.messages); err != nil {
		return err
	}
	if h.server, err = l.startIn(programs.Server, dir); err != nil {
		return err
	}
	if h.fewBack, err = h.change(l, homeFew); err != nil {
		return err
	}
	if h.since, err = h.server.End(); err != nil {
		return err
	}
	if h.manyBack, err = h.change(l, many); err != nil {
		return err
	}
	limit := homePage
	changed, first := protocol.ConversationsParams{Since: h.manyBack.since, Limit: &limit}, protocol.ConversationsParams{Limit: &limit}
	if h.changed, err = askHome(l, h.server, programs.HomeUser(many), changed, homeClients, missed); err != nil {
		return err
	}
	if h.first, err = askHome(l, h.server, programs.HomeUser(many), first, homeClients, homePage); err != nil {
		return err
	}
	if h.only, err = askHome(l, h.server, programs.HomeUser(homePage), first, homeClients, homePage); err != nil {
		return err
	}
	return l.profile(h.server)
}

// change has ten of a user's n conversations change, and returns the user, who
// was there before.
func (h *homeHouse) change(l *lab, n int) (*returner, error) {
	r := &returner{server: h.server, url: "ws://" + h.server.Address}
	if err := r.conn.Redial(l.ctx, r.url); err != nil {
		return nil, err
	}
	defer r.conn.Reset()
	if err := r.conn.Call(protocol.Login.Name, protocol.LoginParams{Username: programs.HomeUser(n)}, &r.login); err != nil {
		return nil, err
	}
	limit, err := 1, error(nil)
	if r.since, err = list(&r.conn, protocol.ConversationsParams{Limit: &limit}, 1); err != nil {
		return nil, err
	}
	for i, number := range programs.Changed(n) {
		if err := h.changeOne(l, n, number, i%2 == 0); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// changeOne has the peer of a conversation say something, or react to what was
// said last.
func (h *homeHouse) changeOne(l *lab, n, number int, says bool) error {
	c, err := load.Dial(l.ctx, "ws://"+h.server.Address)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := c.Call(protocol.Login.Name, protocol.LoginParams{Username: programs.HomePeer(number)}, nil); err != nil {
		return err
	}
	_, with := programs.HomeWith(n, number)
	if says {
		return c.Call(protocol.Send.Name, protocol.SendParams{To: with, Body: programs.Body}, nil)
	}
	return c.Call(protocol.React.Name, protocol.ReactParams{With: with, Seq: int64(l.home.messages), Emoji: "👍"}, nil)
}

// returner is a user who comes back, again and again, with a token and a cursor
// from before something changed.
type returner struct {
	server *child
	url    string
	conn   load.Conn
	login  protocol.LoginResult // the latest
	since  string
}

// returned is what coming back took.
type returned struct {
	times *hdrhistogram.Histogram // µs
	cpu   float64                 // µs of the server, each
}

// round has the user come back for some time.
func (r *returner) round(l *lab) (got returned, err error) {
	if _, err := r.comeBack(l, l.warmUp); err != nil {
		return got, err
	}
	before, err := r.server.Usage()
	if err != nil {
		return got, err
	}
	if got.times, err = r.comeBack(l, l.round); err != nil {
		return got, err
	}
	after, err := r.server.Usage()
	got.cpu = inMicros(after.Minus(before).CPU) / float64(got.times.TotalCount())
	return got, err
}

func (r *returner) comeBack(l *lab, d time.Duration) (*hdrhistogram.Histogram, error) {
	times := load.NewTimes()
	for begun := time.Now(); time.Since(begun) < d; {
		one := time.Now()
		if err := r.once(l); err != nil {
			return nil, err
		}
		if err := times.RecordValue(time.Since(one).Microseconds()); err != nil {
			return nil, err
		}
	}
	return times, nil
}

// once connects, logs in, reads what has changed, and subscribes.
func (r *returner) once(l *lab) error {
	if err := r.conn.Redial(l.ctx, r.url); err != nil {
		return err
	}
	defer r.conn.Reset()
	if err := r.conn.Call(protocol.Login.Name, protocol.LoginParams{Token: r.login.Token}, &r.login); err != nil {
		return err
	}
	cursor, err := list(&r.conn, protocol.ConversationsParams{Since: r.since}, missed)
	if err != nil {
		return err
	}
	return r.conn.Call(protocol.Subscribe.Name, protocol.SubscribeParams{Cursor: cursor}, nil)
}
