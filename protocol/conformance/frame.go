package conformance

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// checkFrame holds what every frame of a server must be, so that no case has
// to say it: one JSON text, strictly read, that is a response, an event, or a
// batch of responses, and whose errors are whole.
func checkFrame(frame jsontext.Value) error {
	if !frame.IsValid() {
		return errors.New("the frame is not JSON, or has a name twice, or is not UTF-8")
	}
	if frame.Kind() != '[' {
		return checkMessage(frame)
	}
	batch := children(frame)
	if len(batch) == 0 {
		return errors.New("the frame is an empty array")
	}
	for i, m := range batch {
		if err := checkMessage(m.value); err != nil {
			return fmt.Errorf("/%d: %w", i, err)
		}
		if find(children(m.value), "method") != nil {
			return fmt.Errorf("/%d: an event in the answer to a batch", i)
		}
	}
	return nil
}

// checkMessage holds the rules of JSON-RPC 2.0, sections 4 and 5.
func checkMessage(message jsontext.Value) error {
	if message.Kind() != '{' {
		return errors.New("the message is not an object")
	}
	members := children(message)
	method, id := find(members, "method"), find(members, "id")
	result, failure := find(members, "result"), find(members, "error")
	switch {
	case unquote(find(members, "jsonrpc")) != "2.0":
		return errors.New(`jsonrpc is not "2.0"`)
	case method != nil:
		return checkEvent(method, id, find(members, "params"), result, failure)
	case id == nil:
		return errors.New("a response without an id")
	case (result == nil) == (failure == nil):
		return errors.New("a response needs a result or an error, and not both")
	case failure != nil:
		return checkError(failure)
	}
	return nil
}

func checkEvent(method, id, params, result, failure jsontext.Value) error {
	if method.Kind() != '"' || id != nil || result != nil || failure != nil || params.Kind() != '{' {
		return errors.New("an event has a method and params by name, and no id, result or error")
	}
	return nil
}

// checkError holds an error object: its shape, and the code and retryable that
// its kind fixes. Kinds that the kit does not know pass.
func checkError(e jsontext.Value) error {
	members := children(e)
	code, data := find(members, "code"), find(members, "data")
	if !matchers["int"](code) || find(members, "message").Kind() != '"' || data.Kind() != '{' {
		return errors.New("an error needs an integer code, a message and data")
	}
	kind, retryable := find(children(data), "kind"), find(children(data), "retryable")
	if kind.Kind() != '"' || !matchers["bool"](retryable) {
		return errors.New("the data of an error needs a kind and retryable")
	}
	want, ok := ErrorKindOf(unquote(kind))
	if ok && (string(code) != strconv.FormatInt(want.Code, 10) || string(retryable) != strconv.FormatBool(want.Retryable)) {
		return fmt.Errorf("the kind %s goes with code %d and retryable %v", kind, want.Code, want.Retryable)
	}
	return nil
}
