package server_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// pageScript is a server that plays a script to the client of docs/clients.md.
// The first thing that is not as it should be ends it: then err says what, and
// all that follows does nothing.
type pageScript struct {
	err  error
	wait time.Duration // for anything that is to come

	ctx   context.Context
	url   string
	calls chan *websocket.Conn
	ws    *websocket.Conn
	last  pageRequest
	said  time.Time // when the script did something last

	dir, file string
	cmd       *exec.Cmd
	stdin     io.WriteCloser
	lines     chan string // what the client shows; closed when it ends
}

type pageRequest struct {
	ID     jsontext.Value `json:"id"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
}

// newPageScript serves until the returned function is called.
func newPageScript(ctx context.Context, file, dir string, wait time.Duration) (*pageScript, func()) {
	ctx, cancel := context.WithCancel(ctx)
	s := &pageScript{ctx: ctx, wait: wait, file: file, dir: dir, calls: make(chan *websocket.Conn, 100)}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if ws, err := websocket.Accept(w, r, nil); err == nil {
			s.calls <- ws
		}
	}))
	s.url = "ws" + strings.TrimPrefix(server.URL, "http")
	return s, func() {
		cancel()
		s.drop()
		server.Close()
		if s.cmd != nil {
			s.dies()
		}
	}
}

func (s *pageScript) fail(format string, args ...any) {
	if s.err == nil {
		s.err = fmt.Errorf(format, args...)
	}
}

// runs starts the client.
func (s *pageScript) runs() {
	s.cmd = exec.CommandContext(s.ctx, "python3", s.file, s.url, "ana")
	s.cmd.Dir = s.dir
	out, err := s.cmd.StdoutPipe()
	if err == nil {
		s.stdin, err = s.cmd.StdinPipe()
	}
	if err == nil {
		err = s.cmd.Start()
	}
	if err != nil {
		s.fail("%w", err)
		s.cmd = nil
		return
	}
	lines := make(chan string, 100)
	s.lines = lines
	go func() { // ends with the client
		defer close(lines)
		for scanner := bufio.NewScanner(out); scanner.Scan(); {
			lines <- scanner.Text()
		}
	}()
}

// dies ends the client as a power cut does.
func (s *pageScript) dies() {
	s.cmd.Process.Kill()
	for range s.lines { // until its output ends
	}
	s.cmd.Wait()
}

func (s *pageScript) types(line string) {
	if s.err == nil {
		_, err := io.WriteString(s.stdin, line+"\n")
		s.said = time.Now()
		if err != nil {
			s.fail("%w", err)
		}
	}
}

// shows reads these lines, and no others.
func (s *pageScript) shows(lines ...string) {
	for _, want := range lines {
		if s.err != nil {
			return
		}
		select {
		case got := <-s.lines:
			if got != want {
				s.fail("the client shows %q, want %q", got, want)
			}
		case <-time.After(s.wait):
			s.fail("the client does not show %q", want)
		}
	}
}

// ends waits until the client has given up, and shows nothing more.
func (s *pageScript) ends() {
	if s.err != nil {
		return
	}
	select {
	case line, more := <-s.lines:
		if more {
			s.fail("the client shows %q at the end", line)
		}
	case <-time.After(s.wait):
		s.fail("the client does not end")
	}
}

// connects waits for the next connection, which may not come before a while.
func (s *pageScript) connects(away time.Duration) {
	if s.err != nil {
		return
	}
	select {
	case s.ws = <-s.calls:
		if early := away - time.Since(s.said); early > 0 {
			s.fail("the client comes back %v too early", early)
		}
	case <-s.lines:
		s.fail("the client ends in place of coming back")
	case <-time.After(s.wait):
		s.fail("the client does not come back")
	}
}

// asks waits for the next request, which has these params, or begins with them.
func (s *pageScript) asks(method, params string) {
	if s.err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(s.ctx, s.wait)
	defer cancel()
	_, raw, err := s.ws.Read(ctx)
	s.last = pageRequest{} // what it held may be kept by somebody
	if err == nil {
		err = json.Unmarshal(raw, &s.last)
	}
	if err != nil {
		s.fail("%s %s does not come: %w", method, params, err)
		return
	}
	got := s.last.Params.Clone()
	if err := got.Compact(); err != nil || s.last.Method != method || !strings.HasPrefix(string(got), params) {
		s.fail("the client asks %s %s, want %s %s", s.last.Method, got, method, params)
	}
}

// repeats is asks for what was asked before, word for word, and not before a
// while.
func (s *pageScript) repeats(before pageRequest, away time.Duration) {
	params := before.Params.Clone()
	if s.err == nil && params.Compact() == nil {
		s.asks(before.Method, string(params))
		if early := away - time.Since(s.said); early > 0 {
			s.fail("the client repeats %v too early", early)
		}
	}
}

func (s *pageScript) write(frame string) {
	if s.err != nil {
		return
	}
	s.said = time.Now()
	if err := s.ws.Write(s.ctx, websocket.MessageText, []byte(frame)); err != nil {
		s.fail("%w", err)
	}
}

func (s *pageScript) answers(r pageRequest, result string) {
	s.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, r.ID, result))
}

func (s *pageScript) refuses(code int, data string) {
	s.write(fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"because","data":%s}}`, s.last.ID, code, data))
}

func (s *pageScript) tells(method, params string) {
	s.write(fmt.Sprintf(`{"jsonrpc":"2.0","method":%q,"params":%s}`, method, params))
}

// drop cuts the connection.
func (s *pageScript) drop() {
	if s.ws != nil {
		s.ws.CloseNow()
	}
}

func (s *pageScript) closes(code websocket.StatusCode) {
	if s.err == nil {
		s.said = time.Now()
		s.ws.Close(code, "")
	}
}

// stored says that the client's file is for nobody else.
func (s *pageScript) stored() {
	if s.err != nil {
		return
	}
	info, err := os.Stat(filepath.Join(s.dir, "ana.json"))
	if err == nil && info.Mode().Perm() != 0o600 {
		err = errors.New("the token is for everybody to read")
	}
	if err != nil {
		s.fail("%w", err)
	}
}
