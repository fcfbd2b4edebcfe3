package load

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"asappchat/protocol"
)

// BodyBytes is the length of all messages, that of an average line of a chat.
const BodyBytes = 120

// A body begins with when its sending was due, in microseconds since the start
// of the load, the number of its sender, and the number of the message among
// those of its sender; each with leading zeros and a space behind it.
const (
	stampDigits  = 12
	senderDigits = 5
	numberDigits = 10
	stampBytes   = stampDigits + 1 + senderDigits + 1 + numberDigits
)

var text = strings.Repeat("A line of some chat, told at length. ", 4)

// firstID is the id of a sender's first request. It has as many digits as any
// that follows.
const (
	firstID  = 1_000_000_000
	idDigits = 10
)

// Source makes the frames of a sender's requests.
type Source interface {
	// Frame returns the frame of request number n, from 0 up, which is due at
	// some time since the start of the load. It may be used until the next call.
	Frame(n int64, due time.Duration) []byte
}

// Same is a frame that is always the same.
type Same []byte

func (s Same) Frame(int64, time.Duration) []byte { return s }

// Template is the frame of a request, in which the id, and of a send the
// client id and the beginning of the body, are overwritten for each request.
// It is for one goroutine at a time.
type Template struct {
	frame []byte
	// Parts of frame; those of a send alone may be nil.
	id, clientID, stamp, number []byte
}

// NewRequest makes the requests of a method with params that stay the same.
func NewRequest(method string, params any) (*Template, error) {
	id := strconv.Itoa(firstID)
	message, err := encodeRequest(id, method, params)
	if err != nil {
		return nil, err
	}
	t := &Template{frame: Frame(message)}
	t.id = t.part(id)
	return t, nil
}

// NewSend makes the sends of a sender, who has a number, to somebody.
func NewSend(sender int, to string) (*Template, error) {
	if sender >= 100_000 {
		return nil, errors.New("there are more than 100,000 senders")
	}
	stamp := fmt.Sprintf("%0*d %0*d %0*d", stampDigits, 0, senderDigits, sender, numberDigits, 0)
	clientID := uuid.Nil.String()
	t, err := NewRequest(protocol.Send.Name, protocol.SendParams{
		To: to, Body: (stamp + " " + text)[:BodyBytes], ClientID: clientID,
	})
	if err != nil {
		return nil, err
	}
	t.clientID = t.part(clientID)
	said := t.part(stamp)
	t.stamp, t.number = said[:stampDigits], said[stampBytes-numberDigits:]
	return t, nil
}

func (t *Template) part(s string) []byte {
	at := bytes.Index(t.frame, []byte(s))
	return t.frame[at : at+len(s)]
}

// Frame is that of [Source].
func (t *Template) Frame(n int64, due time.Duration) []byte {
	putDigits(t.id, firstID+n)
	if t.stamp != nil {
		copy(t.clientID, uuid.Must(uuid.NewV7()).String())
		putDigits(t.stamp, due.Microseconds())
		putDigits(t.number, n)
	}
	return t.frame
}

// Turns are requests that are made in turn.
type Turns []*Template

func (t Turns) Frame(n int64, due time.Duration) []byte {
	return t[n%int64(len(t))].Frame(n, due)
}

// putDigits fills b with the digits of n.
func putDigits(b []byte, n int64) {
	for i := len(b) - 1; i >= 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
}

// digits reads what putDigits has written, -1 for anything else.
func digits(b []byte) (n int64) {
	for _, c := range b {
		if c < '0' || c > '9' {
			return -1
		}
		n = 10*n + int64(c-'0')
	}
	return n
}

// stamp is what a body begins with.
type stamp struct {
	due    time.Duration
	sender int
	number int64
}

var bodyPrefix = []byte(`"body":"`)

// readStamp finds the stamp in the event of a message.
func readStamp(event []byte) (stamp, error) {
	_, b, _ := bytes.Cut(event, bodyPrefix)
	return parseStamp(b)
}

func parseStamp(b []byte) (stamp, error) {
	if len(b) < stampBytes {
		return stamp{}, fmt.Errorf("the server told of a message that is none of ours: %.300q", b)
	}
	const sender = stampDigits + 1
	const number = sender + senderDigits + 1
	due, from, n := digits(b[:stampDigits]), digits(b[sender:sender+senderDigits]), digits(b[number:number+numberDigits])
	if due < 0 || from < 0 || n < 0 {
		return stamp{}, fmt.Errorf("the server told of a message that is none of ours: %.300q", b)
	}
	return stamp{time.Duration(due) * time.Microsecond, int(from), n}, nil
}
