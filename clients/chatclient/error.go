package chatclient

import (
	"errors"
	"fmt"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/sourcegraph/jsonrpc2"

	"asappchat/protocol"
)

// ErrClosed is the error of all that is asked of a client after Close.
var ErrClosed = errors.New("chatclient: the client is closed")

// A CloseError says that the server closed the connection, and with which
// code. The client comes back by itself from all codes but those of
// [protocol.CloseRevoked], [protocol.CloseAbuse] and, when it has nothing but
// a token to log in with, [protocol.CloseExpired].
type CloseError struct {
	Code   protocol.CloseCode
	Reason string // for people
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("connection closed by the server: %d %s", e.Code, e.Reason)
}

// closeError makes a CloseError of the one of the websocket, and leaves other
// errors alone.
func closeError(err error) error {
	var closed websocket.CloseError
	if errors.As(err, &closed) {
		return &CloseError{protocol.CloseCode(closed.Code), closed.Reason}
	}
	return err
}

// answerError makes a *protocol.Error of an error object, and leaves other
// errors alone.
func answerError(err error) error {
	var answer *jsonrpc2.Error
	if !errors.As(err, &answer) {
		return err
	}
	var data protocol.ErrorData
	if answer.Data != nil {
		// Whatever else a foreign server puts there tells us nothing.
		_ = json.Unmarshal(*answer.Data, &data)
	}
	switch kind, known := kindOf(answer.Code); {
	case data.Kind.Code() != 0:
	case known: // the kind is not told, or one of a later server's
		data.Kind = kind
	case data.Kind == "":
		data.Kind = protocol.Internal
	}
	return &protocol.Error{
		Kind:       data.Kind,
		Message:    answer.Message,
		RetryAfter: millis(data.RetryAfterMS),
		Pointer:    data.Pointer,
		Incident:   data.Incident,
	}
}

// kindOf finds the kind of an error that does not tell one that is known, as those
// made by a proxy or a library in between do not. It is not ok for an unknown code.
func kindOf(code int64) (kind protocol.Kind, ok bool) {
	for _, kind := range []protocol.Kind{
		protocol.Parse, protocol.InvalidRequest, protocol.MethodNotFound, protocol.InvalidParams,
		protocol.Unauthenticated, protocol.Forbidden, protocol.NotFound, protocol.Conflict,
		protocol.TooLarge, protocol.RateLimited, protocol.Unavailable, protocol.UnknownOutcome,
		protocol.StorageFull, protocol.Internal,
	} {
		if kind.Code() == code {
			return kind, true
		}
	}
	return "", false
}

// kindOfError returns the kind of a *protocol.Error and "" of any other.
func kindOfError(err error) protocol.Kind {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return ""
}
