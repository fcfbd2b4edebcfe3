package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"asappchat/protocol"
)

// bodyBytes is the length of all messages, that of an average line of a chat.
const bodyBytes = 120

var body = strings.Repeat("A line of some chat, told at length. ", 4)[:bodyBytes]

// template is the frame of a send, in which the id and the client id are
// overwritten for each message. It is for one goroutine at a time.
type template struct {
	frame        []byte
	id, clientID []byte // parts of frame
	n            int64
}

// firstID is an id of as many digits as any that follows.
const firstID = 1_000_000_000

func newTemplate(to string) (*template, error) {
	id, clientID := strconv.Itoa(firstID), uuid.Nil.String()
	params, err := json.Marshal(protocol.SendParams{To: to, Body: body, ClientID: clientID})
	if err != nil {
		return nil, err
	}
	message := fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"method":"send","params":%s}`, id, params)
	t := &template{frame: appendFrame(nil, []byte(message), true)}
	t.id, t.clientID = t.part(id), t.part(clientID)
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
	t.n++
	return t.frame
}

// fixed is a frame that is always the same.
type fixed []byte

func (f fixed) next() []byte { return f }
