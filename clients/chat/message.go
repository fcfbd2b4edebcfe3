package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

type sendCommand struct {
	To       string   `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Body     []string `arg:"" optional:"" help:"Text; several words are joined by spaces, and - stands for all of stdin."`
	Lines    bool     `help:"Send each line of stdin as a message of its own."`
	ClientID string   `help:"Makes it safe to run the command again: the same id and text are stored once." placeholder:"ID"`
	ReplyTo  *int64   `help:"Number of the message that this one answers." placeholder:"SEQ"`
	Mention  []string `help:"Username whom this message is meant for in particular; more than one with commas, or the flag again." placeholder:"NAME"`
}

func (c *sendCommand) Run(a *app) error {
	if c.Lines == (len(c.Body) > 0) || c.Lines && c.ClientID != "" {
		return failure{errors.New("send takes a text, or --lines without --client-id"), exitUsage, "see chat send --help"}
	}
	if c.Lines {
		return c.lines(a)
	}
	body := strings.Join(c.Body, " ")
	if body == "-" {
		all, err := io.ReadAll(a.stdin)
		if err != nil {
			return err
		}
		if !utf8.Valid(all) {
			return failure{errors.New("what stands on stdin is no text in UTF-8"), exitUsage, ""}
		}
		body = strings.TrimRight(string(all), "\r\n")
	}
	result, err := as(a, protocol.Send, c.params(body))
	if err != nil {
		return err
	}
	return a.printSent(result)
}

func (c *sendCommand) params(body string) protocol.SendParams {
	return protocol.SendParams{To: c.To, Body: body, ClientID: c.ClientID, ReplyTo: c.ReplyTo, Mentions: c.Mention}
}

func (a *app) printSent(result protocol.SendResult) error {
	return a.print(result, "%s #%d", printable(result.Conversation), result.Seq)
}

// lines sends the lines of stdin, many of them before the first is answered.
func (c *sendCommand) lines(a *app) error {
	client, err := a.connect(a.lasting())
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	pending := make(chan *chatclient.Pending[protocol.SendResult], 1000)
	read := make(chan error, 1)
	go func() { // ends with stdin, or with the context at its next line
		defer close(pending)
		read <- eachLine(a.stdin, func(line string) error {
			select {
			case pending <- chatclient.Go(ctx, client, protocol.Send, c.params(line)):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	}()
	for n := 1; ; n++ {
		p, more := <-pending
		if !more {
			return <-read
		}
		result, err := p.Wait()
		if err == nil {
			err = a.printSent(result)
		}
		if err != nil {
			f := diagnose(err)
			return failure{fmt.Errorf("line %d: %w", n, err), f.code, f.hint}
		}
	}
}

// eachLine calls f with each line that is not empty, without its end.
func eachLine(r io.Reader, f func(string) error) error {
	in := bufio.NewReader(r)
	for {
		line, err := in.ReadString('\n')
		if line = strings.TrimRight(line, "\r\n"); line != "" {
			if err := f(line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

type historyCommand struct {
	With   string `arg:"" place:"any" help:"Username, conversation id, or name of a group."`
	Limit  *int   `help:"Messages at most; the server has its own idea without it." placeholder:"N"`
	Before *int64 `help:"Those just before this number." xor:"place" placeholder:"SEQ"`
	After  *int64 `help:"Those just after this number." xor:"place" placeholder:"SEQ"`
	Around *int64 `help:"Those around this number, and itself." xor:"place" placeholder:"SEQ"`
}

func (c *historyCommand) Run(a *app) error {
	result, err := as(a, protocol.History, protocol.HistoryParams{
		With: c.With, Limit: c.Limit, Before: c.Before, After: c.After, Around: c.Around,
	})
	if err != nil {
		return err
	}
	for _, m := range result.Messages {
		if err := a.print(m, "%s", messageLine(m)); err != nil {
			return err
		}
	}
	if len(result.Messages) == 0 {
		a.note("no messages there")
	}
	return nil
}
