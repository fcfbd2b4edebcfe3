package main

import (
	"context"
	"errors"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

// call begins a call. Its place among the calls is settled when it returns.
func (d *driver) call(c command) {
	ctx, cancel := context.WithCancelCause(d.ctx)
	d.mu.Lock()
	d.calls[c.ID] = func() { cancel(errCancelled) }
	d.mu.Unlock()
	wait, err := d.start(ctx, c)
	d.busy.Go(func() {
		var result any
		if err == nil {
			result, err = wait()
		}
		d.mu.Lock()
		delete(d.calls, c.ID)
		d.mu.Unlock()
		cancel(nil)
		d.answer(c)(result, err)
	})
}

var errCancelled = errors.New("cancelled")

// start calls the function that an application would: the commands that a
// client may repeat have typed ones.
func (d *driver) start(ctx context.Context, c command) (func() (any, error), error) {
	switch c.Method {
	case protocol.Send.Name:
		return typed(ctx, d.client, protocol.Send, c.Params)
	case protocol.Read.Name:
		return typed(ctx, d.client, protocol.Read, c.Params)
	case protocol.Delete.Name:
		return typed(ctx, d.client, protocol.Delete, c.Params)
	}
	began := chatclient.GoRaw(ctx, d.client, c.Method, c.Params)
	return func() (any, error) { return began.Wait() }, nil
}

func typed[P, R any](ctx context.Context, c *chatclient.Client, m protocol.Method[P, R], raw jsontext.Value) (func() (any, error), error) {
	var params P
	if err := json.Unmarshal(raw, &params, json.RejectUnknownMembers(true)); err != nil {
		return nil, err
	}
	pending := chatclient.Go(ctx, c, m, params)
	return func() (any, error) { return pending.Wait() }, nil
}

// abandon cancels a call.
func (d *driver) abandon(id int64) {
	d.mu.Lock()
	cancel := d.calls[id]
	d.mu.Unlock()
	if cancel != nil {
		cancel()
	}
}

// follow prints the events.
func (d *driver) follow() {
	for event, err := range d.client.Events(d.ctx) {
		if err != nil {
			d.end(err)
			return
		}
		d.event(event)
	}
}

// reflect prints the events of the mirror, after its filling was answered.
func (d *driver) reflect(c command) {
	answered := false
	for change, err := range d.mirror.Changes(d.ctx) {
		switch {
		case !answered:
			d.answer(c)(struct{}{}, err)
			answered = true
		case err != nil:
			d.end(err)
		default:
			d.event(change.Event)
		}
	}
	if !answered {
		d.answer(c)(nil, chatclient.ErrClosed)
	}
}

func (d *driver) event(event any) {
	var name string
	switch e := event.(type) {
	case protocol.MessageEvent:
		name = protocol.OnMessage.Name
	case chatclient.Updated:
		name, event = protocol.OnMessageUpdated.Name, e.MessageEvent
	case protocol.ReadEvent:
		name = protocol.OnRead.Name
	case protocol.ConversationEvent:
		name = protocol.OnConversation.Name
	case protocol.TypingEvent:
		name = protocol.OnTyping.Name
	case protocol.Presence:
		name = protocol.OnPresence.Name
	case chatclient.Reset:
		name, event = "reset", map[string]any{"cursor": e.Cursor}
	}
	d.print(map[string]any{"event": name, "params": event})
}
