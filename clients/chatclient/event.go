package chatclient

import (
	"context"
	"errors"
	"iter"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// Reset tells that events are missing: the place to resume from cannot be
// continued from, since the server's log was restored or is another one. What
// the application shows is to be taken anew (by conversations, history, …).
// The events after it come from Cursor on.
type Reset struct {
	Cursor string
}

// Updated tells of a message that was edited, deleted or reacted to, as it is
// now.
type Updated struct{ protocol.MessageEvent }

// Events yields what happens, in the order of the server's log, each event
// once: a protocol.MessageEvent, an [Updated], a protocol.ReadEvent, a
// protocol.ConversationEvent or, where events had to be left out, a [Reset].
// Others may be added; ignore what you do not know. They begin at Options.Cursor or, without it, where the log ended when
// the client logged in, whenever Events is called first; a later loop goes on
// after the last event of the one before.
//
// The loop goes on over lost connections. After Close it ends without an error.
// With one it ends with the context, whose error that is, and when the client
// gives up, which the error explains. But for the context, the events that were
// received before come before the end.
//
// Events wait in a buffer of Options.Buffer bytes. When a slow loop lets it
// run full, the client ends its subscription and resumes it later, from the
// last event in the buffer: nothing is lost, and calls are answered meanwhile,
// so a loop may call whatever it likes.
//
// Events may be called from any goroutine. Loops that run at the same time
// share the events between them.
func (c *Client) Events(ctx context.Context) iter.Seq2[any, error] {
	return func(yield func(any, error) bool) {
		if c.anonymous {
			yield(nil, protocol.Errorf(protocol.Unauthenticated, "events need a login"))
			return
		}
		c.inbox.want()
		c.poke()
		for {
			event, err := c.inbox.next(ctx)
			if c.inbox.resumable() {
				c.poke()
			}
			if errors.Is(err, ErrClosed) || !yield(event, err) || err != nil {
				return
			}
		}
	}
}

// Cursor returns the place in the log after the last event that Events
// yielded, to be given as Options.Cursor to a client that goes on from there.
// It moves on its own while nothing happens. It is empty before the first
// login. It may be called from any goroutine.
func (c *Client) Cursor() string { return c.inbox.place() }

// item is an event on its way to the application.
type item struct {
	event  any
	cursor string // the place after it
	size   int    // in bytes, as it came
	// Of a message:
	conversation string
	seq          int64
	again        any // what it tells who had the message before, nil for nothing
}

// events decodes the events of the protocol that reach the application.
var events = map[string]func(jsontext.Value) (item, error){
	protocol.OnMessage.Name: decoder(protocol.OnMessage, func(e protocol.MessageEvent) item {
		it := item{event: e, cursor: e.Cursor, conversation: e.Message.Conversation, seq: e.Message.Seq}
		if e.Message.Rev > 1 {
			it.again = Updated{e}
		}
		return it
	}),
	protocol.OnMessageUpdated.Name: decoder(protocol.OnMessageUpdated, func(e protocol.MessageEvent) item {
		return item{event: Updated{e}, cursor: e.Cursor}
	}),
	protocol.OnRead.Name: decoder(protocol.OnRead, func(e protocol.ReadEvent) item {
		return item{event: e, cursor: e.Cursor}
	}),
	protocol.OnConversation.Name: decoder(protocol.OnConversation, func(e protocol.ConversationEvent) item {
		return item{event: e, cursor: e.Cursor}
	}),
}

func decoder[P any](_ protocol.Event[P], describe func(P) item) func(jsontext.Value) (item, error) {
	return func(raw jsontext.Value) (item, error) {
		var params P
		if err := json.Unmarshal(raw, &params); err != nil {
			return item{}, err
		}
		it := describe(params)
		if it.cursor == "" {
			return item{}, errors.New("no cursor")
		}
		it.size = len(raw)
		return it, nil
	}
}
