package chatclient

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"
	jsonv2 "github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	"github.com/sourcegraph/jsonrpc2"
)

const (
	// readLimit bounds one incoming frame, in bytes. A page has 64 KiB unless
	// the server was told otherwise.
	readLimit = 4 << 20
	// writeTimeout is how long one frame may take to leave.
	writeTimeout = 30 * time.Second
)

// NewObjectStream makes a websocket connection the stream of a
// [jsonrpc2.Conn]: one text frame is one message. What is read is held to the
// letter: frames that are not JSON (RFC 8259, names without duplicates), that
// are neither request nor response or that have both a result and an error end
// the connection with status 1002. Answers whose id is null or not an id are
// skipped, since they answer no request; batches are never asked for and so
// refused. A frame may have 4 MiB, and 30 seconds to be written.
//
// Ids should be picked from 1 up ([jsonrpc2.PickID]). The caller reads from
// one goroutine and writes from one goroutine at a time, as jsonrpc2.Conn
// does. Close closes the connection with status 1000 and waits a few seconds
// for the other end to do so.
func NewObjectStream(ws *websocket.Conn) jsonrpc2.ObjectStream { return newStream(ws) }

type stream struct {
	ws     *websocket.Conn
	writes int           // frames that were begun; belongs to the writing goroutine
	ended  chan struct{} // closed when nothing more will be read
	err    error         // why; set before ended is closed
}

func newStream(ws *websocket.Conn) *stream {
	ws.SetReadLimit(readLimit)
	return &stream{ws: ws, ended: make(chan struct{})}
}

func (s *stream) WriteObject(v any) error {
	s.writes++
	// This encoder, and not encoding/json, because it leaves < > & as they are.
	data, err := jsonv2.Marshal(v)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), writeTimeout)
	defer cancel()
	return s.ws.Write(ctx, websocket.MessageText, data)
}

func (s *stream) ReadObject(v any) error {
	err := s.read(v)
	if err != nil {
		s.err = err
		close(s.ended)
		s.ws.CloseNow()
	}
	return err
}

func (s *stream) Close() error { return s.ws.Close(websocket.StatusNormalClosure, "") }

// read reads frames up to the first one that says something.
func (s *stream) read(v any) error {
	for {
		// The context has no end: one that ends would close the connection.
		kind, data, err := s.ws.Read(context.Background())
		if err != nil {
			return err
		}
		message, err := decodeFrame(kind, data)
		if err == nil && message != nil {
			err = json.Unmarshal(message, v)
		}
		if err != nil {
			s.ws.Close(websocket.StatusProtocolError, "not a JSON-RPC 2.0 message")
			return fmt.Errorf("protocol violated by the server: %w", err)
		}
		if message != nil {
			return nil
		}
	}
}

// frame is what may stand in a message. What else does is left out.
type frame struct {
	Version string         `json:"jsonrpc"`
	ID      jsontext.Value `json:"id,omitzero"`
	Method  *string        `json:"method,omitzero"`
	Params  jsontext.Value `json:"params,omitzero"`
	Result  jsontext.Value `json:"result,omitzero"`
	Error   jsontext.Value `json:"error,omitzero"`
}

// decodeFrame returns the message of a frame for the decoder of jsonrpc2,
// which is laxer than it should be, or nil when the frame is to be skipped.
func decodeFrame(kind websocket.MessageType, data []byte) ([]byte, error) {
	if kind != websocket.MessageText {
		return nil, errors.New("a binary frame")
	}
	var f frame
	if err := jsonv2.Unmarshal(data, &f); err != nil {
		return nil, err
	}
	if f.Error.Kind() == 'n' {
		f.Error = nil
	}
	isResponse := f.Result != nil || f.Error != nil
	switch {
	case f.Version != "2.0":
		return nil, errors.New("a frame without version 2.0")
	case isResponse == (f.Method != nil):
		return nil, errors.New("neither a request nor a response")
	case f.Result != nil && f.Error != nil:
		return nil, errors.New("a response with both a result and an error")
	case !isID(f.ID) && (isResponse || f.ID != nil):
		return nil, nil
	}
	return jsonv2.Marshal(f)
}

// isID says whether a request may have had this id.
func isID(id jsontext.Value) bool {
	if id.Kind() == '"' {
		return true
	}
	for _, c := range id {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(id) > 0
}
