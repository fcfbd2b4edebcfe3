package clientkit

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// wire is the server's end of what the client of a case connects to. Its
// goroutines are those of the HTTP server, one for each connection, which end
// with it, and all before close returns.
type wire struct {
	url    string
	server *http.Server
	calls  chan *call
	open   context.Context // until close; the server does not close websockets
	stop   context.CancelFunc

	mu      sync.Mutex // of stop, and of beginning to serve
	serving sync.WaitGroup
}

// framesMax is how many frames of a connection wait to be read; the client waits with more.
const framesMax = 1000

// call is one connection of the client.
type call struct {
	ws     *websocket.Conn
	at     time.Time
	frames chan frame       // closed after the one that says how it ended
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
	w.serving.Go(func() { w.server.Serve(l) }) // until close
	return w, nil
}

// close ends all connections, and waits until nothing is served any more.
func (w *wire) close() {
	w.mu.Lock()
	w.stop()
	w.mu.Unlock()
	w.server.Close()
	w.serving.Wait()
}

// begin says whether a connection may be served, which close then waits for.
func (w *wire) begin() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.open.Err() != nil {
		return false
	}
	w.serving.Add(1)
	return true
}

func (w *wire) serve(rw http.ResponseWriter, r *http.Request) {
	if !w.begin() {
		return
	}
	defer w.serving.Done()
	ws, err := websocket.Accept(rw, r, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	ws.SetReadLimit(1 << 20)
	c := &call{ws: ws, at: time.Now(), frames: make(chan frame, framesMax)}
	defer close(c.frames)
	select {
	case w.calls <- c:
	case <-w.open.Done():
		return
	}
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
		select {
		case c.frames <- f:
		case <-w.open.Done():
			return
		}
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
