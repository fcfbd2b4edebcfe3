package main

import (
	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type blockCommand struct {
	Name string `arg:"" help:"Username."`
}

func (c *blockCommand) Run(a *app) error {
	if _, err := as(a, protocol.Block, protocol.BlockParams{Username: c.Name}); err != nil {
		return err
	}
	return a.print(protocol.Empty{}, "%s is blocked", printable(c.Name))
}

type unblockCommand struct {
	Name string `arg:"" help:"Username."`
}

func (c *unblockCommand) Run(a *app) error {
	if _, err := as(a, protocol.Unblock, protocol.BlockParams{Username: c.Name}); err != nil {
		return err
	}
	return a.print(protocol.Empty{}, "%s is not blocked", printable(c.Name))
}

type blockedCommand struct{}

func (c *blockedCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	return a.printUsers(0, func(page string) ([]protocol.User, string, error) {
		r, err := call(a, client, protocol.Blocked, protocol.BlockedParams{Page: page})
		return r.Users, r.Next, err
	})
}

type privacyCommand struct {
	Contact  protocol.Contact `help:"Who may send you direct messages and invite you: everybody, shared (who is in a group with you) or nobody." enum:"everybody,shared,nobody," default:""`
	Receipts *bool            `help:"Others see how far you have read." negatable:""`
	Presence *bool            `help:"Others see when you are there." negatable:""`
}

// Run shows what the settings are, after those that were given are changed.
func (c *privacyCommand) Run(a *app) error {
	var result protocol.PrivacyResult
	var err error
	params := protocol.SetPrivacyParams{Contact: c.Contact, Receipts: c.Receipts, Presence: c.Presence}
	if params == (protocol.SetPrivacyParams{}) {
		result, err = as(a, protocol.PrivacyOf, protocol.Empty{})
	} else {
		result, err = as(a, protocol.SetPrivacy, params)
	}
	if err != nil {
		return err
	}
	p := result.Privacy
	return a.print(p, "contact: %s\nreceipts: %t\npresence: %t", printable(string(p.Contact)), p.Receipts, p.Presence)
}

type profileCommand struct {
	DisplayName *string `help:"Name that is shown to people; empty takes it away."`
	Status      *string `help:"What you say of yourself; empty takes it away."`
}

// Run shows what the profile is, after what was given is changed.
func (c *profileCommand) Run(a *app) error {
	result, err := as(a, protocol.SetProfile, protocol.SetProfileParams{DisplayName: c.DisplayName, Status: c.Status})
	if err != nil {
		return err
	}
	return a.print(result.User, "%s", userLine(result.User))
}
