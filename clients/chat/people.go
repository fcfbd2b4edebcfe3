package main

import (
	"fmt"
	"strings"
	"time"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type usersCommand struct {
	Prefix string `arg:"" optional:"" help:"Only names that begin so."`
}

func (c *usersCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	params := protocol.UsersParams{Prefix: c.Prefix}
	for {
		page, err := call(a, client, protocol.Users, params)
		if err != nil {
			return err
		}
		for _, u := range page.Users {
			text := strings.TrimRight(printable(u.Username)+"  "+printable(u.DisplayName), " ")
			if err := a.print(u, "%s", text); err != nil {
				return err
			}
		}
		if params.Page = page.Next; params.Page == "" {
			return nil
		}
	}
}

type groupCommand struct {
	Create  createCommand  `cmd:"" help:"Open a group."`
	Invite  inviteCommand  `cmd:"" help:"Make a user a member."`
	Leave   leaveCommand   `cmd:"" help:"Leave a group."`
	Members membersCommand `cmd:"" help:"List the members."`
}

type createCommand struct {
	Name    string   `arg:"" help:"Name of the group."`
	Members []string `arg:"" optional:"" help:"Usernames."`
}

func (c *createCommand) Run(a *app) error {
	if c.Members == nil {
		c.Members = []string{}
	}
	result, err := as(a, protocol.Create, protocol.CreateParams{Name: c.Name, Members: c.Members})
	if err != nil {
		return err
	}
	return a.print(result.Conversation, "%s", printable(result.Conversation.ID))
}

type inviteCommand struct {
	With     string `arg:"" help:"Id of the group."`
	Username string `arg:"" help:"Whom to invite."`
}

func (c *inviteCommand) Run(a *app) error {
	result, err := as(a, protocol.Invite, protocol.MemberParams{With: c.With, Username: c.Username})
	if err != nil {
		return err
	}
	return a.print(result.Conversation, "%s has %d members", printable(result.Conversation.ID), result.Conversation.MemberCount)
}

type leaveCommand struct {
	With string `arg:"" help:"Id of the group."`
}

func (c *leaveCommand) Run(a *app) error {
	if _, err := as(a, protocol.Leave, protocol.WithParams{With: c.With}); err != nil {
		return err
	}
	return a.print(protocol.Empty{}, "left %s", printable(c.With))
}

type membersCommand struct {
	With string `arg:"" help:"Username or conversation id."`
}

func (c *membersCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	params := protocol.MembersParams{With: c.With}
	for {
		page, err := call(a, client, protocol.Members, params)
		if err != nil {
			return err
		}
		for _, m := range page.Members {
			if err := a.print(m, "%s  %s", printable(m.Username), printable(string(m.Role))); err != nil {
				return err
			}
		}
		if params.Page = page.Next; params.Page == "" {
			return nil
		}
	}
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
