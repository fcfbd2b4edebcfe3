package clientkit

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// wire is the server's end of what the client of a case connects to. Its
// goroutines are those of the HTTP server, one for each connection, which end
// with it, and in the end with close.
type wire struct {
	url    string
	server *http.Server
	calls  chan *call
	open   context.Context // until close; the server does not close websockets
	stop   context.CancelFunc
}

// call is one connection of the client.
type call struct {
	ws     *websocket.Conn
	at     time.Time
	frames chan frame // closed after the one that says how it ended
	ended  chan struct{}
	asked  []jsontext.Value // the ids of requests that are not answered yet
	used   []string         // the ids of all requests
}

// frame is what came from the client: a text, or the end.
type frame struct {
	at   time.Time
	text jsontext.Value
	end  string // in words, "" for a text
	code int    // of a close frame
}

func newWire() (*wire, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	w := &wire{url: "ws://" + l.Addr().String(), calls: make(chan *call, 1000)}
	w.open, w.stop = context.WithCancel(context.Background())
	w.server = &http.Server{Handler: http.HandlerFunc(w.serve)}
	go w.server.Serve(l) // until close
	return w, nil
}

func (w *wire) close() {
	w.stop()
	w.server.Close()
}

func (w *wire) serve(rw http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(rw, r, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(1 << 20)
	c := &call{ws: ws, at: time.Now(), frames: make(chan frame, 1000), ended: make(chan struct{})}
	defer close(c.ended)
	defer close(c.frames)
	w.calls <- c
	for {
		kind, text, err := ws.Read(w.open)
		f := frame{at: time.Now(), text: text, code: int(websocket.CloseStatus(err))}
		switch {
		case err != nil && f.code > 0:
			f.end = fmt.Sprintf("close %d", f.code)
		case err != nil:
			f.end = "the end of the connection"
		case kind == websocket.MessageBinary:
			f.end = "a binary frame"
		case !f.text.IsValid():
			f.end = "a frame that is not JSON: " + string(text)
		}
		c.frames <- f
		if f.end != "" {
			return
		}
	}
}

// request notes the id of a request, which must be one that the connection has
// not seen.
func (c *call) request(text jsontext.Value) error {
	var r message
	if err := json.Unmarshal(text, &r); err != nil {
		return err
	}
	switch kind := r.Params.Kind(); {
	case r.Version != "2.0" || r.Method == "":
		return fmt.Errorf("not a request of JSON-RPC 2.0: %s", text)
	case r.Params != nil && kind != '{' && kind != '[' && kind != 'n':
		return fmt.Errorf("params are neither an object nor an array: %s", text)
	case r.ID == nil:
		return nil
	case r.ID.Kind() != '0' && r.ID.Kind() != '"':
		return fmt.Errorf("the id is neither a number nor a string: %s", text)
	case slices.Contains(c.used, string(r.ID)):
		return fmt.Errorf("the id %s is used twice on a connection", r.ID)
	}
	c.used = append(c.used, string(r.ID))
	c.asked = append(c.asked, r.ID)
	return nil
}
