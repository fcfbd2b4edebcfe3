package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type usersCommand struct {
	Prefix string `arg:"" optional:"" help:"Only names that begin so."`
	Limit  int    `help:"Users at most; 0 for all." default:"50" placeholder:"N"`
}

func (c *usersCommand) Run(a *app) error {
	if c.Limit < 0 {
		return failure{errors.New("--limit is a number of users, or 0 for all"), exitUsage, "see chat users --help"}
	}
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	return a.printUsers(c.Limit, func(page string) ([]protocol.User, string, error) {
		r, err := call(a, client, protocol.Users, protocol.UsersParams{Prefix: c.Prefix, Page: page})
		return r.Users, r.Next, err
	})
}

// printUsers prints the users of all pages, or as many as limit, and says when
// there are more.
func (a *app) printUsers(limit int, read func(page string) (users []protocol.User, next string, err error)) error {
	shown := 0
	for page := ""; ; {
		users, next, err := read(page)
		if err != nil {
			return err
		}
		for _, u := range users {
			if shown == limit && limit > 0 {
				a.note("there are more: --limit 0 shows all, a PREFIX those whose names begin so")
				return nil
			}
			if err := a.print(u, "%s", userLine(u)); err != nil {
				return err
			}
			shown++
		}
		if page = next; page == "" {
			break
		}
	}
	if shown == 0 {
		a.note("no users")
	}
	return nil
}

type pingCommand struct{}

func (c *pingCommand) Run(a *app) error {
	client, err := a.dial(nil)
	if err != nil {
		return err
	}
	defer client.Close()
	began := time.Now()
	result, err := call(a, client, protocol.Ping, protocol.Empty{})
	if err != nil {
		return err
	}
	return a.print(result, "%s answered in %v", a.URL, time.Since(began).Round(10*time.Microsecond))
}

type infoCommand struct{}

func (c *infoCommand) Run(a *app) error {
	result, err := anyone(a, protocol.ServerInfo, protocol.Empty{})
	if err != nil {
		return err
	}
	l := result.Limits
	rate := "any number of messages"
	if l.SendRate > 0 {
		rate = fmt.Sprintf("%d messages at once, then %d per second", l.SendBurst, l.SendRate)
	}
	return a.print(result, "%s %s, node %s, protocol %s\nregistration: %s\nlogin by name alone: %t, by password: %t\nmessage: up to %d bytes\ngroup: up to %d members\nrate: %s",
		printable(result.Server.Name), printable(result.Server.Version), printable(result.Node), printable(strings.Join(result.Protocols, ", ")),
		printable(string(result.Authentication.Registration)), result.Authentication.Name, result.Authentication.Password,
		l.Body, l.Members, rate)
}
