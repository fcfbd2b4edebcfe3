package jsonrpc

import (
	stdjson "encoding/json"
	"fmt"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"

	"asappchat/protocol"
)

// AppendResult appends the answer to a request that succeeded; result points
// to it. A nil id, of a request without a readable one, is null. It panics
// when the result cannot be encoded, which is a bug.
func AppendResult(b []byte, id jsontext.Value, result any) []byte {
	b = appendID(b, id)
	b = append(b, `,"result":`...)
	b = appendJSON(b, result)
	return append(b, '}')
}

// AppendError appends the answer to a request that failed.
func AppendError(b []byte, id jsontext.Value, err *protocol.Error) []byte {
	b = appendID(b, id)
	b = append(b, `,"error":`...)
	b = appendJSON(b, ErrorObject(err))
	return append(b, '}')
}

// AppendNotification appends a notification with params that are not encoded
// yet.
func AppendNotification[P any](b []byte, event protocol.Event[P], params *P) []byte {
	if cap(b) == 0 {
		b = make([]byte, 0, notificationSize)
	}
	b = append(b, `{"jsonrpc":"2.0","method":"`...)
	b = append(b, event.Name...)
	b = append(b, `","params":`...)
	b = appendJSON(b, params)
	return append(b, '}')
}

// answerSize and notificationSize are room for most answers and events, so that
// they are not grown.
const (
	answerSize       = 192
	notificationSize = 512
)

func appendID(b []byte, id jsontext.Value) []byte {
	if cap(b) == 0 {
		b = make([]byte, 0, answerSize)
	}
	b = append(b, `{"jsonrpc":"2.0","id":`...)
	if id == nil {
		return append(b, "null"...)
	}
	return append(b, id...)
}

// appendJSON appends what v points to.
func appendJSON(b []byte, v any) []byte {
	if own, ok := v.(interface{ AppendJSON([]byte) []byte }); ok {
		return own.AppendJSON(b)
	}
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(fmt.Sprintf("jsonrpc: %T does not encode: %v", v, err))
	}
	return append(b, encoded...)
}

// ErrorObject returns an error as it stands on the wire.
func ErrorObject(err *protocol.Error) *jsonrpc2.Error {
	data, _ := json.Marshal(err.Data())
	raw := stdjson.RawMessage(data)
	return &jsonrpc2.Error{Code: err.Kind.Code(), Message: err.Message, Data: &raw}
}
