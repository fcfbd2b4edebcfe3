package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/websocket"
	"github.com/sourcegraph/jsonrpc2"
	wsstream "github.com/sourcegraph/jsonrpc2/websocket"
)

// goPeer is a connection of a Go library that is not the server's.
type goPeer interface {
	// call returns the result, or a *jsonrpc2.Error.
	call(ctx context.Context, method string, params any) (jsontext.Value, error)
	next(ctx context.Context) (seen, error)
	Close() error
}

// seen are the members of results and events that the session looks at.
type seen struct {
	User         struct{ Username string }
	Token        string
	Conversation string
	Seq          int64
	Reset        bool
	Messages     []seenMessage
	HasMore      struct{ Before, After bool } `json:"has_more"`
	Change       string
	Members      []string
	Message      seenMessage
	Cursor       string
}

type seenMessage struct {
	Seq    int64
	Sender string
	Body   string
}

// goSession performs the session over connections that are dialled so.
func goSession(dial func(ctx context.Context, url string) (goPeer, error)) func(*testing.T, context.Context, string, string, io.Writer) error {
	return func(_ *testing.T, ctx context.Context, _, url string, out io.Writer) error {
		s := &goTalk{ctx: ctx, out: out, dial: func() (goPeer, error) { return dial(ctx, url) }}
		if err := s.first(); err != nil {
			return err
		}
		return s.second()
	}
}

// goTalk is a session. Once something has failed, nothing more is done.
type goTalk struct {
	ctx  context.Context
	out  io.Writer
	dial func() (goPeer, error)

	peer                        goPeer
	token, conversation, cursor string
	err                         error
}

func (s *goTalk) first() error {
	if s.peer, s.err = s.dial(); s.err != nil {
		return s.err
	}
	s.say("registered %s", s.call("register", []string{"ana"}).User.Username)
	login := s.call("login", map[string]string{"username": "ana", "device": "foreign"})
	s.say("logged in as %s", login.User.Username)
	s.call("subscribe", nil)
	s.say("subscribed")
	s.refused("send", map[string]string{"to": "bo", "bdoy": "hi"})
	s.refused("nonsense", []string{})
	sent := s.call("send", []string{"bo", "héllo 👋"})
	s.say("sent %d", sent.Seq)
	created := s.next()
	s.say("%s: %s", created.Change, strings.Join(created.Members, ", "))
	s.heard()
	answer := s.heard()
	s.heard() // and dies before it has noted that it did
	s.token, s.conversation, s.cursor = login.Token, sent.Conversation, answer.Cursor
	return s.close()
}

func (s *goTalk) second() error {
	if s.peer, s.err = s.dial(); s.err != nil {
		return s.err
	}
	s.say("logged in as %s", s.call("login", map[string]string{"token": s.token}).User.Username)
	if s.call("subscribe", []string{s.cursor}).Reset {
		s.say("reset")
	}
	s.say("resumed")
	page := s.call("history", map[string]any{"with": "bo", "limit": 10})
	for _, m := range page.Messages {
		s.say("history %d %s: %s", m.Seq, m.Sender, m.Body)
	}
	s.say("more: %t %t", page.HasMore.Before, page.HasMore.After)
	s.say("sent %d", s.call("send", map[string]string{"to": s.conversation, "body": "bye"}).Seq)
	s.heard()
	s.heard()
	return s.close()
}

func (s *goTalk) close() error {
	err := s.peer.Close()
	if s.err == nil {
		s.err = err
	}
	return s.err
}

func (s *goTalk) say(format string, args ...any) {
	if s.err == nil {
		fmt.Fprintf(s.out, format+"\n", args...)
	}
}

func (s *goTalk) call(method string, params any) (result seen) {
	if s.err != nil {
		return result
	}
	raw, err := s.peer.call(s.ctx, method, params)
	if err == nil {
		err = json.Unmarshal(raw, &result, json.MatchCaseInsensitiveNames(true))
	}
	s.err = err
	return result
}

func (s *goTalk) next() (event seen) {
	if s.err == nil {
		event, s.err = s.peer.next(s.ctx)
	}
	return event
}

func (s *goTalk) heard() seen {
	event := s.next()
	s.say("heard %d %s: %s", event.Message.Seq, event.Message.Sender, event.Message.Body)
	return event
}

func (s *goTalk) refused(method string, params any) {
	s.call(method, params)
	var refusal *jsonrpc2.Error
	if !errors.As(s.err, &refusal) {
		s.err = fmt.Errorf("%s: %w, want a refusal", method, s.err)
		return
	}
	var data struct{ Kind, Pointer string }
	s.err = json.Unmarshal(*refusal.Data, &data, json.MatchCaseInsensitiveNames(true))
	s.say("%s", strings.TrimSpace(fmt.Sprintf("refused %d %s %s", refusal.Code, data.Kind, data.Pointer)))
}

// frames is a websocket of some library.
type frames interface {
	read(ctx context.Context) ([]byte, error)
	write(ctx context.Context, data []byte) error
	Close() error
}

// byHand is JSON-RPC written by hand on a websocket.
type byHand struct {
	frames
	id     int
	events []seen
}

type handMessage struct {
	ID     int             `json:"id"`
	Method string          `json:"method"`
	Params seen            `json:"params"`
	Result jsontext.Value  `json:"result"`
	Error  *jsonrpc2.Error `json:"error"`
}

func (h *byHand) call(ctx context.Context, method string, params any) (jsontext.Value, error) {
	h.id++
	request, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": h.id, "method": method, "params": params})
	if err == nil {
		err = h.write(ctx, request)
	}
	if err != nil {
		return nil, err
	}
	for {
		m, err := h.message(ctx)
		switch {
		case err != nil:
			return nil, err
		case m.Method != "":
			h.events = append(h.events, m.Params)
		case m.ID != h.id:
			return nil, fmt.Errorf("answer %d to request %d", m.ID, h.id)
		case m.Error != nil:
			return nil, m.Error
		default:
			return m.Result, nil
		}
	}
}

func (h *byHand) message(ctx context.Context) (m handMessage, err error) {
	data, err := h.read(ctx)
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(data, &m, json.MatchCaseInsensitiveNames(true))
}

func (h *byHand) next(ctx context.Context) (event seen, err error) {
	if len(h.events) > 0 {
		event, h.events = h.events[0], h.events[1:]
		return event, nil
	}
	m, err := h.message(ctx)
	return m.Params, err
}

// gorilla is gorilla/websocket.
type gorilla struct{ *websocket.Conn }

func dialGorilla(ctx context.Context, url string) (goPeer, error) {
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	return &byHand{frames: gorilla{conn}}, err
}

func (g gorilla) read(context.Context) ([]byte, error) {
	_, data, err := g.ReadMessage()
	return data, err
}

func (g gorilla) write(_ context.Context, data []byte) error {
	return g.WriteMessage(websocket.TextMessage, data)
}

// rpc is sourcegraph/jsonrpc2 over its own stream on gorilla/websocket.
type rpc struct {
	*jsonrpc2.Conn
	events chan seen
}

func dialJSONRPC2(ctx context.Context, url string) (goPeer, error) {
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	events := make(chan seen, 100)
	handler := func(_ context.Context, _ *jsonrpc2.Conn, request *jsonrpc2.Request) (any, error) {
		var event seen
		err := json.Unmarshal(*request.Params, &event, json.MatchCaseInsensitiveNames(true))
		events <- event
		return nil, err
	}
	return &rpc{jsonrpc2.NewConn(ctx, wsstream.NewObjectStream(conn), jsonrpc2.HandlerWithError(handler)), events}, nil
}

func (r *rpc) call(ctx context.Context, method string, params any) (result jsontext.Value, err error) {
	return result, r.Call(ctx, method, params, &result)
}

func (r *rpc) next(ctx context.Context) (seen, error) {
	select {
	case event := <-r.events:
		return event, nil
	case <-ctx.Done():
		return seen{}, ctx.Err()
	}
}
