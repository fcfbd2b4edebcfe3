package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type tailCommand struct {
	From   string   `help:"Go on from here, as an earlier tail told." placeholder:"CURSOR"`
	Count  int      `help:"End after so many events." placeholder:"N"`
	All    bool     `help:"Show every change too: edits, deletions, reactions and how far people have read."`
	Typing bool     `help:"Show who is typing, too."`
	Watch  []string `help:"Show who of these is there, too." placeholder:"NAME"`
}

func (c *tailCommand) Run(a *app) error {
	if c.Count < 0 {
		return failure{errors.New("--count is a number of events"), exitUsage, "see chat tail --help"}
	}
	options := a.lasting()
	options.Cursor = c.From
	passing := newPassing(c, &options)
	client, err := a.connect(options)
	if err != nil {
		return err
	}
	defer client.Close()
	names := &names{app: a, client: client, known: map[string]string{}}
	place := func(id string) string { return "[" + printable(names.of(id)) + "] " }
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	go passing.show(ctx, a, client, place) // until ctx ends
	for event, err := range client.Events(a.ctx) {
		if err != nil {
			return c.interrupted(a, err, client)
		}
		names.hear(event)
		if !c.All && quiet(event) {
			continue
		}
		if err := a.printEvent(event, place); err != nil {
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
func (c *tailCommand) interrupted(a *app, err error, client *chatclient.Client) error {
	if !errors.Is(err, context.Canceled) {
		return err
	}
	if cursor := client.Cursor(); cursor != "" {
		command := "chat tail --as " + client.Login().User.Username
		if c.All {
			command += " --all"
		}
		a.note("to go on from here: %s --from %s", command, cursor)
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

// names are what a tail calls conversations: a group by its name, a direct one by
// the other user. What it does not know yet it asks for.
type names struct {
	app    *app
	client *chatclient.Client
	mu     sync.Mutex // held while asking
	known  map[string]string
}

func (n *names) of(id string) string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if name, ok := n.known[id]; ok {
		return name
	}
	name := id // of one that was left, or when the server cannot say
	result, err := call(n.app, n.client, protocol.ConversationOf, protocol.WithParams{With: id})
	if err == nil {
		name = cmp.Or(result.Conversation.Name, result.Conversation.With, id)
	}
	n.known[id] = name
	return name
}

// hear learns from an event.
func (n *names) hear(event any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if e, ok := event.(protocol.ConversationEvent); ok && e.Name != "" {
		n.known[e.Conversation] = e.Name
	}
}

// printEvent writes an event. place is what stands before its line, for who
// follows several conversations.
func (a *app) printEvent(event any, place func(id string) string) error {
	switch event := event.(type) {
	case protocol.MessageEvent:
		m := event.Message
		return a.printIn(m.Conversation, place, happened{protocol.OnMessage.Name, event}, messageLine(m))
	case chatclient.Updated:
		m := event.Message
		return a.printIn(m.Conversation, place, happened{protocol.OnMessageUpdated.Name, event.MessageEvent}, "~ "+messageLine(m))
	case protocol.ReadEvent:
		line := fmt.Sprintf("* %s has read up to #%d", printable(event.Username), event.Seq)
		return a.printIn(event.Conversation, place, happened{protocol.OnRead.Name, event}, line)
	case protocol.ConversationEvent:
		return a.printIn(event.Conversation, place, happened{protocol.OnConversation.Name, event}, "* "+printable(changeText(event)))
	case chatclient.Reset:
		return a.print(happened{"reset", reset{event.Cursor}}, "* some events may be missing: the cursor is not one of this server, or its log was restored")
	default:
		return nil
	}
}

// printIn writes what happened in a conversation.
func (a *app) printIn(id string, place func(string) string, event happened, line string) error {
	if a.JSON {
		return a.printJSON(event)
	}
	return a.print(event, "%s%s", place(id), line)
}

// changeText says what happened to a conversation.
func changeText(e protocol.ConversationEvent) string {
	switch e.Change {
	case protocol.Created:
		return "opened: " + strings.Join(e.Members, ", ")
	case protocol.Joined, protocol.Left:
		return e.Username + " has " + string(e.Change)
	case protocol.Renamed:
		return "is now called " + e.Name
	case protocol.RoleChanged:
		return e.Username + " is now " + string(e.Role)
	case protocol.StateChanged:
		return "is now " + string(e.State)
	case protocol.PreferencesChanged:
		return "is now " + set(e.Muted, "muted") + " and " + set(e.Pinned, "pinned")
	default:
		return string(e.Change)
	}
}

func set(on *bool, what string) string {
	if on == nil || !*on {
		return "not " + what
	}
	return what
}
