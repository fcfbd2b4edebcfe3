package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type tailCommand struct {
	From  string `help:"Go on from here, as an earlier tail told." placeholder:"CURSOR"`
	Count int    `help:"End after so many events." placeholder:"N"`
}

func (c *tailCommand) Run(a *app) error {
	options := a.lasting()
	options.Cursor = c.From
	client, err := a.connect(options)
	if err != nil {
		return err
	}
	defer client.Close()
	for event, err := range client.Events(a.ctx) {
		if err != nil {
			return a.interrupted(err, client)
		}
		if err := a.printEvent(event); err != nil {
			return err
		}
		if c.Count--; c.Count == 0 {
			return nil
		}
	}
	return nil
}

// interrupted tells where to go on from after an interrupt, which is how a
// tail is expected to end.
func (a *app) interrupted(err error, client *chatclient.Client) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	if cursor := client.Cursor(); cursor != "" {
		a.note("to go on from here: chat tail --from %s", cursor)
	}
	return nil
}

// happened is an event as a line of JSON: the same name and params as on the
// wire.
type happened struct {
	Event  string `json:"event"`
	Params any    `json:"params"`
}

// reset is chatclient.Reset as a line of JSON.
type reset struct {
	Cursor string `json:"cursor"`
}

func (a *app) printEvent(event any) error {
	switch event := event.(type) {
	case protocol.MessageEvent:
		m := event.Message
		return a.print(happened{protocol.OnMessage.Name, event}, "%s %s", printable(m.Conversation), messageLine(m))
	case protocol.ConversationEvent:
		return a.print(happened{protocol.OnConversation.Name, event}, "%s", changeLine(event))
	case chatclient.Reset:
		return a.print(happened{"reset", reset{event.Cursor}}, "* some events are missing: the server's log was restored, or is another one")
	default:
		return nil
	}
}

// changeLine shows what happened to a conversation.
func changeLine(e protocol.ConversationEvent) string {
	who := e.Username
	if e.Change == protocol.Created {
		who = strings.Join(e.Members, ", ")
	}
	return fmt.Sprintf("%s * %s %s %s %s", printable(e.Conversation), printable(string(e.Kind)), printable(e.Name), printable(string(e.Change)), printable(who))
}
