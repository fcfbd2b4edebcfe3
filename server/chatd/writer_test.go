package main

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/google/uuid"
)

// patience is how long a test waits for the server.
const patience = 30 * time.Second

// reply is an answer, as far as these tests look at it.
type reply struct {
	ID     int `json:"id"`
	Result struct {
		Seq          int64
		Conversation answerConversation
		Messages     []stored
		HasMore      struct{ After bool } `json:"has_more"`
	} `json:"result"`
	Error *struct{ Message string } `json:"error"`
}

// answerConversation is an id, or an object that has one.
type answerConversation struct{ ID string }

func (c *answerConversation) UnmarshalJSON(b []byte) error {
	if b[0] == '"' {
		return json.Unmarshal(b, &c.ID)
	}
	type object answerConversation
	return json.Unmarshal(b, (*object)(c), json.MatchCaseInsensitiveNames(true))
}

// stored is a message as the server holds it.
type stored struct {
	Seq      int64  `json:"seq"`
	ClientID string `json:"client_id"`
	Body     string `json:"body"`
}

// client is a bare connection.
type client struct {
	t    testing.TB
	conn *websocket.Conn
	id   int
}

func dial(t testing.TB, url string) *client {
	t.Helper()
	c, err := connect(url)
	if err != nil {
		t.Fatal(err)
	}
	c.t = t
	return c
}

func connect(url string) (*client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	conn.SetReadLimit(1 << 20)
	return &client{conn: conn}, nil
}

func (c *client) close() { c.conn.CloseNow() }

func (c *client) request(method string, params any) error {
	c.id++
	frame, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": c.id, "method": method, "params": params})
	if err != nil {
		return err
	}
	return c.conn.Write(context.Background(), websocket.MessageText, frame)
}

func (c *client) read() (r reply, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, frame, err := c.conn.Read(ctx)
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(frame, &r, json.MatchCaseInsensitiveNames(true))
}

// call sends a request that must succeed.
func (c *client) call(method string, params any) reply {
	c.t.Helper()
	if err := c.request(method, params); err != nil {
		c.t.Fatal(err)
	}
	r, err := c.read()
	if err != nil || r.Error != nil {
		c.t.Fatalf("%s: %v %+v", method, err, r.Error)
	}
	return r
}

// readAll reads a conversation from its beginning to its end.
func readAll(t testing.TB, url, username, conversation string) (all []stored) {
	t.Helper()
	c := dial(t, url)
	defer c.close()
	c.call("login", map[string]any{"username": username})
	for after := int64(0); ; after = all[len(all)-1].Seq {
		r := c.call("history", map[string]any{"with": conversation, "limit": 200, "after": after})
		all = append(all, r.Result.Messages...)
		if !r.Result.HasMore.After {
			return all
		}
	}
}

// inFlight is how many messages a writer sends ahead of their answers.
const inFlight = 16

// writer sends messages one after the other, many in flight, and sends again
// what was not acknowledged when its connection ended.
type writer struct {
	name, conversation string
	forgetful          bool // takes another client id for a retry

	sent         int
	unanswered   []stored
	acknowledged []stored
	cuts         int
}

// write writes until the connection ends. With finish it only sends again what
// is not acknowledged yet, until all of it is. Answered is called with each
// answer.
func (w *writer) write(url string, finish bool, answered func()) {
	c, err := connect(url)
	if err != nil {
		w.cuts++
		return
	}
	defer c.close()
	if c.request("login", map[string]any{"username": w.name}) != nil {
		return
	}
	if r, err := c.read(); err != nil || r.Error != nil {
		return
	}
	retry := w.unanswered
	if w.forgetful {
		for i := range retry {
			retry[i].ClientID = newClientID()
		}
	}
	var acknowledged sync.WaitGroup
	queue := make(chan stored, inFlight)
	over := make(chan struct{})
	acknowledged.Go(func() { w.read(c, queue, over, answered) })
	w.send(c, retry, finish, queue, over)
	acknowledged.Wait()
}

// send sends the retries, and then new messages, as there is room.
func (w *writer) send(c *client, retry []stored, finish bool, queue chan<- stored, over <-chan struct{}) {
	defer close(queue)
	for i := 0; !finish || i < len(retry); i++ {
		var m stored
		if i < len(retry) {
			m = retry[i]
		} else {
			w.sent++
			m = stored{ClientID: newClientID(), Body: fmt.Sprintf("%s says %d", w.name, w.sent)}
			w.unanswered = append(w.unanswered, m)
		}
		params := map[string]any{"to": w.conversation, "body": m.Body, "client_id": m.ClientID}
		if c.request("send", params) != nil {
			return
		}
		select {
		case queue <- m:
		case <-over:
			return
		}
	}
}

// read takes the answers to what was sent, until the connection ends.
func (w *writer) read(c *client, queue <-chan stored, over chan<- struct{}, answered func()) {
	var got []stored
	for m := range queue {
		r, err := c.read()
		if err != nil || r.Error != nil {
			w.cuts++
			c.close()
			close(over)
			break
		}
		answered()
		m.Seq = r.Result.Seq
		got = append(got, m)
	}
	for range queue { // until send is done
	}
	w.acknowledged = append(w.acknowledged, got...)
	w.unanswered = w.unanswered[len(got):]
}

// lost names what was acknowledged and is not where it was said to be.
func (w *writer) lost(history []stored) (faults []string) {
	for _, m := range w.acknowledged {
		if m.Seq < 1 || m.Seq > int64(len(history)) || history[m.Seq-1].Body != m.Body {
			faults = append(faults, fmt.Sprintf("%s: %q was acknowledged as %d and is lost", w.conversation, m.Body, m.Seq))
		}
	}
	return faults
}

func newClientID() string { return uuid.Must(uuid.NewV7()).String() }
