package load

import (
	"fmt"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// reply is anything that a server sends.
type reply struct {
	ID     jsontext.Value `json:"id"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
	Result jsontext.Value `json:"result"`
	Error  *refusal       `json:"error"`
}

// refusal is the error object of an answer.
type refusal struct {
	Code    int64              `json:"code"`
	Message string             `json:"message"`
	Data    protocol.ErrorData `json:"data"`
}

// err is the refusal as an error. One without a kind of ours keeps its code.
func (r *refusal) err() *protocol.Error {
	kind := r.Data.Kind
	if kind == "" {
		kind = protocol.Kind(fmt.Sprintf("error %d", r.Code))
	}
	return &protocol.Error{
		Kind: kind, Message: r.Message, RetryAfter: time.Duration(r.Data.RetryAfterMS) * time.Millisecond,
		Pointer: r.Data.Pointer, Incident: r.Data.Incident,
	}
}

// Call calls a method and waits for its result, passing over events. A refusal
// is a [*protocol.Error]. It is for connections that no load reads.
func (c *Conn) Call(method string, params, result any) error {
	message, err := encodeRequest("1", method, params)
	if err != nil {
		return err
	}
	if err := c.Write(Frame(message)); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	if err := c.result(result); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return nil
}

// result takes the result of the next answer.
func (c *Conn) result(result any) error {
	r, err := c.reply()
	switch {
	case err != nil:
		return err
	case r.Error != nil:
		return r.Error.err()
	case result == nil:
		return nil
	}
	return json.Unmarshal(r.Result, result)
}

// Await reads until so many requests have been answered with a result, and so
// many messages told. A refusal is a [*protocol.Error].
func (c *Conn) Await(answers, messages int) error {
	for answers > 0 || messages > 0 {
		message, err := c.Next()
		if err != nil {
			return err
		}
		if IsMessage(message) {
			messages--
			continue
		}
		var r reply
		if err := json.Unmarshal(message, &r); err != nil {
			return err
		}
		if r.Error != nil {
			return r.Error.err()
		}
		if r.ID != nil {
			answers--
		}
	}
	return nil
}

// reply takes the next answer, which may be used until the next reading.
func (c *Conn) reply() (r reply, err error) {
	for r.ID == nil && r.Error == nil {
		message, err := c.Next()
		if err != nil {
			return r, err
		}
		if err := json.Unmarshal(message, &r); err != nil {
			return r, err
		}
	}
	return r, nil
}

// encodeRequest makes a request, whose id is a number.
func encodeRequest(id, method string, params any) ([]byte, error) {
	encoded, err := json.Marshal(params)
	return fmt.Appendf(nil, `{"jsonrpc":"2.0","id":%s,"method":%q,"params":%s}`, id, method, encoded), err
}
