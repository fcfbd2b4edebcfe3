package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type searchCommand struct {
	Query    []string `arg:"" optional:"" help:"Words, all of which are meant; wor* for words that begin so; a phrase within quotation marks, which the shell must leave."`
	With     string   `help:"Only this conversation: a username, a conversation id, or the name of a group."`
	Sender   string   `help:"Only messages of this user." placeholder:"NAME"`
	Mentions string   `help:"Only messages that mention this user." placeholder:"NAME"`
	Since    *day     `help:"Only what was sent on this day or later: 2006-01-02, or a time as 2006-01-02T15:04:05Z." placeholder:"DAY"`
	Until    *day     `help:"Only what was sent before this day." placeholder:"DAY"`
	Limit    int      `help:"Messages at most." default:"20" placeholder:"N"`
	Wait     bool     `help:"Wait until all is found that was sent before."`
}

// day is a point in time: where a day begins, by the local clock.
type day struct{ time.Time }

func (d *day) UnmarshalText(text []byte) (err error) {
	if d.Time, err = time.ParseInLocation(time.DateOnly, string(text), time.Local); err == nil {
		return nil
	}
	if d.Time, err = time.Parse(time.RFC3339, string(text)); err != nil {
		return errors.New("neither a day such as 2006-01-02 nor a time such as 2006-01-02T15:04:05Z")
	}
	return nil
}

func (d *day) wire() protocol.Time {
	if d == nil {
		return 0
	}
	return protocol.TimeOf(d.Time)
}

func (c *searchCommand) Run(a *app) error {
	if c.Limit < 1 {
		return failure{errors.New("--limit must be positive"), exitUsage, "see chat search --help"}
	}
	if c.With != "" {
		with, err := a.place(c.With, false)
		if err != nil {
			return err
		}
		c.With = with
	}
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	found, err := c.printAll(a, client)
	if err == nil && found == 0 {
		a.note("nothing found")
	}
	return err
}

// printAll prints what is found, page after page.
func (c *searchCommand) printAll(a *app, client *chatclient.Client) (found int, err error) {
	params := protocol.SearchParams{
		Query: strings.Join(c.Query, " "), With: c.With, Sender: c.Sender, Mentions: c.Mentions,
		Since: c.Since.wire(), Until: c.Until.wire(),
	}
	for {
		page, err := c.page(a, client, params)
		if err != nil {
			return found, err
		}
		for _, m := range page.Messages[:min(c.Limit-found, len(page.Messages))] {
			if err := a.print(m, "%s", foundLine(&m)); err != nil {
				return found, err
			}
			found++
		}
		if params.Page = page.Next; params.Page == "" || found == c.Limit {
			return found, nil
		}
	}
}

// page reads a page. On the first one it says, or waits, when what was sent last
// may be missing.
func (c *searchCommand) page(a *app, client *chatclient.Client, params protocol.SearchParams) (protocol.SearchResult, error) {
	ctx, cancel := a.patience()
	defer cancel()
	for {
		page, err := chatclient.Call(ctx, client, protocol.Search, params)
		if err != nil || page.Complete || params.Page != "" {
			return page, err
		}
		if !c.Wait {
			a.note("the server is behind with its index: what was sent last may be missing")
			return page, nil
		}
	}
}

// foundLine shows a message that was found: where it is, and what is around the
// words.
func foundLine(m *protocol.FoundMessage) string {
	return fmt.Sprintf("%s %s #%d %s: %s", printable(m.Conversation), clock(m.At), m.Seq, printable(m.Sender), indented(m.Snippet))
}
