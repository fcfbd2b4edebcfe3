package chatclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/coder/websocket"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"asappchat/protocol"
)

// errSilent ends a connection on which an answer is overdue.
var errSilent = errors.New("no answer from the server")

// link is one connection, run by a [jsonrpc2.Conn]. Its calls are made by one
// goroutine at a time, in whose order they are written. Its two other kinds of
// goroutine are the read loop of the Conn, which calls Handle and observe and
// ends with the connection, and one for each request under way, which ends
// with its answer, its deadline or the connection.
type link struct {
	client  *Client
	stream  *stream
	conn    *jsonrpc2.Conn
	lastID  uint64
	flights sync.WaitGroup // requests under way

	asking  atomic.Bool   // a subscribe, unsubscribe or ping of our own is under way
	useful  atomic.Bool   // a call was answered, or an event came
	heard   atomic.Int64  // when the last message came, in nanoseconds since 1970
	watchID atomic.Uint64 // of the request that asks again for presence
	restart atomic.Int64  // the announced time to stay away, in milliseconds

	cause atomic.Pointer[error] // why we ended it, if we did
}

// connect opens a connection, without logging in.
func (c *Client) connect(ctx context.Context) (*link, error) {
	ws, answer, err := websocket.Dial(ctx, c.url, &websocket.DialOptions{HTTPClient: c.options.HTTPClient})
	if err != nil {
		return nil, fmt.Errorf("cannot reach %s: %w", c.url, handshakeError(answer, err))
	}
	l := &link{client: c, stream: newStream(ws)}
	l.heard.Store(time.Now().UnixNano())
	l.conn = jsonrpc2.NewConn(context.Background(), l.stream, l,
		jsonrpc2.OnRecv(l.observe), jsonrpc2.SetLogger(silence{}))
	return l, nil
}

// silence is a logger. What would be logged are lines of the server's choosing.
type silence struct{}

func (silence) Printf(string, ...any) {}

// dispatch writes a request. Ids go from 1 up, so that an id which is absent
// or null, and comes out as 0, answers none of them.
func (l *link) dispatch(method string, params any) (jsonrpc2.Waiter, error) {
	l.lastID++
	return l.conn.DispatchCall(context.Background(), method, params, jsonrpc2.PickID(jsonrpc2.ID{Num: l.lastID}))
}

// fly waits for an answer in a goroutine of its own. Since answers come in the
// order of the requests, one that is overdue means that the connection is
// dead; and since the pending calls of a Conn end only with an answer or with
// it, ending it is what frees them.
func (l *link) fly(w jsonrpc2.Waiter, settle func(json.RawMessage, error)) {
	l.flights.Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), l.client.options.AnswerTimeout)
		defer cancel()
		var result json.RawMessage
		err := w.Wait(ctx, &result)
		if ctx.Err() != nil && errors.Is(err, ctx.Err()) {
			l.fail(errSilent)
			err = jsonrpc2.ErrClosed
		}
		settle(result, answerError(err))
	})
}

// ask makes a request and waits for its answer.
func (l *link) ask(ctx context.Context, method string, params any) (json.RawMessage, error) {
	w, err := l.dispatch(method, params)
	if err != nil {
		return nil, l.end(err)
	}
	var result json.RawMessage
	err = w.Wait(ctx, &result)
	if errors.Is(err, jsonrpc2.ErrClosed) {
		return nil, l.end(err)
	}
	return result, answerError(err)
}

// observe sees every message as it is read. The answers whose place among the
// events matters are taken here, and refusals: what the application does about an
// event that comes after one must not overtake what was refused.
func (l *link) observe(req *jsonrpc2.Request, resp *jsonrpc2.Response) {
	l.heard.Store(time.Now().UnixNano())
	if req == nil || resp == nil {
		return
	}
	if resp.Error != nil {
		l.client.outbox.refuse(req.Method, answerError(resp.Error))
		return
	}
	var err error
	switch req.Method {
	case protocol.Subscribe.Name:
		err = take(*resp.Result, l.client.inbox.begin)
	case protocol.Unsubscribe.Name:
		l.client.inbox.end()
	case protocol.PresenceOf.Name:
		err = l.presence(req, *resp.Result)
	case protocol.Ping.Name:
		err = take(*resp.Result, func(r protocol.PingResult) { l.client.inbox.advance(r.Cursor) })
	}
	if err != nil {
		l.fail(fmt.Errorf("protocol violated by the server: answer to %s: %w", req.Method, err))
	}
}

// presence takes an answer about presence: the application's own says whom it
// watches, and the client's own how they are now.
func (l *link) presence(req *jsonrpc2.Request, result json.RawMessage) error {
	if req.ID.Num != l.watchID.Load() {
		if req.Params != nil {
			l.client.watch.take(jsontext.Value(*req.Params))
		}
		return nil
	}
	l.client.watch.told()
	return take(result, func(r protocol.PresenceResult) {
		for _, p := range r.Presence {
			l.client.options.OnEphemeral(p)
		}
	})
}

// Handle takes a notification. It runs in the read loop and never waits.
func (l *link) Handle(_ context.Context, _ *jsonrpc2.Conn, req *jsonrpc2.Request) {
	if !req.Notif || req.Params == nil {
		return
	}
	var err error
	switch params := *req.Params; req.Method {
	case protocol.OnLagging.Name:
		l.client.inbox.end()
		l.client.poke()
	case protocol.OnDraining.Name:
		err = take(params, func(e protocol.DrainingEvent) { l.restart.Store(e.DelayMS) })
	case protocol.OnTyping.Name:
		err = take(params, func(e protocol.TypingEvent) { l.client.options.OnEphemeral(e) })
	case protocol.OnPresence.Name:
		err = take(params, func(e protocol.Presence) { l.client.options.OnEphemeral(e) })
	default:
		err = l.event(req.Method, jsontext.Value(params))
	}
	if err != nil {
		l.fail(fmt.Errorf("protocol violated by the server: event %s: %w", req.Method, err))
	}
}

func (l *link) event(name string, params jsontext.Value) error {
	decode, known := events[name]
	if !known {
		return nil
	}
	it, err := decode(params)
	if err != nil {
		return err
	}
	l.useful.Store(true)
	if !l.client.inbox.put(it) {
		l.client.poke()
	}
	return nil
}

// fail ends the connection without ceremony. It may be called from any
// goroutine; the first cause counts.
func (l *link) fail(cause error) {
	l.cause.CompareAndSwap(nil, &cause)
	l.stream.ws.CloseNow()
}

// writeGrace is how long the reason for a failed write is waited for: it may
// be a close frame that is still to be read.
const writeGrace = time.Second

// ended says whether nothing more will be read.
func (l *link) ended() bool {
	select {
	case <-l.stream.ended:
		return true
	default:
		return false
	}
}

// end ends the connection after it failed, waits for its goroutines and
// returns why.
func (l *link) end(err error) error {
	grace := time.NewTimer(writeGrace)
	defer grace.Stop()
	select {
	case <-l.stream.ended:
	case <-grace.C:
		l.fail(err)
		<-l.stream.ended
	}
	l.conn.Close()
	l.flights.Wait()
	return l.why()
}

var (
	errLost    = errors.New("connection lost")
	errClosing = errors.New("connection is being closed")
)

// why returns why the connection ended, after it did. What the server said
// counts most.
func (l *link) why() error {
	if !l.ended() {
		return errClosing
	}
	var closed *CloseError
	err := closeError(l.stream.err)
	switch cause := l.cause.Load(); {
	case errors.As(err, &closed):
		return closed
	case cause != nil:
		return *cause
	default:
		return fmt.Errorf("%w: %w", errLost, err)
	}
}

// take decodes what the server sent for f.
func take[T any](raw json.RawMessage, f func(T)) error {
	var v T
	if err := jsonv2.Unmarshal(raw, &v); err != nil {
		return err
	}
	f(v)
	return nil
}
