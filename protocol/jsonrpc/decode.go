package jsonrpc

import (
	"bytes"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// A Request is one call or notification, or what came in the place of one.
// Its slices point into the decoded frame.
type Request struct {
	// ID is the request's id as it was written, nil for a notification.
	ID     jsontext.Value
	Method string
	// Params is an object, an array, or nil when there are none.
	Params jsontext.Value
	// Err, when set, says that this is not a request. It is to be answered
	// under ID, or under a null id when ID is nil.
	Err *protocol.Error
}

// Decode appends the requests of a frame to requests, and says whether they
// are a batch. Answers to requests, which a server never sends, are dropped.
// An error is about the frame as a whole and is to be answered once, with a
// null id: nothing of the frame may then take effect. data must be valid
// UTF-8.
func Decode(data []byte, limits *protocol.Limits, requests []Request) (_ []Request, batch bool, _ *protocol.Error) {
	d := decoders.Get().(*decoder)
	defer d.release()
	d.reset(data)
	if tooDeep(data, limits.Depth) {
		return nil, false, protocol.Errorf(protocol.Parse, "nested deeper than %d", limits.Depth)
	}
	var err error
	if batch = d.dec.PeekKind() == '['; batch {
		requests, err = d.batch(requests, limits.Batch)
	} else {
		requests, err = d.member(requests)
	}
	if err == nil {
		err = d.end()
	}
	switch {
	case err != nil:
		return nil, false, protocol.Errorf(protocol.Parse, "not JSON: %s", reason(err))
	case batch && d.members == 0:
		return nil, false, protocol.Errorf(protocol.InvalidRequest, "an empty batch")
	case batch && d.members > limits.Batch:
		return nil, false, protocol.Errorf(protocol.TooLarge, "a batch of more than %d", limits.Batch)
	}
	return requests, batch, nil
}

// decoder reads one frame. It is pooled, because a jsontext.Decoder is large.
type decoder struct {
	dec     jsontext.Decoder
	buf     bytes.Buffer
	data    []byte
	members int // of a batch
}

var decoders = sync.Pool{New: func() any { return new(decoder) }}

func (d *decoder) reset(data []byte) {
	d.data, d.members = data, 0
	d.buf = *bytes.NewBuffer(data)
	d.dec.Reset(&d.buf)
}

func (d *decoder) release() {
	d.data, d.buf = nil, bytes.Buffer{}
	decoders.Put(d)
}

// end checks that nothing but white space follows.
func (d *decoder) end() error {
	if len(bytes.Trim(d.data[d.dec.InputOffset():], " \t\r\n")) > 0 {
		return errTrailing
	}
	return nil
}

// batch reads the members of a batch, and appends the first limit of them.
// Those beyond are read all the same, since what is not JSON is refused as
// that; but a frame of nothing but "1,1,1" would make 131,000 requests.
func (d *decoder) batch(requests []Request, limit int) ([]Request, error) {
	if _, err := d.dec.ReadToken(); err != nil {
		return nil, err
	}
	for d.dec.PeekKind() != ']' {
		var err error
		if d.members < limit {
			requests, err = d.member(requests)
		} else {
			_, err = d.value()
		}
		if err != nil {
			return nil, err
		}
		d.members++
	}
	_, err := d.dec.ReadToken()
	return requests, err
}

// member reads a value that should be a request.
func (d *decoder) member(requests []Request) ([]Request, error) {
	if d.dec.PeekKind() != '{' {
		if _, err := d.value(); err != nil {
			return nil, err
		}
		return append(requests, Request{Err: invalid("a request is an object")}), nil
	}
	var e envelope
	if err := d.envelope(&e); err != nil {
		return nil, err
	}
	if e.isAnswer() {
		return requests, nil
	}
	return append(requests, e.request()), nil
}

// envelope holds the members of a request as they were written, nil when
// absent.
type envelope struct {
	version, id, method, params, result, failure jsontext.Value
}

func (d *decoder) envelope(e *envelope) error {
	if _, err := d.dec.ReadToken(); err != nil {
		return err
	}
	for d.dec.PeekKind() != '}' {
		name, err := d.value()
		if err != nil {
			return err
		}
		value, err := d.value()
		if err != nil {
			return err
		}
		switch text(name) {
		case "jsonrpc":
			e.version = value
		case "id":
			e.id = value
		case "method":
			e.method = value
		case "params":
			e.params = value
		case "result":
			e.result = value
		case "error":
			e.failure = value
		}
	}
	_, err := d.dec.ReadToken()
	return err
}

// value reads a value and returns it as it stands in the frame, so that it
// stays when the decoder goes on.
func (d *decoder) value() (jsontext.Value, error) {
	v, err := d.dec.ReadValue()
	if err != nil {
		return nil, err
	}
	end := d.dec.InputOffset()
	return d.data[end-int64(len(v)) : end : end], nil
}

func (e *envelope) isAnswer() bool {
	return e.method == nil && (e.result != nil || e.failure != nil)
}

func (e *envelope) request() Request {
	r := Request{ID: e.id, Params: e.params}
	switch e.id.Kind() {
	case '{', '[', 't', 'f':
		r.ID = nil
		r.Err = invalid("an id is a string, a number or null")
		return r
	}
	if r.Params.Kind() == 'n' {
		r.Params = nil
	}
	switch {
	case text(e.version) != "2.0" || e.version.Kind() != '"':
		r.Err = invalid("\"jsonrpc\" must be \"2.0\"")
	case e.method.Kind() != '"':
		r.Err = invalid("\"method\" must be a string")
	case e.result != nil || e.failure != nil:
		r.Err = invalid("a request has neither \"result\" nor \"error\"")
	case r.Params != nil && r.Params.Kind() != '{' && r.Params.Kind() != '[':
		r.Err = invalid("\"params\" must be an object or an array")
	default:
		r.Method = text(e.method)
	}
	return r
}

func invalid(message string) *protocol.Error {
	return protocol.Errorf(protocol.InvalidRequest, "%s", message)
}
