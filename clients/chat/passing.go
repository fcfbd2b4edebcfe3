package main

import (
	"context"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

// passing is what a tail shows beside the events: who is typing, and who of those
// that are watched is there. It has no place in the log, and is dropped when it
// is not printed fast enough.
type passing struct {
	watch  []string
	events chan any
}

// passingMax is how much waits to be printed.
const passingMax = 64

// newPassing makes the options tell of what is to be shown.
func newPassing(c *tailCommand, options *chatclient.Options) *passing {
	p := &passing{watch: c.Watch, events: make(chan any, passingMax)}
	options.OnEphemeral = func(event any) {
		if _, typing := event.(protocol.TypingEvent); !typing || c.Typing {
			p.offer(event)
		}
	}
	return p
}

func (p *passing) offer(event any) {
	select {
	case p.events <- event:
	default:
	}
}

// show shows it, until ctx ends. An error of writing is the tail's to notice.
func (p *passing) show(ctx context.Context, a *app, client *chatclient.Client, place func(string) string) {
	p.ask(a, client)
	for {
		select {
		case event := <-p.events:
			a.printPassing(event, place)
		case <-ctx.Done():
			return
		}
	}
}

// ask watches, and shows who is there now. On a connection after this one the
// client does.
func (p *passing) ask(a *app, client *chatclient.Client) {
	if len(p.watch) == 0 {
		return
	}
	result, err := call(a, client, protocol.PresenceOf, protocol.PresenceParams{Usernames: p.watch})
	if err != nil && a.ctx.Err() == nil {
		a.note("cannot watch: %v", err)
	}
	for _, presence := range result.Presence {
		a.printPassing(presence, nil)
	}
}

func (a *app) printPassing(event any, place func(string) string) error {
	switch event := event.(type) {
	case protocol.TypingEvent:
		does := "is typing"
		if !event.On {
			does = "has stopped typing"
		}
		return a.printIn(event.Conversation, place, happened{protocol.OnTyping.Name, event}, "* "+printable(event.Username)+" "+does)
	case protocol.Presence:
		line := "* " + printable(event.Username) + " is " + printable(string(event.State))
		if event.LastSeenAt != 0 {
			line += ", last seen " + clock(event.LastSeenAt)
		}
		return a.print(happened{protocol.OnPresence.Name, event}, "%s", line)
	}
	return nil
}
