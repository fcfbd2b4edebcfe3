package stage

import (
	"bytes"
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// Conn is one connection. Its methods are called with the server's lock.
type Conn struct {
	server     *Server
	ws         *websocket.Conn
	examined   bool
	closed     bool
	user       string
	session    *session
	subscribed bool
	last       int // place of the last event that was sent
	closing    sync.WaitGroup
	held       []map[string]any // while a batch is carried out
}

type request struct {
	Version string         `json:"jsonrpc"`
	ID      jsontext.Value `json:"id"`
	Method  string         `json:"method"`
	Params  jsontext.Value `json:"params"`
}

// take takes a frame. It returns false when nothing more is to be read. A frame
// that was cut short is taken for a whole one by the websocket: it says nothing
// then, and so is passed over.
func (c *Conn) take(frame []byte) bool {
	s := c.server
	s.mu.Lock()
	defer s.mu.Unlock()
	c.note("ana> ", frame)
	var batch []request
	if jsontext.Value(frame).Kind() == '[' && json.Unmarshal(frame, &batch) == nil && len(batch) > 0 {
		c.batch(batch)
		return !c.closed
	}
	var r request
	if !bytes.HasSuffix(bytes.TrimSpace(frame), []byte("}")) || json.Unmarshal(frame, &r) != nil || r.Version != "2.0" {
		c.write(map[string]any{"jsonrpc": "2.0", "id": nil, "error": failure(&Failure{Kind: "parse"})})
		return true
	}
	c.request(r)
	return !c.closed
}

// batch carries out requests, answers them in one frame, and then tells the
// events that came meanwhile.
func (c *Conn) batch(batch []request) {
	c.held = []map[string]any{}
	for _, r := range batch {
		c.request(r)
	}
	answers, events := []map[string]any{}, []map[string]any{}
	for _, m := range c.held {
		if m["method"] == nil {
			answers = append(answers, m)
		} else {
			events = append(events, m)
		}
	}
	c.held = nil
	if len(answers) > 0 {
		c.write(answers)
	}
	for _, e := range events {
		c.write(e)
	}
}

func (c *Conn) request(r request) {
	s := c.server
	var v Verdict
	if c.examined {
		s.requests++
		s.judge(r)
	}
	if c.examined && s.tamper.Request != nil {
		v = s.tamper.Request(c, r.Method, clientID(r))
	}
	c.answer(r, v)
}

func (c *Conn) answer(r request, v Verdict) {
	s := c.server
	s.after = func() {}
	var result any
	var err *Failure
	if !v.Skip {
		result, err = s.call(c, r.Method, r.Params)
	}
	if v.Failure != nil {
		err = v.Failure
		s.expectLater(r, err)
	}
	switch {
	case v.Close != 0:
		c.Close(v.Close)
	case r.ID == nil:
	case err != nil:
		c.write(map[string]any{"jsonrpc": "2.0", "id": r.ID, "error": failure(err)})
	default:
		c.write(map[string]any{"jsonrpc": "2.0", "id": r.ID, "result": result})
	}
	s.after()
}

func failure(f *Failure) any {
	kind, _ := conformance.ErrorKindOf(f.Kind) // all that the server has are known
	f.Retryable = kind.Retryable
	return map[string]any{"code": kind.Code, "message": "no: " + f.Kind, "data": f}
}

// expectLater notes when a request that was refused for a while may come again.
func (s *Server) expectLater(r request, f *Failure) {
	if id := clientID(r); id != "" && f.RetryAfterMS > 0 {
		s.repeats[id] = time.Now().Add(time.Duration(f.RetryAfterMS) * time.Millisecond)
	}
}

// judge holds a request against what the client was told.
func (s *Server) judge(r request) {
	id := clientID(r)
	switch {
	case r.Method == "send" && id == "":
		s.violate("a send without a client_id (7.6)")
	case id != "" && time.Now().Before(s.repeats[id]):
		s.violate("a refused send is repeated %v too early (10.6)", time.Until(s.repeats[id]))
	}
}

func clientID(r request) string {
	var p sendParams
	if r.Method == "send" && json.Unmarshal(r.Params, &p) != nil {
		return ""
	}
	return p.ClientID
}

func (c *Conn) notify(event string, params any) {
	c.write(map[string]any{"jsonrpc": "2.0", "method": event, "params": params})
}

// write sends a frame. That the other end is gone shows in reading.
func (c *Conn) write(message any) {
	if m, single := message.(map[string]any); single && c.held != nil {
		c.held = append(c.held, m)
		return
	}
	if c.closed {
		return
	}
	frame, err := json.Marshal(message, json.Deterministic(true))
	if err != nil {
		panic(err) // of types of ours
	}
	c.note("ana< ", frame)
	c.ws.Write(context.Background(), websocket.MessageText, frame)
	if !c.examined {
		return
	}
	c.server.frames++
	if c.server.tamper.Sent != nil {
		c.server.tamper.Sent(c, c.server.frames)
	}
}

// note tells the story of the examined client.
func (c *Conn) note(way string, frame []byte) {
	if c.examined && c.server.tamper.Note != nil {
		c.server.tamper.Note(way, frame)
	}
}

// Close closes the connection with a code.
func (c *Conn) Close(code int) {
	if c.closed {
		return
	}
	c.closed = true
	c.note(fmt.Sprintf("ana< close %d", code), nil)
	c.closing.Go(func() { c.ws.Close(websocket.StatusCode(code), "") }) // ends with the handshake, after 5 s at most
}

// Lag ends the subscription, as for one who reads too slowly.
func (c *Conn) Lag() {
	if c.subscribed {
		c.subscribed = false
		c.notify("lagging", map[string]any{"cursor": cursorOf(c.last)})
	}
}

// Drain says that the server is about to end, and closes the connection. The
// client is to stay away for a while.
func (c *Conn) Drain(delay time.Duration) {
	if c.closed {
		return
	}
	c.server.away = time.Now().Add(delay)
	c.notify("draining", map[string]any{"delay_ms": delay.Milliseconds()})
	c.Close(1012)
}

// Expire ends the session of the connection, whose token is not good any more.
func (c *Conn) Expire() {
	if c.session != nil {
		c.session.expired = true
		c.server.end(c.session, 4002)
	}
}
