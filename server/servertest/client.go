package servertest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// patience is how long a client of a test waits for a message.
const patience = 20 * time.Second

// Limits are the default ones without a rate of sending.
func Limits() protocol.Limits {
	limits := protocol.DefaultLimits()
	limits.SendRate = 0
	return limits
}

// Client is a bare connection for tests: what it sends and receives are
// messages as they stand on the wire. It is for one goroutine.
type Client struct {
	t    testing.TB
	conn *websocket.Conn
	id   int
	// events are notifications that came while an answer was awaited.
	events []Message
}

// Message is what came: an answer or a notification.
type Message struct {
	ID     jsontext.Value `json:"id"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
	Result jsontext.Value `json:"result"`
	Error  *struct {
		Code    int64              `json:"code"`
		Message string             `json:"message"`
		Data    protocol.ErrorData `json:"data"`
	} `json:"error"`
}

// Dial connects, until the test ends.
func (s *Server) Dial() *Client {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	conn, _, err := websocket.Dial(ctx, s.URL, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	conn.SetReadLimit(1 << 20)
	s.t.Cleanup(func() { conn.CloseNow() })
	return &Client{t: s.t, conn: conn}
}

// Login connects and logs in by name, registering the name if it is new.
func (s *Server) Login(username string) *Client {
	s.t.Helper()
	c := s.Dial()
	c.Request("register", protocol.RegisterParams{Username: username})
	c.Call("login", protocol.LoginParams{Username: username})
	return c
}

// Write sends a message as it is.
func (c *Client) Write(message string) {
	c.t.Helper()
	if err := c.conn.Write(context.Background(), websocket.MessageText, []byte(message)); err != nil {
		c.t.Fatal(err)
	}
}

// ReadRaw returns the next message as it is, or how the connection ended.
func (c *Client) ReadRaw() ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, data, err := c.conn.Read(ctx)
	return data, err
}

// Read returns the next message, which must come.
func (c *Client) Read() Message {
	c.t.Helper()
	m, err := c.read()
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

func (c *Client) read() (m Message, err error) {
	data, err := c.ReadRaw()
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(data, &m)
}

// Request sends a request and returns its answer, which may be an error.
// Notifications that come before it are kept for Next.
func (c *Client) Request(method string, params any) Message {
	c.t.Helper()
	c.id++
	raw, err := json.Marshal(params)
	if err != nil {
		c.t.Fatal(err)
	}
	c.Write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, c.id, method, raw))
	for {
		m := c.Read()
		if m.ID != nil {
			return m
		}
		c.events = append(c.events, m)
	}
}

// Call is Request for what must succeed.
func (c *Client) Call(method string, params any) jsontext.Value {
	c.t.Helper()
	m := c.Request(method, params)
	if m.Error != nil {
		c.t.Fatalf("%s: %d %s %+v", method, m.Error.Code, m.Error.Message, m.Error.Data)
	}
	return m.Result
}

// Next returns the next message, those kept for it first, or how the
// connection ended.
func (c *Client) Next() (Message, error) {
	if len(c.events) > 0 {
		m := c.events[0]
		c.events = c.events[1:]
		return m, nil
	}
	return c.read()
}

// Close ends the connection.
func (c *Client) Close() { c.conn.CloseNow() }

// Decode reads a result or params.
func Decode[T any](t testing.TB, raw jsontext.Value) T {
	t.Helper()
	var v T
	if err := json.Unmarshal(raw, &v); err != nil {
		t.Fatalf("%v in %s", err, raw)
	}
	return v
}
