package main

import (
	"bufio"
	"bytes"
	"fmt"
	"net"
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
)

// guest is one of a crowd. It is for one goroutine at a time, but for cut.
type guest struct {
	conn  *conn
	crowd *crowd
	name  string
	teams [2]int

	mu   sync.Mutex
	open bool // the socket

	token, cursor string
	got           uint64        // the missed messages that have come, a bit for each
	left          int           // that have not
	away          time.Duration // until it was back
}

// guestBytes is the longest frame that is sent to a guest.
const guestBytes = 4 << 10

func newGuest(c *crowd, name string, teams [2]int) *guest {
	return &guest{conn: &conn{in: bufio.NewReaderSize(nil, guestBytes)}, crowd: c, name: name, teams: teams}
}

// attend comes back, catches up, and stays until the connection ends.
func (g *guest) attend(gate chan struct{}) error {
	gate <- struct{}{}
	err := g.enter()
	<-gate
	if err == nil {
		err = g.subscribe()
	}
	g.got, g.left = 0, len(g.teams)*g.crowd.missed
	if err == nil && g.left == 0 {
		g.arrive()
	}
	for err == nil {
		err = g.hear()
	}
	return err
}

func (g *guest) arrive() {
	g.away = time.Since(g.crowd.since)
	g.crowd.arrive()
}

// enter connects and logs in, by token if it has one, for which it gets the
// next.
func (g *guest) enter() error {
	if err := g.dial(); err != nil {
		return err
	}
	params := protocol.LoginParams{Token: g.token}
	if g.token == "" {
		params.Username = g.name
	}
	answer, err := g.ask(protocol.Login.Name, params)
	if err != nil {
		return err
	}
	g.token, err = member(answer, "token")
	return err
}

func (g *guest) subscribe() error {
	answer, err := g.ask(protocol.Subscribe.Name, protocol.SubscribeParams{Cursor: g.cursor})
	if err == nil && !bytes.Contains(answer, []byte(`"reset":false`)) {
		err = fmt.Errorf("subscribed from elsewhere: %s", answer)
	}
	if err != nil {
		return err
	}
	g.cursor, err = member(answer, "cursor")
	return err
}

// ask is the request of somebody to whom nothing but its answer can come.
func (g *guest) ask(method string, params any) ([]byte, error) {
	if err := g.conn.request(method, params); err != nil {
		return nil, err
	}
	answer, err := g.conn.next()
	if err == nil && !bytes.HasPrefix(answer, []byte(`{"jsonrpc":"2.0","id":1,"result":`)) {
		err = fmt.Errorf("%s: answered %s", method, answer)
	}
	return answer, err
}

// hear takes one event, which must be of a message that it missed.
func (g *guest) hear() error {
	event, err := g.conn.next()
	if err != nil {
		return err
	}
	at, number, err := readStamp(event)
	if err != nil {
		return err
	}
	missed := g.crowd.missed
	team := slices.Index(g.teams[:], number/max(1, missed))
	if team < 0 || missed == 0 || at < g.crowd.since.Sub(started) {
		return fmt.Errorf("was sent what it had, or was not to have: %s", event)
	}
	bit := uint64(1) << (team*missed + number%missed)
	if g.got&bit != 0 {
		return fmt.Errorf("was sent twice: %s", event)
	}
	g.got |= bit
	if g.cursor, err = member(event, "cursor"); err != nil {
		return err
	}
	if g.left--; g.left == 0 {
		g.arrive()
	}
	return nil
}

// member returns what a message has as the last string of a name that needs no
// decoding.
func member(message []byte, name string) (string, error) {
	key := []byte(`"` + name + `":"`)
	_, rest, found := bytes.Cut(message[max(0, bytes.LastIndex(message, key)):], key)
	value, _, closed := bytes.Cut(rest, []byte(`"`))
	if !found || !closed {
		return "", fmt.Errorf("no %s in %s", name, message)
	}
	return string(value), nil
}

// dial connects anew.
func (g *guest) dial() error {
	socket, err := net.Dial("tcp", g.crowd.address)
	if err != nil {
		return err
	}
	g.mu.Lock()
	g.conn.reuse(socket)
	g.open = true
	g.mu.Unlock()
	if g.crowd.cutting.Load() {
		g.cut()
	}
	return g.conn.shakeHands(g.crowd.address)
}

// cut resets the connection, if there is one. It may be called from any
// goroutine.
func (g *guest) cut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.open {
		g.open = false
		g.conn.close()
	}
}

// reuse goes on with another socket, which a close will reset.
func (c *conn) reuse(socket net.Conn) {
	socket.(*net.TCPConn).SetLinger(0)
	c.socket, c.frame = socket, 0
	c.in.Reset(socket)
}
