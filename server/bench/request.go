package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"asappchat/protocol"
)

// bodyBytes is the length of all messages, that of an average line of a chat.
const bodyBytes = 120

// body is what all messages say, but for its beginning.
var body = (fmt.Sprintf("%0*d %0*d ", stampDigits, 0, senderDigits, 0) +
	strings.Repeat("A line of some chat, told at length. ", 4))[:bodyBytes]

// A body begins with the time of its sending, in microseconds since the start
// of this process, and the number of its sender, each with leading zeros.
const (
	stampDigits  = 12
	senderDigits = 5
)

// template is the frame of a send, in which the id, the client id and the time
// are overwritten for each message. It is for one goroutine at a time.
type template struct {
	frame               []byte
	id, clientID, stamp []byte // parts of frame
	n                   int64
}

// firstID is an id of as many digits as any that follows.
const firstID = 1_000_000_000

// newTemplate makes the sends of a sender, who has a number, to somebody.
func newTemplate(sender int, to string) (*template, error) {
	id, clientID := strconv.Itoa(firstID), uuid.Nil.String()
	said := fmt.Sprintf("%0*d %0*d", stampDigits, 0, senderDigits, sender) + body[stampDigits+1+senderDigits:]
	message, err := encodeRequest(id, protocol.Send.Name, protocol.SendParams{To: to, Body: said, ClientID: clientID})
	if err != nil {
		return nil, err
	}
	t := &template{frame: appendFrame(nil, message, true)}
	t.id, t.clientID, t.stamp = t.part(id), t.part(clientID), t.part(said)[:stampDigits]
	return t, nil
}

func (t *template) part(s string) []byte {
	at := bytes.Index(t.frame, []byte(s))
	return t.frame[at : at+len(s)]
}

// next returns the frame of another message, to be used before the next call.
func (t *template) next() []byte {
	strconv.AppendInt(t.id[:0], firstID+t.n, 10)
	copy(t.clientID, uuid.Must(uuid.NewV7()).String())
	putDigits(t.stamp, time.Since(started).Microseconds())
	t.n++
	return t.frame
}

// putDigits fills b with the digits of n.
func putDigits(b []byte, n int64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

var bodyPrefix = []byte(`"body":"`)

// readStamp tells when the message of an event was sent, and by whom.
func readStamp(event []byte) (at time.Duration, sender int, err error) {
	_, rest, _ := bytes.Cut(event, bodyPrefix)
	if len(rest) < stampDigits+1+senderDigits {
		return 0, 0, fmt.Errorf("no stamp in %s", event)
	}
	micros, err := strconv.ParseInt(string(rest[:stampDigits]), 10, 64)
	if err != nil {
		return 0, 0, err
	}
	sender, err = strconv.Atoi(string(rest[stampDigits+1 : stampDigits+1+senderDigits]))
	return time.Duration(micros) * time.Microsecond, sender, err
}

// fixed is a frame that is always the same.
type fixed []byte

func (f fixed) next() []byte { return f }

// newFixed makes the frame of a request, whose id has as many digits as all.
func newFixed(method string, params any) (fixed, error) {
	message, err := encodeRequest(strconv.Itoa(firstID), method, params)
	return appendFrame(nil, message, true), err
}

// encodeRequest makes a request.
func encodeRequest(id, method string, params any) ([]byte, error) {
	encoded, err := json.Marshal(params)
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, encoded), err
}
