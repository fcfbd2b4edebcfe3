package server_test

import (
	"context"
	"errors"

	"github.com/creachadair/jrpc2"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/gorilla/websocket"
	"github.com/sourcegraph/jsonrpc2"
)

// textChannel is a channel of creachadair/jrpc2: each record is a text message
// on gorilla/websocket. The client hands each record to a goroutine of its own,
// which may overtake another, so the channel reads on only when an event has
// been heard: their order means something here.
type textChannel struct {
	*websocket.Conn
	isEvent bool          // the last record; of the client's reading goroutine
	heard   chan struct{} // has room for one
}

func (c *textChannel) Send(record []byte) error {
	return c.WriteMessage(websocket.TextMessage, record)
}

func (c *textChannel) Recv() ([]byte, error) {
	if c.isEvent {
		<-c.heard
	}
	_, record, err := c.ReadMessage()
	var m struct{ Method string }
	c.isEvent = err == nil && json.Unmarshal(record, &m, json.MatchCaseInsensitiveNames(true)) == nil && m.Method != ""
	return record, err
}

// creachadair is the client of creachadair/jrpc2.
type creachadair struct {
	*jrpc2.Client
	events chan seen
}

func dialJRPC2(ctx context.Context, url string) (goPeer, error) {
	conn, _, err := websocket.DefaultDialer.DialContext(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	channel := &textChannel{Conn: conn, heard: make(chan struct{}, 1)}
	events := make(chan seen, 100)
	onNotify := func(request *jrpc2.Request) {
		var event seen
		if json.Unmarshal([]byte(request.ParamString()), &event, json.MatchCaseInsensitiveNames(true)) == nil {
			events <- event
		}
		channel.heard <- struct{}{}
	}
	return &creachadair{jrpc2.NewClient(channel, &jrpc2.ClientOptions{OnNotify: onNotify}), events}, nil
}

func (c *creachadair) call(ctx context.Context, method string, params any) (jsontext.Value, error) {
	response, err := c.Call(ctx, method, params)
	var refusal *jrpc2.Error
	if errors.As(err, &refusal) {
		return nil, &jsonrpc2.Error{Code: int64(refusal.Code), Message: refusal.Message, Data: &refusal.Data}
	}
	if err != nil {
		return nil, err
	}
	return jsontext.Value(response.ResultString()), nil
}

func (c *creachadair) next(ctx context.Context) (seen, error) {
	select {
	case event := <-c.events:
		return event, nil
	case <-ctx.Done():
		return seen{}, ctx.Err()
	}
}
