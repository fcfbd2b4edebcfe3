package chatclient

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"go.uber.org/goleak"

	"asappchat/protocol"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// room is the one conversation of a fake server.
const room = "c:AAAAAAAAAAAAAAAAAAAAAA"

// fake is a server for one user in one conversation, over pipes in memory: as
// much of the protocol as the client must get right, and hooks to get it wrong.
// A place in its log is the number of a message.
type fake struct {
	t      *testing.T
	server *http.Server
	conns  chan net.Conn

	// on sees each request first; it returns true when it dealt with it.
	on func(*fakeConn, fakeRequest) bool
	// full are handshakes that are refused, by their number from 1, with the
	// Retry-After that they are told.
	full map[int]string
	// dial wraps the client's end of the nth connection, from 1.
	dial func(n int, conn net.Conn) net.Conn

	mu         sync.Mutex
	dials      int
	handshakes int
	open       []*fakeConn
	log        []protocol.Message
	requests   []fakeRequest
	tokens     [2]string // in use, and its successor
	logins     int
	hangups    sync.WaitGroup
}

type fakeConn struct {
	f          *fake
	ws         *websocket.Conn
	mu         sync.Mutex // of writing
	n          int        // the connection's number, from 1
	subscribed bool
}

type fakeRequest struct {
	ID     jsontext.Value `json:"id"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
}

func newFake(t *testing.T) *fake {
	f := &fake{t: t, conns: make(chan net.Conn), tokens: [2]string{"t0", ""}}
	f.server = &http.Server{Handler: http.HandlerFunc(f.serve)}
	go f.server.Serve(f)
	t.Cleanup(f.stop)
	return f
}

func (f *fake) stop() {
	f.server.Close()
	f.mu.Lock()
	for _, c := range f.open {
		go c.ws.CloseNow()
	}
	f.mu.Unlock()
	f.hangups.Wait()
}

// options are those of a client that reaches the fake.
func (f *fake) options() *Options {
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return f.connect() }}
	return &Options{
		Credentials: Credentials{Username: "ana", Password: "correct horse"},
		HTTPClient:  &http.Client{Transport: transport},
	}
}

func (f *fake) connect() (net.Conn, error) {
	f.mu.Lock()
	f.dials++
	n := f.dials
	f.mu.Unlock()
	client, server := net.Pipe()
	if f.dial != nil {
		if client = f.dial(n, client); client == nil {
			server.Close()
			return nil, errors.New("refused")
		}
	}
	f.conns <- server
	return client, nil
}

// Accept, Close and Addr make the fake its own listener.
func (f *fake) Accept() (net.Conn, error) {
	conn, ok := <-f.conns
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}

func (f *fake) Close() error   { close(f.conns); return nil }
func (f *fake) Addr() net.Addr { return &net.UnixAddr{} }

func (f *fake) serve(w http.ResponseWriter, r *http.Request) {
	f.hangups.Add(1)
	defer f.hangups.Done()
	f.mu.Lock()
	f.handshakes++
	after, full := f.full[f.handshakes]
	f.mu.Unlock()
	if full {
		w.Header().Set("Retry-After", after)
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	f.mu.Lock()
	c := &fakeConn{f: f, ws: ws, n: f.dials}
	f.open = append(f.open, c)
	f.mu.Unlock()
	for {
		_, data, err := ws.Read(context.Background())
		if err != nil {
			return
		}
		var r fakeRequest
		// A frame that was cut short is told from a whole one by its last byte:
		// coder/websocket returns both without an error.
		if !bytes.HasSuffix(data, []byte("}")) {
			return
		}
		f.check(json.Unmarshal(data, &r))
		f.mu.Lock()
		f.requests = append(f.requests, r)
		f.mu.Unlock()
		if f.on == nil || !f.on(c, r) {
			c.answer(r)
		}
	}
}

func (c *fakeConn) answer(r fakeRequest) {
	switch r.Method {
	case "login":
		c.login(r)
	case "subscribe":
		c.subscribe(r)
	case "unsubscribe":
		c.f.mu.Lock()
		c.subscribed = false
		c.f.mu.Unlock()
		c.reply(r, protocol.UnsubscribeResult{})
	case "send":
		c.send(r)
	case "ping":
		c.reply(r, protocol.PingResult{Cursor: c.f.cursor()})
	default:
		c.reply(r, protocol.Empty{})
	}
}

func (c *fakeConn) login(r fakeRequest) {
	var params protocol.LoginParams
	c.f.check(json.Unmarshal(r.Params, &params))
	c.f.mu.Lock()
	tokens := &c.f.tokens
	switch {
	case params.Password == "correct horse":
	case params.Token != "" && params.Token == tokens[0]:
	case params.Token != "" && params.Token == tokens[1]:
		tokens[0] = tokens[1]
	default:
		c.f.mu.Unlock()
		c.refuse(r, protocol.Errorf(protocol.Unauthenticated, "wrong"))
		return
	}
	c.f.logins++
	tokens[1] = "t" + strconv.Itoa(c.f.logins)
	if params.Token == "" {
		tokens[0] = tokens[1]
	}
	result := protocol.LoginResult{
		User: protocol.User{Username: "ana"}, Token: tokens[1], Protocol: protocol.Version,
		Cursor: strconv.Itoa(len(c.f.log)), Limits: protocol.DefaultLimits(),
	}
	c.f.mu.Unlock()
	c.reply(r, result)
}

// subscribe answers and replays with the log held, so that nothing slips in.
func (c *fakeConn) subscribe(r fakeRequest) {
	var params protocol.SubscribeParams
	c.f.check(json.Unmarshal(r.Params, &params))
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	place, err := strconv.Atoi(cmp.Or(params.Cursor, strconv.Itoa(len(c.f.log))))
	if err != nil || place > len(c.f.log) {
		place = len(c.f.log)
	}
	cursor := strconv.Itoa(place)
	c.reply(r, protocol.SubscribeResult{Cursor: cursor, Reset: params.Cursor != "" && params.Cursor != cursor})
	c.subscribed = true
	for _, m := range c.f.log[place:] {
		c.push(m)
	}
}

func (c *fakeConn) send(r fakeRequest) {
	var params protocol.SendParams
	c.f.check(json.Unmarshal(r.Params, &params))
	c.f.mu.Lock()
	defer c.f.mu.Unlock()
	i := slices.IndexFunc(c.f.log, func(m protocol.Message) bool { return m.ClientID == params.ClientID })
	if i >= 0 {
		c.reply(r, protocol.SendResult{Conversation: room, Seq: int64(i + 1), Duplicate: true})
		return
	}
	c.f.storeLocked(protocol.Message{Sender: "ana", Body: params.Body, ClientID: params.ClientID}, c, r)
}

// post stores a message of somebody else's.
func (f *fake) post(body string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.storeLocked(protocol.Message{Sender: "bo", Body: body}, nil, fakeRequest{})
}

// message returns a stored message, counted from 0.
func (f *fake) message(i int) protocol.Message {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.log[i]
}

// skip stores something that the user is not told.
func (f *fake) skip() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, protocol.Message{})
}

// storeLocked stores a message, answers to c, if any, and pushes it to all.
func (f *fake) storeLocked(m protocol.Message, c *fakeConn, r fakeRequest) {
	m.Conversation, m.Seq, m.Rev = room, int64(len(f.log)+1), 1
	f.log = append(f.log, m)
	if c != nil {
		c.reply(r, protocol.SendResult{Conversation: room, Seq: m.Seq})
	}
	for _, c := range f.open {
		if c.subscribed {
			c.push(m)
		}
	}
}

func (f *fake) cursor() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return strconv.Itoa(len(f.log))
}

// asked returns the methods of the requests so far, in order.
func (f *fake) asked() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	methods := []string{}
	for _, r := range f.requests {
		methods = append(methods, r.Method)
	}
	return methods
}

func (c *fakeConn) push(m protocol.Message) {
	c.notify("message", protocol.MessageEvent{Message: m, Cursor: strconv.FormatInt(m.Seq, 10)})
}

func (c *fakeConn) notify(method string, params any) {
	c.write(fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":%s}`, method, marshal(params)))
}

func (c *fakeConn) reply(r fakeRequest, result any) {
	c.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, r.ID, marshal(result)))
}

func (c *fakeConn) refuse(r fakeRequest, e *protocol.Error) {
	c.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":%q,"data":%s}}`,
		r.ID, e.Kind.Code(), e.Message, marshal(e.Data())))
}

// write writes a frame. That the client is gone shows in reading.
func (c *fakeConn) write(frame string) {
	if c.ws == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ws.Write(context.Background(), websocket.MessageText, []byte(frame))
}

func (c *fakeConn) close(code protocol.CloseCode) {
	c.ws.Close(websocket.StatusCode(code), "because")
}

func marshal(v any) []byte {
	data, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return data
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// dial connects a client for the length of the test.
func dial(t *testing.T, options *Options) *Client {
	t.Helper()
	c, err := Dial(t.Context(), "ws://fake", options)
	must(t, err)
	t.Cleanup(func() { c.Close() })
	return c
}

// say sends a message to the room.
func say(ctx context.Context, c *Client, body string) (protocol.SendResult, error) {
	return Call(ctx, c, protocol.Send, protocol.SendParams{To: room, Body: body})
}

// hear returns the bodies of the next n messages.
func hear(t *testing.T, c *Client, n int) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
	defer cancel()
	bodies := []string{}
	for event, err := range c.Events(ctx) {
		must(t, err)
		if m, ok := event.(protocol.MessageEvent); ok {
			bodies = append(bodies, m.Message.Body)
		}
		if len(bodies) == n {
			break
		}
	}
	return bodies
}

// check is must for the goroutines of the fake.
func (f *fake) check(err error) {
	if err != nil {
		f.t.Error(err)
	}
}
