package protocol_test

import (
	"fmt"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/alloctest"
)

var event = protocol.MessageEvent{Cursor: "lRmAHIFfhBB6AiTV3BDEHQ", Message: protocol.Message{Conversation: "c:0123456789012345678901",
	Seq: 12345, Rev: 1, Sender: "ana", At: 1795428000007, ClientID: "0198c5a0-1b2c-7def-8abc-0123456789ab",
	Body: "a message of about the usual length, which is a hundred and twenty bytes, give or take a few that do not matter here"}}

func BenchmarkEventAppend(b *testing.B) {
	b.ReportAllocs()
	var buffer []byte
	for b.Loop() {
		buffer = event.AppendJSON(buffer[:0])
	}
}

func BenchmarkEventMarshal(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := json.Marshal(&event); err != nil {
			b.Fatal(err)
		}
	}
}

// page is a page of history of the default length.
func page() *protocol.HistoryResult {
	p := &protocol.HistoryResult{Conversation: event.Message.Conversation, FirstSeq: 1, LastSeq: 12394}
	for i := range 50 {
		m := event.Message
		m.Seq += int64(i)
		p.Messages = append(p.Messages, m)
	}
	return p
}

func BenchmarkPageAppend(b *testing.B) {
	b.ReportAllocs()
	p := page()
	var buffer []byte
	for b.Loop() {
		buffer = p.AppendJSON(buffer[:0])
	}
}

// What is encoded by hand allocates nothing where there is room.
func TestAppendJSONAllocations(t *testing.T) {
	p := page()
	sent := &protocol.SendResult{Conversation: event.Message.Conversation, Seq: 12345, At: event.Message.At}
	pinged := &protocol.PingResult{At: event.Message.At, Cursor: event.Cursor}
	buffer := p.AppendJSON(nil)
	for _, v := range []appender{&event, p, sent, pinged} {
		alloctest.AtMost(t, 100, 0, func() { buffer = v.AppendJSON(buffer[:0]) })
	}
}

// sends are the params of different messages: the decoder keeps short strings
// that it saw lately, and would not allocate for one message over and over.
func sends() (params []jsontext.Value) {
	for i := range 1000 {
		params = append(params, fmt.Appendf(nil, `{"to":"bo","body":"%s %d","client_id":"0198c5a0-1b2c-7def-8abc-%012d"}`, event.Message.Body, i, i))
	}
	return params
}

func decodeSend(t testing.TB, params jsontext.Value) {
	if _, err := protocol.Send.Decode(params, &limits); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkDecodeSend(b *testing.B) {
	b.ReportAllocs()
	params := sends()
	for i := 0; b.Loop(); i++ {
		decodeSend(b, params[i%len(params)])
	}
}

// The params of a send allocate themselves, the body and the client id. Those
// of a ping, which has none, are nothing.
func TestDecodeParamsAllocations(t *testing.T) {
	params, i := sends(), 0
	alloctest.AtMost(t, 200, 3, func() {
		decodeSend(t, params[i])
		i++
	})
	alloctest.AtMost(t, 100, 0, func() {
		if _, err := protocol.Ping.Decode(nil, &limits); err != nil {
			t.Fatal(err)
		}
	})
}

var limits = protocol.DefaultLimits()
