package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type tailCommand struct {
	From  string `help:"Go on from here, as an earlier tail told." placeholder:"CURSOR"`
	Count int    `help:"End after so many events." placeholder:"N"`
	All   bool   `help:"Show every change too: edits, deletions, reactions and how far people have read."`
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
		if !c.All && quiet(event) {
			continue
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

// quiet says whether an event adds nothing to what is said, and is only shown to
// who wants all of them.
func quiet(event any) bool {
	switch event.(type) {
	case chatclient.Updated, protocol.ReadEvent:
		return true
	}
	return false
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
	case chatclient.Updated:
		m := event.Message
		return a.print(happened{protocol.OnMessageUpdated.Name, event.MessageEvent}, "%s ~ %s", printable(m.Conversation), messageLine(m))
	case protocol.ReadEvent:
		return a.print(happened{protocol.OnRead.Name, event}, "%s * %s has read up to #%d",
			printable(event.Conversation), printable(event.Username), event.Seq)
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
	what := []string{e.Conversation, "*", string(e.Kind), e.Name, string(e.Change), e.Username, string(e.Role), string(e.State)}
	if e.Change == protocol.Created {
		what = append(what, strings.Join(e.Members, ", "))
	}
	if e.Muted != nil && e.Pinned != nil {
		what = append(what, fmt.Sprintf("muted=%t pinned=%t", *e.Muted, *e.Pinned))
	}
	what = slices.DeleteFunc(what, func(s string) bool { return s == "" })
	return printable(strings.Join(what, " "))
}
