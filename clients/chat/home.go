package main

import (
	"fmt"
	"strings"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type homeCommand struct {
	Unread bool `help:"Only conversations with something unread."`
}

func (c *homeCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	found := false
	err = a.eachConversation(client, func(conversation *protocol.Conversation) error {
		if c.Unread && conversation.Unread == 0 {
			return nil
		}
		found = true
		return a.print(conversation, "%s", homeLine(conversation))
	})
	if err == nil && !found && c.Unread {
		a.note("nothing is unread")
	} else if err == nil && !found {
		a.note("no conversations yet")
	}
	return err
}

// homeLine shows a conversation: its id, who or what it is, what is unread, how it
// is kept, and below that its last message.
func homeLine(c *protocol.Conversation) string {
	name := c.Name
	if c.Kind == protocol.Direct {
		name = c.With
	}
	notes := []string{fmt.Sprintf("%d unread", c.Unread)}
	if c.Mentions > 0 {
		notes = append(notes, count(c.Mentions, "mention"))
	}
	if c.Muted {
		notes = append(notes, "muted")
	}
	if c.Pinned {
		notes = append(notes, "pinned")
	}
	if c.State == protocol.Closed {
		notes = append(notes, "closed")
	}
	line := fmt.Sprintf("%s %s  %s  %s", printable(c.ID), printable(string(c.Kind)), printable(name), strings.Join(notes, ", "))
	if c.LastMessage != nil {
		line += "\n    " + messageLine(*c.LastMessage)
	}
	return line
}

type readCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Seq  int64  `arg:"" optional:"" help:"Number of the last message that was read; without it, all are."`
}

func (c *readCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	if c.Seq == 0 {
		found, err := call(a, client, protocol.ConversationOf, protocol.WithParams{With: c.With})
		if err != nil {
			return err
		}
		if c.Seq = found.Conversation.LastSeq; c.Seq == 0 {
			r := protocol.ReadResult{Conversation: found.Conversation.ID, ReadSeq: found.Conversation.ReadSeq}
			return a.printRead(r) // nothing to read
		}
	}
	result, err := call(a, client, protocol.Read, protocol.ReadParams{With: c.With, Seq: c.Seq})
	if err != nil {
		return err
	}
	return a.printRead(result)
}

func (a *app) printRead(r protocol.ReadResult) error {
	return a.print(r, "%s read up to #%d, %d unread", printable(r.Conversation), r.ReadSeq, r.Unread)
}

type muteCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
}

func (c *muteCommand) Run(a *app) error { return prefer(a, c.With, new(true), nil) }

type unmuteCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
}

func (c *unmuteCommand) Run(a *app) error { return prefer(a, c.With, new(false), nil) }

type pinCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
}

func (c *pinCommand) Run(a *app) error { return prefer(a, c.With, nil, new(true)) }

type unpinCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
}

func (c *unpinCommand) Run(a *app) error { return prefer(a, c.With, nil, new(false)) }

// prefer changes how a conversation is shown; nil leaves as it is.
func prefer(a *app, with string, muted, pinned *bool) error {
	result, err := as(a, protocol.SetPreferences, protocol.SetPreferencesParams{With: with, Muted: muted, Pinned: pinned})
	if err != nil {
		return err
	}
	return a.print(result.Conversation, "%s", homeLine(&result.Conversation))
}
