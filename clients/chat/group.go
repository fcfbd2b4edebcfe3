package main

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type groupCommand struct {
	Create  createCommand  `cmd:"" help:"Open a group."`
	Invite  inviteCommand  `cmd:"" help:"Make a user a member."`
	Remove  removeCommand  `cmd:"" help:"End the membership of another."`
	Leave   leaveCommand   `cmd:"" help:"Leave a group."`
	Rename  renameCommand  `cmd:"" help:"Give a group another name."`
	Role    roleCommand    `cmd:"" help:"Make a member owner, admin or plain member."`
	Close   closeCommand   `cmd:"" help:"Close a group: nothing more is sent to it."`
	Open    openCommand    `cmd:"" help:"Open a closed group again."`
	Members membersCommand `cmd:"" help:"List the members."`
}

type createCommand struct {
	Name    string   `arg:"" help:"Name of the group; of several words, in quotes."`
	Members []string `arg:"" optional:"" help:"Usernames, beside your own."`
	History bool     `help:"Who joins later sees what was sent before."`
}

func (c *createCommand) Run(a *app) error {
	if c.Members == nil {
		c.Members = []string{}
	}
	result, err := as(a, protocol.Create, protocol.CreateParams{Name: c.Name, Members: c.Members, History: c.History})
	if err != nil {
		return c.mixedUp(err)
	}
	if _, username := protocol.FoldUsername(c.Name); username {
		a.note("%s; by its name it goes as %s%s, since %s alone is a user", c.taken(), groupPrefix, c.Name, c.Name)
	}
	return a.print(result.Conversation, "%s", printable(result.Conversation.ID))
}

// mixedUp adds to an error about the members what was taken for them.
func (c *createCommand) mixedUp(err error) error {
	var refused *protocol.Error
	if errors.As(err, &refused) && strings.HasPrefix(refused.Pointer, "/members") {
		f := diagnose(err)
		return failure{err, f.code, printable(c.taken()) + "; quote a name of several words, and put spaces between members"}
	}
	return err
}

// taken says what was taken for the name, and what for the members.
func (c *createCommand) taken() string {
	if len(c.Members) == 0 {
		return fmt.Sprintf("%q was taken for the name, and nobody else is a member", c.Name)
	}
	members := make([]string, len(c.Members))
	for i, m := range c.Members {
		members[i] = strconv.Quote(m)
	}
	return fmt.Sprintf("%q was taken for the name, and %s for members", c.Name, strings.Join(members, ", "))
}

type inviteCommand struct {
	With     string `arg:"" place:"group" help:"Id or name of the group."`
	Username string `arg:"" help:"Whom to invite."`
}

func (c *inviteCommand) Run(a *app) error {
	return govern(a, protocol.Invite, protocol.MemberParams{With: c.With, Username: c.Username})
}

type removeCommand struct {
	With     string `arg:"" place:"group" help:"Id or name of the group."`
	Username string `arg:"" help:"Whom to remove."`
}

func (c *removeCommand) Run(a *app) error {
	return govern(a, protocol.Remove, protocol.MemberParams{With: c.With, Username: c.Username})
}

type renameCommand struct {
	With string `arg:"" place:"group" help:"Id or name of the group."`
	Name string `arg:"" help:"The new name."`
}

func (c *renameCommand) Run(a *app) error {
	return govern(a, protocol.Rename, protocol.RenameParams{With: c.With, Name: c.Name})
}

type roleCommand struct {
	With     string        `arg:"" place:"group" help:"Id or name of the group."`
	Username string        `arg:"" help:"Whose role."`
	Role     protocol.Role `arg:"" enum:"owner,admin,member" help:"owner, admin or member. There is one owner: making another one makes you an admin."`
}

func (c *roleCommand) Run(a *app) error {
	return govern(a, protocol.SetRole, protocol.SetRoleParams{With: c.With, Username: c.Username, Role: c.Role})
}

type closeCommand struct {
	With string `arg:"" place:"group" help:"Id or name of the group."`
}

func (c *closeCommand) Run(a *app) error {
	return govern(a, protocol.SetState, protocol.SetStateParams{With: c.With, State: protocol.Closed})
}

type openCommand struct {
	With string `arg:"" place:"group" help:"Id or name of the group."`
}

func (c *openCommand) Run(a *app) error {
	return govern(a, protocol.SetState, protocol.SetStateParams{With: c.With, State: protocol.Opened})
}

// govern changes a group, and shows what it is like then.
func govern[P any](a *app, method protocol.Method[P, protocol.ConversationResult], params P) error {
	result, err := as(a, method, params)
	if err != nil {
		return err
	}
	c := result.Conversation
	return a.print(c, "%s %s: %s, you are %s, %s",
		printable(c.ID), printable(c.Name), count(int64(c.MemberCount), "member"), printable(string(c.Role)), printable(string(c.State)))
}

type leaveCommand struct {
	With string `arg:"" place:"group" help:"Id or name of the group."`
}

func (c *leaveCommand) Run(a *app) error {
	if _, err := as(a, protocol.Leave, protocol.WithParams{With: c.With}); err != nil {
		return err
	}
	return a.print(protocol.Empty{}, "left %s", printable(c.With))
}

type membersCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
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
			if err := a.print(m, "%s", memberLine(m)); err != nil {
				return err
			}
		}
		if params.Page = page.Next; params.Page == "" {
			return nil
		}
	}
}
