package conformance

import (
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// scripted is a small server that behaves rightly as far as it goes: frames,
// ids, batches, and the methods ping, server_info, register and login. Its
// tampering makes it behave wrongly. The method emit, of its own, sends its
// params as frames.
type scripted struct {
	tamper tampering
	mu     sync.Mutex
	users  map[string]bool
}

// tampering changes what the server would do; the zero value changes nothing.
type tampering struct {
	frames func(request string, answers []string) []string
	bytes  func(first byte, payload []byte) []byte // of a frame that it sends
	fault  string                                  // of the websocket; wire knows them
}

// serve starts a scripted server for the time of a test and returns its
// address.
func serve(t *testing.T, tamper tampering) string {
	t.Helper()
	s := httptest.NewUnstartedServer(&scripted{tamper: tamper, users: map[string]bool{}})
	s.Config.MaxHeaderBytes = 16 << 10
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // of handshakes that are none
	s.Start()
	t.Cleanup(s.Close)
	return "ws" + strings.TrimPrefix(s.URL, "http")
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	ws := accept(w, r, s.tamper)
	if ws == nil {
		return
	}
	defer ws.tcp.Close()
	loggedIn := false
	for {
		frame, ok := ws.message()
		if !ok {
			return
		}
		answers := s.answers(frame, &loggedIn)
		if s.tamper.frames != nil {
			answers = s.tamper.frames(string(frame), answers)
		}
		for _, a := range answers {
			ws.write(finalBit|opText, []byte(a))
		}
		if loggedIn {
			ws.limit = 256 << 10
		}
	}
}

// answers returns the frames that a frame is answered with.
func (s *scripted) answers(frame jsontext.Value, loggedIn *bool) []string {
	if !frame.IsValid() || depth(string(frame)) > 64 {
		return []string{failure("null", "parse", "")}
	}
	if frame.Kind() != '[' {
		return s.answer(frame, loggedIn)
	}
	batch := children(frame)
	switch {
	case len(batch) == 0:
		return []string{failure("null", "invalid_request", "")}
	case len(batch) > 100:
		return []string{failure("null", "too_large", "")}
	}
	var answers []string
	for _, m := range batch {
		answers = append(answers, s.answer(m.value, loggedIn)...)
	}
	if answers == nil {
		return nil
	}
	return []string{"[" + strings.Join(answers, ",") + "]"}
}

// depth counts brackets, which is right for texts without any in strings.
func depth(text string) int {
	deepest, now := 0, 0
	for _, c := range text {
		switch c {
		case '[', '{':
			now++
			deepest = max(deepest, now)
		case ']', '}':
			now--
		}
	}
	return deepest
}

var needLogin = []string{"send", "history", "create", "invite", "leave", "members", "users",
	"subscribe", "unsubscribe", "sessions", "revoke", "set_password", "logout"}

// answer returns one frame or none.
func (s *scripted) answer(request jsontext.Value, loggedIn *bool) []string {
	members := children(request)
	id, method, params := find(members, "id"), find(members, "method"), find(members, "params")
	answered := string(id)
	if id == nil || !strings.Contains(`"0n`, string(id.Kind())) {
		answered = "null"
	}
	isResponse := method == nil && (find(members, "result") != nil || find(members, "error") != nil)
	switch {
	case isResponse:
		return nil
	case request.Kind() != '{', method.Kind() != '"', unquote(find(members, "jsonrpc")) != "2.0",
		id != nil && answered != string(id), params != nil && !strings.Contains(`{[n`, string(params.Kind())):
		return []string{failure(answered, "invalid_request", "")}
	case unquote(method) == "emit":
		var frames []string
		for _, f := range children(params) {
			frames = append(frames, string(f.value))
		}
		return frames
	}
	answer := s.call(answered, unquote(method), params, loggedIn)
	if id == nil {
		return nil
	}
	return []string{answer}
}

func (s *scripted) call(id, method string, params jsontext.Value, loggedIn *bool) string {
	values := children(params)
	var name string
	if len(values) > 0 {
		name = unquote(values[0].value)
	}
	switch {
	case method == "ping" && len(values) > 0:
		return failure(id, "invalid_params", "/"+escape(values[0].name))
	case method == "ping" && *loggedIn:
		return success(id, `{"at":"2026-11-23T10:00:00.000Z","cursor":"k"}`)
	case method == "ping":
		return success(id, `{"at":"2026-11-23T10:00:00.000Z"}`)
	case method == "server_info":
		return success(id, `{"limits":{"frame_before_login":8192,"frame":262144,"batch":100,"depth":64}}`)
	case method == "register":
		s.mu.Lock()
		defer s.mu.Unlock()
		if s.users[name] {
			return failure(id, "conflict", "")
		}
		s.users[name] = true
		return success(id, fmt.Sprintf(`{"user":{"username":%q}}`, name))
	case method == "login":
		*loggedIn = true
		return success(id, fmt.Sprintf(`{"user":{"username":%q},"session":"s","token":"t","cursor":"k"}`, name))
	case slices.Contains(needLogin, method) && !*loggedIn:
		return failure(id, "unauthenticated", "")
	}
	return failure(id, "method_not_found", "")
}

func success(id, result string) string {
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"result":%s}`, id, result)
}

func failure(id, kind, pointer string) string {
	if pointer != "" {
		pointer = fmt.Sprintf(`,"pointer":%q`, pointer)
	}
	k, _ := ErrorKindOf(kind)
	return fmt.Sprintf(`{"jsonrpc":"2.0","id":%s,"error":{"code":%d,"message":"no","data":{"kind":%q,"retryable":false%s}}}`,
		id, k.Code, kind, pointer)
}
