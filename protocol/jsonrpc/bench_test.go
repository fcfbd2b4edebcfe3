package jsonrpc_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/alloctest"
	"asappchat/protocol/jsonrpc"
)

// sendFrames are requests to send different messages: the decoder keeps short
// strings that it saw lately, and would not allocate for one frame over and
// over.
func sendFrames() (frames [][]byte) {
	for i := range 1000 {
		frames = append(frames, fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%d,"method":"send","params":{"to":"bo","body":"%s%d","client_id":"0198c5a0-1b2c-7def-8abc-%012d"}}`,
			i, strings.Repeat("x", 110), i, i))
	}
	return frames
}

var (
	id     = jsontext.Value("17")
	sent   = protocol.SendResult{Conversation: "c:0123456789012345678901", Seq: 12345, At: 1795428000007}
	pushed = protocol.MessageEvent{Cursor: "lRmAHIFfhBB6AiTV3BDEHQ", Message: protocol.Message{Conversation: sent.Conversation,
		Seq: 12345, Rev: 1, Sender: "ana", At: sent.At, ClientID: "0198c5a0-1b2c-7def-8abc-0123456789ab", Body: strings.Repeat("x", 120)}}
)

func page() *protocol.HistoryResult {
	p := &protocol.HistoryResult{Conversation: sent.Conversation, FirstSeq: 1, LastSeq: 50}
	for i := range 50 {
		m := pushed.Message
		m.Seq = int64(i + 1)
		p.Messages = append(p.Messages, m)
	}
	return p
}

// decoder decodes one frame after another into the same requests, as a
// connection does.
func decoder(t testing.TB) func() {
	frames, i := sendFrames(), 0
	requests := make([]jsonrpc.Request, 0, 1)
	return func() {
		if _, _, err := jsonrpc.Decode(frames[i%len(frames)], &limits, requests[:0]); err != nil {
			t.Fatal(err)
		}
		i++
	}
}

// roundTrips decodes one send after another with its params, and answers it.
func roundTrips(t testing.TB) func() {
	frames, i := sendFrames(), 0
	requests := make([]jsonrpc.Request, 0, 1)
	var answer []byte
	return func() {
		requests, _, err := jsonrpc.Decode(frames[i%len(frames)], &limits, requests[:0])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := protocol.Send.Decode(requests[0].Params, &limits); err != nil {
			t.Fatal(err)
		}
		answer = jsonrpc.AppendResult(answer[:0], requests[0].ID, &sent)
		i++
	}
}

// A frame is decoded in place. A send allocates its params, the body and the
// client id.
func TestSendAllocations(t *testing.T) {
	alloctest.AtMost(t, 200, 0, decoder(t))
	alloctest.AtMost(t, 200, 3, roundTrips(t))
}

// An answer to send and an event are made with room, and not grown. Where there
// is room already nothing is allocated, however long it is.
func TestEncodeAllocations(t *testing.T) {
	alloctest.AtMost(t, 100, 1, func() { kept = jsonrpc.AppendResult(nil, id, &sent) })
	alloctest.AtMost(t, 100, 1, notify)
	p := page()
	kept = jsonrpc.AppendResult(nil, id, p)
	alloctest.AtMost(t, 100, 0, func() { kept = jsonrpc.AppendResult(kept[:0], id, p) })
}

// kept is global, so that what it holds is allocated.
var kept []byte

func BenchmarkDecode(b *testing.B)  { repeat(b, decoder(b)) }
func BenchmarkSend(b *testing.B)    { repeat(b, roundTrips(b)) }
func BenchmarkAnswer(b *testing.B)  { repeat(b, func() { kept = jsonrpc.AppendResult(nil, id, &sent) }) }
func BenchmarkMessage(b *testing.B) { repeat(b, notify) }

func BenchmarkPage(b *testing.B) {
	p := page()
	repeat(b, func() { kept = jsonrpc.AppendResult(nil, id, p) })
}

func notify() { kept = jsonrpc.AppendNotification(nil, protocol.OnMessage, &pushed) }

func repeat(b *testing.B, f func()) {
	b.ReportAllocs()
	for b.Loop() {
		f()
	}
}
