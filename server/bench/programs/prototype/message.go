package prototype

import (
	"crypto/sha256"
	"strconv"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/uuid"

	"asappchat/protocol"
	"asappchat/server/wire"
)

// peer is a connection, and who is at its end.
type peer struct {
	prototype *Prototype
	conn      *wire.Conn
	name      string
}

// request is all that is understood.
type request struct {
	JSONRPC string         `json:"jsonrpc"`
	ID      jsontext.Value `json:"id"`
	Method  string         `json:"method"`
	Params  struct {
		Username string `json:"username"`
		To       string `json:"to"`
		Body     string `json:"body"`
		ClientID string `json:"client_id"`
	} `json:"params"`
}

// readLimit bounds a message, as in the server.
const readLimit = 256 << 10

// Message takes a request: a message is queued, a login says who is there,
// and everything else is answered with nothing.
func (c *peer) Message(data []byte) {
	var r request
	if err := json.Unmarshal(data, &r, json.RejectUnknownMembers(true)); err != nil {
		c.conn.Close(protocol.CloseInvalidData, err.Error())
		return
	}
	switch r.Method {
	case "send":
		c.send(&r)
		return
	case "login":
		c.name = r.Params.Username
		c.conn.Admit(readLimit)
		c.prototype.enter(c.name, c)
	}
	c.conn.Send(append(appendID(nil, r.ID), `,"result":{}}`...))
}

// Closed is the end of the connection. The prototype remembers it all the
// same, and sends to it in vain.
func (c *peer) Closed() {}

func (c *peer) send(r *request) {
	key, err := uuid.Parse(r.Params.ClientID)
	if err != nil {
		c.conn.Close(protocol.CloseInvalidData, err.Error())
		return
	}
	content := sha256.Sum256([]byte(r.Params.Body))
	c.prototype.submit(&message{
		from:     c,
		id:       r.ID,
		to:       r.Params.To,
		body:     r.Params.Body,
		clientID: r.Params.ClientID,
		key:      key,
		content:  [16]byte(content[:]),
		at:       time.Now().UnixMilli(),
	})
}

// message is one on its way.
type message struct {
	from               *peer
	id                 jsontext.Value
	to, body, clientID string
	key, content       [16]byte
	at                 int64

	// Since the commit.
	conversation *conversation
	seq, place   int64
}

// answer is as long as the server's.
func (m *message) answer() []byte {
	b := appendID(make([]byte, 0, 192), m.id)
	b = append(b, `,"result":{"conversation":"`...)
	b = append(b, m.conversation.id...)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, m.seq, 10)
	b = append(b, `,"at":"`...)
	b = m.appendTime(b)
	return append(b, `","duplicate":false}}`...)
}

// event is as long as the server's.
func (m *message) event() []byte {
	b := append(make([]byte, 0, 512), `{"jsonrpc":"2.0","method":"message","params":{"message":{"conversation":"`...)
	b = append(b, m.conversation.id...)
	b = append(b, `","seq":`...)
	b = strconv.AppendInt(b, m.seq, 10)
	b = append(b, `,"rev":1,"sender":"`...)
	b = append(b, m.from.name...)
	b = append(b, `","body":`...)
	b, _ = jsontext.AppendQuote(b, m.body) // it was valid when it came
	b = append(b, `,"at":"`...)
	b = m.appendTime(b)
	b = append(b, `","client_id":"`...)
	b = append(b, m.clientID...)
	b = append(b, `"},"cursor":"012`...)
	b = strconv.AppendInt(b, 1e18+m.place, 10)
	return append(b, `"}}`...)
}

func (m *message) appendTime(b []byte) []byte {
	return time.UnixMilli(m.at).UTC().AppendFormat(b, "2006-01-02T15:04:05.000Z")
}

func appendID(b []byte, id jsontext.Value) []byte {
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	return append(b, id...)
}
