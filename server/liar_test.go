package server_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
)

// A lie is what stands between a server and its clients to break a promise.
// Its functions are called one at a time.
type lie struct {
	// request changes what the server is told; nil for nothing at all.
	request func(l *line, frame message) message
	// answer returns what the client is told.
	answer func(l *line, frame message) []message
	// deaf keeps a client from seeing that the server has closed.
	deaf bool
}

// message is a frame with one message; a frame with a batch is under "batch".
type message map[string]any

// liar passes messages between clients and a server, and lies.
type liar struct {
	lie
	server string
	mu     sync.Mutex
	lines  []*line
	known  map[string]any // what the lie remembers
}

// line is a connection by way of a liar.
type line struct {
	*liar
	client, server *websocket.Conn
	asked          map[string]message // requests, by their ids
	asking         message            // what the answer in hand is to, nil for an event
	held           []message          // by the lie
	subscribed     bool
	resumed        bool // is catching up
}

// tells starts a liar for the time of a test and returns its address.
func tells(t *testing.T, lie lie, server string) string {
	t.Helper()
	s := httptest.NewServer(&liar{lie: lie, server: server, known: map[string]any{}})
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func (s *liar) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer client.CloseNow()
	server, _, err := websocket.Dial(r.Context(), s.server, nil)
	if err != nil {
		return
	}
	defer server.CloseNow()
	client.SetReadLimit(-1)
	server.SetReadLimit(-1)
	l := &line{liar: s, client: client, server: server, asked: map[string]message{}}
	s.mu.Lock()
	s.lines = append(s.lines, l)
	s.mu.Unlock()
	ctx, cancel := context.WithCancel(r.Context())
	var answers sync.WaitGroup
	answers.Go(func() { l.answers(ctx) }) // ends with the server's connection, at the latest with ctx
	l.requests(ctx)
	cancel()
	answers.Wait()
}

// requests passes on what the client says, until it has gone.
func (l *line) requests(ctx context.Context) {
	for {
		_, raw, err := l.client.Read(ctx)
		l.mu.Lock()
		frame := parse(raw)
		if err == nil && l.request != nil {
			frame = l.request(l, frame)
		}
		if id, ok := frame["id"]; ok {
			l.asked[text(id)] = frame
		}
		l.mu.Unlock()
		if err != nil {
			return
		}
		if frame != nil && l.server.Write(ctx, websocket.MessageText, print(frame)) != nil {
			return
		}
	}
}

// answers passes on what the server says, until it has gone.
func (l *line) answers(ctx context.Context) {
	for {
		_, raw, err := l.server.Read(ctx)
		if code := websocket.CloseStatus(err); code > 0 && !l.deaf {
			l.client.Close(code, "")
		}
		if err != nil {
			return
		}
		l.mu.Lock()
		frames := []message{parse(raw)}
		l.asking = l.requestOf(frames[0])
		l.subscribed = l.subscribed || l.asking["method"] == "subscribe"
		if l.answer != nil {
			frames = l.answer(l, frames[0])
		}
		for _, f := range frames {
			l.tell(ctx, f)
		}
		l.mu.Unlock()
	}
}

func (l *line) tell(ctx context.Context, frame message) {
	l.client.Write(ctx, websocket.MessageText, print(frame)) // who has gone is seen by reading
}

// requestOf returns what an answer is to, nil for an event.
func (l *line) requestOf(answer message) message {
	id, ok := answer["id"]
	if !ok {
		return nil
	}
	return l.asked[text(id)]
}

func parse(raw []byte) message {
	var one message
	if json.Unmarshal(raw, &one) == nil {
		return one
	}
	var batch []any
	if json.Unmarshal(raw, &batch) == nil {
		return message{"batch": batch}
	}
	return nil
}

func print(frame message) []byte {
	var v any = map[string]any(frame)
	if batch, ok := frame["batch"]; ok {
		v = batch
	}
	return []byte(text(v))
}

// text is a value as JSON.
func text(v any) string {
	raw, err := json.Marshal(v, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	return string(raw)
}
