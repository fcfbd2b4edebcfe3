package chatclient

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/sourcegraph/jsonrpc2"

	"asappchat/protocol"
)

// ErrClosed is the error of all that is asked of a client after Close. A loop over
// its events ends without it.
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

// A HandshakeError says that the server did not take the connection, as one does
// that is full or not ready, and for how long it asks to stay away.
type HandshakeError struct {
	Status     string        // of HTTP, with its code: "503 Service Unavailable"
	RetryAfter time.Duration // zero when it is not told
}

func (e *HandshakeError) Error() string { return "it answers " + e.Status }

// handshakeError is what a person needs of an error of the websocket, and the
// answer to the handshake, if there was one, as a HandshakeError. Retry-After
// counts in seconds; a date in it is not looked at.
func handshakeError(answer *http.Response, err error) error {
	var network *net.OpError
	switch {
	case answer != nil && answer.StatusCode != http.StatusSwitchingProtocols:
		seconds, _ := strconv.ParseUint(answer.Header.Get("Retry-After"), 10, 31)
		return &HandshakeError{answer.Status, millis(int64(seconds) * 1000)}
	case errors.As(err, &network):
		return network
	}
	return err
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
	var data struct {
		protocol.ErrorData
		Retryable *bool `json:"retryable"`
	}
	if answer.Data != nil {
		// Whatever else a foreign server puts there tells us nothing.
		_ = json.Unmarshal(*answer.Data, &data)
	}
	e := &protocol.Error{
		Kind:       cmp.Or(data.Kind, protocol.KindOf(answer.Code)),
		Message:    answer.Message,
		RetryAfter: millis(data.RetryAfterMS),
		Pointer:    data.Pointer,
		Incident:   data.Incident,
	}
	if e.Kind.Code() == 0 {
		e.Later = &protocol.LaterKind{Code: answer.Code, Retryable: protocol.KindOf(answer.Code).Retryable()}
		if data.Retryable != nil {
			e.Later.Retryable = *data.Retryable
		}
	}
	return e
}

// kindOfError returns the kind to decide by of a *protocol.Error, and "" of any
// other.
func kindOfError(err error) protocol.Kind {
	var e *protocol.Error
	if errors.As(err, &e) {
		return e.Basis()
	}
	return ""
}
