package api

import (
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/jsonrpc"
)

// answers are the buffers that results are encoded into. What is sent is a
// copy, so each is free again at once. Those that a long answer has grown
// beyond keepAnswer are left to the collector.
var answers = sync.Pool{New: func() any { return new([]byte) }}

// keepAnswer has room for a page of the default size.
const keepAnswer = 64 << 10

// withAnswer calls deliver with the answer to a request, which is good for
// that call alone.
func withAnswer(id jsontext.Value, result any, deliver func([]byte)) {
	buffer := answers.Get().(*[]byte)
	*buffer = jsonrpc.AppendResult((*buffer)[:0], id, result)
	deliver(*buffer)
	putAnswer(buffer)
}

func putAnswer(buffer *[]byte) {
	if cap(*buffer) <= keepAnswer {
		answers.Put(buffer)
	}
}
