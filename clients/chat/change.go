package main

import (
	"strings"

	"asappchat/protocol"
)

type editCommand struct {
	With string   `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Seq  int64    `arg:"" help:"Number of the message."`
	Body []string `arg:"" help:"The new text; several words are joined by spaces."`
}

func (c *editCommand) Run(a *app) error {
	return alter(a, protocol.Edit, protocol.EditParams{With: c.With, Seq: c.Seq, Body: strings.Join(c.Body, " ")})
}

type deleteCommand struct {
	With string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Seq  int64  `arg:"" help:"Number of the message."`
}

func (c *deleteCommand) Run(a *app) error {
	return alter(a, protocol.Delete, protocol.DeleteParams{With: c.With, Seq: c.Seq})
}

// reaction is what both commands on reactions take.
type reaction struct {
	With  string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Seq   int64  `arg:"" help:"Number of the message."`
	Emoji string `arg:"" help:"One character."`
}

func (r reaction) params() protocol.ReactParams {
	return protocol.ReactParams{With: r.With, Seq: r.Seq, Emoji: r.Emoji}
}

type (
	reactCommand   struct{ reaction }
	unreactCommand struct{ reaction }
)

func (c *reactCommand) Run(a *app) error   { return alter(a, protocol.React, c.params()) }
func (c *unreactCommand) Run(a *app) error { return alter(a, protocol.Unreact, c.params()) }

// alter changes a message, and shows it.
func alter[P any](a *app, method protocol.Method[P, protocol.MessageResult], params P) error {
	result, err := as(a, method, params)
	if err != nil {
		return err
	}
	return a.print(result.Message, "%s", messageLine(result.Message))
}
