package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

const exitCodes = `0 done; 1 failed otherwise; 2 wrong usage; 3 not logged in, or wrong
credentials; 4 refused: not found, not allowed, or in conflict; 5 the server cannot be reached or cannot serve
now: try again later.`

const (
	exitOther       = 1
	exitUsage       = 2
	exitCredentials = 3
	exitRefused     = 4
	exitUnavailable = 5
)

// failure is an error with its exit code, and a hint at what to do.
type failure struct {
	err  error
	code int
	hint string
}

func (f failure) Error() string { return f.err.Error() }
func (f failure) Unwrap() error { return f.err }

// unreachable marks the error of a connection that could not be made.
func unreachable(err error) error {
	f := diagnose(err)
	if f.code == exitOther {
		return failure{err, exitUnavailable, "is the server running, and is --url right?"}
	}
	return f
}

// report prints an error, if there is one, and returns the exit code.
func report(w io.Writer, err error) int {
	if err == nil {
		return 0
	}
	f := diagnose(err)
	line := printable(f.Error())
	if f.hint != "" {
		line += " (" + f.hint + ")"
	}
	fmt.Fprintf(w, "chat: %s\n", line)
	return f.code
}

// diagnose finds out of what sort an error is.
func diagnose(err error) failure {
	var f failure
	var refused *protocol.Error
	var closed *chatclient.CloseError
	switch {
	case errors.As(err, &f):
		return f
	case errors.As(err, &refused):
		s, known := sorts[refused.Basis()]
		if !known {
			s.code = exitOther
		}
		if refused.Basis() == protocol.NotFound {
			s.hint = whereToFind(refused.Pointer)
		}
		return failure{err, s.code, s.hint}
	case errors.As(err, &closed):
		return diagnoseClose(err, closed.Code)
	case errors.Is(err, context.DeadlineExceeded):
		return failure{err, exitUnavailable, "try again later, or give it more --timeout"}
	case errors.Is(err, context.Canceled):
		return failure{errors.New("interrupted"), exitOther, ""}
	default:
		return failure{err, exitOther, ""}
	}
}

type sort struct {
	code int
	hint string
}

var sorts = map[protocol.Kind]sort{
	protocol.Parse:           {exitUsage, ""},
	protocol.InvalidRequest:  {exitUsage, ""},
	protocol.MethodNotFound:  {exitUsage, ""},
	protocol.InvalidParams:   {exitUsage, ""},
	protocol.TooLarge:        {exitUsage, "chat info shows the limits"},
	protocol.Unauthenticated: {exitCredentials, "chat register NAME opens an account, chat login NAME logs in; a password comes with --password-stdin or in CHAT_PASSWORD"},
	protocol.Forbidden:       {exitRefused, ""},
	protocol.NotAccepting:    {exitRefused, ""},
	protocol.NotFound:        {exitRefused, ""}, // see whereToFind
	protocol.Conflict:        {exitRefused, ""},
	protocol.RateLimited:     {exitUnavailable, "slow down"},
	protocol.Unavailable:     {exitUnavailable, "try again later"},
	protocol.Draining:        {exitUnavailable, "try again in a moment"},
	protocol.StorageFull:     {exitUnavailable, "tell the operator"},
	protocol.UnknownOutcome:  {exitUnavailable, "it may have been done: look before you try again"},
}

// whereToFind hints at where that is which was not found, by the param that
// named it.
func whereToFind(pointer string) string {
	switch {
	case pointer == "/seq":
		return "chat history WITH shows messages with their numbers"
	case pointer == "/to":
		return "chat users shows whom you can write to; a group goes by its id or by group:NAME"
	case pointer == "/username", strings.HasPrefix(pointer, "/members"):
		return "chat users shows who there is, chat group members who is in a group"
	default:
		return "or not yours; chat home shows your conversations; a group goes by its id or by group:NAME"
	}
}

func diagnoseClose(err error, code protocol.CloseCode) failure {
	switch code {
	case protocol.CloseRevoked, protocol.CloseExpired:
		return failure{err, exitCredentials, "the session has ended: log in again with chat login NAME"}
	case protocol.CloseAbuse:
		return failure{err, exitRefused, "the server takes this for abuse: wait, and find out why"}
	case protocol.CloseUnsupported, protocol.CloseInvalidData, protocol.CloseTooLarge:
		return failure{err, exitOther, "the server would not read this request"}
	default:
		return failure{err, exitUnavailable, "try again later"}
	}
}
