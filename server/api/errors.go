package api

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/server/journal"
	"asappchat/store"
)

// wireError is the one mapping of errors: what a handler or a store returns
// becomes what the client is told. An error that it does not know is a bug; it
// is opaque outside, and whole in the log.
func (a *API) wireError(err error, m *protocol.Spec) *protocol.Error {
	var known *protocol.Error
	var user *store.UserError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &user):
		return memberError(user)
	case errors.Is(err, store.ErrNotFound):
		return notFound(m)
	case errors.Is(err, store.ErrNoUser):
		return &protocol.Error{Kind: protocol.NotFound, Message: noUser(m.Name), Pointer: toUser(m)}
	case errors.Is(err, store.ErrNoMessage):
		return &protocol.Error{Kind: protocol.NotFound, Message: "no such message", Pointer: "/seq"}
	case errors.Is(err, store.ErrNotAccepting):
		return &protocol.Error{Kind: protocol.NotAccepting, Message: notAccepting, Pointer: toUser(m)}
	case errors.Is(err, store.ErrExists):
		return protocol.Errorf(protocol.Conflict, "the username is taken")
	case errors.Is(err, store.ErrConflict):
		return &protocol.Error{Kind: protocol.Conflict, Pointer: "/client_id",
			Message: "param \"client_id\" was used before, for another message"}
	case errors.Is(err, store.ErrChanged):
		return protocol.Errorf(protocol.Conflict, "it was changed meanwhile")
	case errors.Is(err, store.ErrForbidden):
		return protocol.Errorf(protocol.Forbidden, "%s", cmp.Or(forbidden[m.Name], "not allowed"))
	case errors.Is(err, store.ErrClosed):
		return protocol.Errorf(protocol.Forbidden, "the group is closed")
	case errors.Is(err, store.ErrNoReply):
		return protocol.InvalidParam("reply_to", "param \"reply_to\" is not the seq of a message here")
	case errors.Is(err, store.ErrTooMany):
		return protocol.Errorf(protocol.TooLarge, "%s", cmp.Or(tooMany[m.Name], "there are as many as there may be"))
	case errors.Is(err, store.ErrTokenReused):
		return protocol.Errorf(protocol.Unauthenticated, "the token was replaced and used again; its session has been ended")
	case errors.Is(err, hub.ErrTooMany):
		return protocol.Errorf(protocol.RateLimited, "too many connections of this user")
	case errors.Is(err, store.ErrFull):
		return protocol.Errorf(protocol.StorageFull, "no space left; nothing was stored")
	case errors.Is(err, store.ErrUnknownOutcome):
		return protocol.Errorf(protocol.UnknownOutcome, "it may or may not be stored: retry with the same client_id")
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrFailed):
		return &protocol.Error{Kind: protocol.Unavailable, Message: "storage is unavailable", RetryAfter: time.Second}
	case errors.Is(err, journal.ErrClosed):
		return protocol.Errorf(protocol.Draining, "the server is about to end")
	}
	incident := newIncident()
	a.Logger.Error("request failed", slog.String("incident", incident),
		slog.String("method", m.Name), slog.Any("error", err))
	return internal(incident)
}

// memberError is about one of the members of a new group.
func memberError(e *store.UserError) *protocol.Error {
	if errors.Is(e.Err, store.ErrNotAccepting) {
		return &protocol.Error{Kind: protocol.NotAccepting, Pointer: "/members",
			Message: fmt.Sprintf("user %q: %s", e.Username, notAccepting)}
	}
	return &protocol.Error{Kind: protocol.NotFound, Pointer: "/members", Message: fmt.Sprintf("no user %q", e.Username)}
}

const notAccepting = "they take no messages or invitations from you"

// pointerTo points to the first of the names that a method has a param of.
func pointerTo(m *protocol.Spec, names ...string) string {
	for _, name := range names {
		if slices.ContainsFunc(m.Params, func(p protocol.Param) bool { return p.Name == name }) {
			return "/" + name
		}
	}
	return ""
}

// toUser points to the param of a method that names a user.
func toUser(m *protocol.Spec) string { return pointerTo(m, "username", "to", "with") }

// noUser words that a user is missing: not a member is as good as nobody.
func noUser(method string) string {
	if method == protocol.Remove.Name || method == protocol.SetRole.Name {
		return "no such member"
	}
	return "no such user"
}

// forbidden words what a method forbids.
var forbidden = map[string]string{
	protocol.Invite.Name:   "only groups have members that come and go",
	protocol.Leave.Name:    "only groups have members that come and go",
	protocol.Remove.Name:   "only the owner of a group may remove everybody else, and an admin plain members",
	protocol.Rename.Name:   "only the owner and the admins of a group may rename it",
	protocol.SetRole.Name:  "only the owner of a group may change the role of others",
	protocol.SetState.Name: "only the owner and the admins of a group may close it or open it again",
	protocol.Edit.Name:     "only who sent a message may edit it",
	protocol.Delete.Name:   "only who sent a message, or the owner or an admin of the group, may delete it",
	protocol.Block.Name:    "nobody can block themselves",
	protocol.Unblock.Name:  "nobody can block themselves",
}

// tooMany words what a method finds too many of.
var tooMany = map[string]string{
	protocol.Create.Name: "a group may not have so many members",
	protocol.Invite.Name: "the group has as many members as it may have",
	protocol.React.Name:  "the message has as many different reactions as it may have",
	protocol.Block.Name:  "as many users are blocked as may be",
}

// notFound is about what a method was to work on.
func notFound(m *protocol.Spec) *protocol.Error {
	what := "conversation"
	if m.Name == protocol.Revoke.Name {
		what = "session"
	}
	return &protocol.Error{Kind: protocol.NotFound, Message: "no such " + what, Pointer: pointerTo(m, "to", "with", "session")}
}

func internal(incident string) *protocol.Error {
	return &protocol.Error{Kind: protocol.Internal, Message: "a bug of the server", Incident: incident}
}

// newIncident makes the name under which an error is found in the log.
func newIncident() string {
	var b [6]byte
	rand.Read(b[:])
	return hex.EncodeToString(b[:])
}
