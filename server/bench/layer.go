package main

import (
	"testing"
	"time"

	"asappchat/clients/load"
	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
)

// layers is what JSON-RPC takes of a send, in this process: reading the
// request, its params with their bounds, and writing the answer. The event is
// the hub's, and made once for all who get it.
var layers = []scenario{{"json-rpc", layer}}

func layer(*lab) ([]*row, error) {
	template, err := load.NewSend(0, "user00001")
	if err != nil {
		return nil, err
	}
	message := template.Frame(0, 0)[maskedHeader:]
	sent := protocol.SendResult{Conversation: "c:0123456789012345678901", Seq: 123_456, At: protocol.TimeOf(time.Now())}
	limits := protocol.DefaultLimits()
	var served serving
	var bad *protocol.Error
	result := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if bad = served.send(message, &limits, sent); bad != nil {
				b.FailNow()
			}
		}
	})
	if bad != nil {
		return nil, bad
	}
	took := &row{name: "JSON-RPC of a send: time", unit: micros, target: itselfAtMost(3)}
	took.add(float64(result.NsPerOp())/1000, 0)
	allocations := &row{name: "JSON-RPC of a send: allocations", unit: digits, target: itselfAtMost(6)}
	allocations.add(float64(result.AllocsPerOp()), 0)
	return []*row{took, allocations}, nil
}

// maskedHeader is the length of a masked frame's header: the length is in 16
// bits.
const maskedHeader = 2 + 2 + 4

// serving is what the server keeps from one frame to the next.
type serving struct {
	requests []jsonrpc.Request
	answer   []byte
}

// send does with a frame what the server does, without what is not JSON.
func (s *serving) send(message []byte, limits *protocol.Limits, sent protocol.SendResult) (bad *protocol.Error) {
	if s.requests, _, bad = jsonrpc.Decode(message, limits, s.requests[:0]); bad != nil {
		return bad
	}
	if _, bad := protocol.Send.Decode(s.requests[0].Params, limits); bad != nil {
		return bad
	}
	s.answer = jsonrpc.AppendResult(s.answer[:0], s.requests[0].ID.Clone(), &sent)
	return nil
}
