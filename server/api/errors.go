package api

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"log/slog"
	"time"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/server/journal"
	"asappchat/store"
)

// wireError is the one mapping of errors: what a handler or a store returns
// becomes what the client is told. An error that it does not know is a bug; it
// is opaque outside, and whole in the log.
func (a *API) wireError(err error, method string) *protocol.Error {
	var known *protocol.Error
	var user *store.UserError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &user):
		e := protocol.Errorf(protocol.NotFound, "no user %q", user.Username)
		e.Pointer = "/members"
		return e
	case errors.Is(err, store.ErrNotFound):
		return protocol.Errorf(protocol.NotFound, "no such %s", missing(method))
	case errors.Is(err, store.ErrNoUser):
		return &protocol.Error{Kind: protocol.NotFound, Message: "no such user", Pointer: userParam[method]}
	case errors.Is(err, store.ErrExists):
		return protocol.Errorf(protocol.Conflict, "the username is taken")
	case errors.Is(err, store.ErrConflict):
		return &protocol.Error{Kind: protocol.Conflict, Pointer: "/client_id",
			Message: "param \"client_id\" was used before, for another message"}
	case errors.Is(err, store.ErrChanged):
		return protocol.Errorf(protocol.Conflict, "it was changed meanwhile")
	case errors.Is(err, store.ErrForbidden):
		return protocol.Errorf(protocol.Forbidden, "only groups have members that come and go")
	case errors.Is(err, store.ErrNoReply):
		return protocol.InvalidParam("reply_to", "param \"reply_to\" is not the seq of a message here")
	case errors.Is(err, store.ErrTooMany):
		return protocol.Errorf(protocol.TooLarge, "the group has as many members as it may have")
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
		slog.String("method", method), slog.Any("error", err))
	return internal(incident)
}

// userParam is the param of a method that names a user.
var userParam = map[string]string{
	protocol.Send.Name:   "/to",
	protocol.Invite.Name: "/username",
}

// missing names what a method did not find.
func missing(method string) string {
	if method == protocol.Revoke.Name {
		return "session"
	}
	return "conversation"
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
