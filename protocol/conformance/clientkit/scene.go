package clientkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

// scene is a case that is played: the kit is the server, and follows the lines.
// It is for one goroutine.
type scene struct {
	driver   *Driver
	wire     *wire
	story    *story
	captured map[string]string

	call   *call // the present one, nil before it is there and after it has ended
	logins int
	spoke  time.Time // when the kit sent something, or a little before
	early  time.Time // before then nothing may come
	opened bool
}

// slack is how much too early a client may be: its clock is not the kit's.
const slack = 2 * time.Millisecond

// playText plays a case, and returns its story.
func (k *kit) playText(ctx context.Context, t conformance.Text) (string, error) {
	return k.scene(ctx, func(s *scene) error {
		return s.lines(ctx, t)
	})
}

// scene sets up a scene, lets it be played, and holds that nothing is left over.
func (k *kit) scene(ctx context.Context, play func(*scene) error) (string, error) {
	w, err := newWire()
	if err != nil {
		return "", err
	}
	defer w.close()
	d, err := k.borrow(ctx)
	if err != nil {
		return "", err
	}
	s := &scene{driver: d, wire: w, story: &story{}, captured: map[string]string{}}
	d.reset(s.story)
	err = play(s)
	err = errors.Join(err, s.end(err == nil))
	return s.story.String(), errors.Join(err, k.giveBack(d, err != nil))
}

// lines plays the lines. Those in a group stand behind each other.
func (s *scene) lines(ctx context.Context, t conformance.Text) error {
	for i := 0; i < len(t.Lines); i++ {
		l := t.Lines[i]
		group := []string{l.Text}
		who, op, _ := cutStep(l.Text)
		for ; strings.HasSuffix(op, "*") && i+1 < len(t.Lines); i++ {
			if nextWho, nextOp, _ := cutStep(t.Lines[i+1].Text); nextWho != who || nextOp != op {
				break
			}
			group = append(group, t.Lines[i+1].Text)
		}
		if err := s.step(ctx, group); err != nil {
			return fmt.Errorf("%s:%d: %w", t.File, l.Number, err)
		}
	}
	return nil
}

// cutStep takes a line apart: "ana>* PATTERN" into ana, >* and the pattern.
func cutStep(text string) (who, op, rest string) {
	first, rest, _ := strings.Cut(text, " ")
	i := strings.IndexAny(first, "<>!=")
	if i < 0 {
		return first, "", rest
	}
	return first[:i], first[i:], rest
}

func (s *scene) step(ctx context.Context, group []string) error {
	who, op, rest := cutStep(group[0])
	switch {
	case who == "login":
		return s.login(ctx, rest)
	case who == "app" && op == ">":
		return s.command(rest)
	case who == "app" && (op == "<" || op == "<*"):
		return s.expect(group, s.told)
	case who == "ana" && op == ">" && strings.HasPrefix(rest, "close"):
		return s.expectClose(strings.TrimPrefix(rest, "close "))
	case who == "ana" && (op == ">" || op == ">*"):
		return s.expect(group, func(want string) (jsontext.Value, error) { return s.heard(ctx, want) })
	case who == "ana" && op == "<":
		return s.say(ctx, rest)
	case who == "ana" && op == "!" && rest == "drop":
		return s.drop()
	case who == "ana" && op == "=":
		return s.still(rest)
	}
	return fmt.Errorf("not a step: %s", group[0])
}

// command gives a command to the driver: a word, and members as JSON.
func (s *scene) command(text string) error {
	text, err := conformance.Expand(text, s.captured)
	if err != nil {
		return err
	}
	word, rest, _ := strings.Cut(text, " ")
	command := map[string]any{"do": word}
	if word == "call" {
		var method string
		method, rest, _ = strings.Cut(rest, " ")
		command["method"], command["params"] = method, jsontext.Value("{}")
		if rest != "" {
			command["params"] = jsontext.Value(rest)
		}
		rest = ""
	}
	if word == "open" {
		command = map[string]any{"do": word, "url": s.wire.url, "username": "ana", "backoff_ms": []int{1, 20}}
		s.opened = true
	}
	if rest != "" {
		var more map[string]any
		if err := json.Unmarshal([]byte(rest), &more); err != nil {
			return err
		}
		maps.Copy(command, more)
		maps.DeleteFunc(command, func(_ string, v any) bool { return v == nil })
	}
	_, err = s.driver.do(command)
	return err
}

// expect holds what comes next against patterns, each of which is for one.
func (s *scene) expect(group []string, next func(want string) (jsontext.Value, error)) error {
	var patterns []string
	for _, text := range group {
		_, _, pattern := cutStep(text)
		patterns = append(patterns, pattern)
	}
	for len(patterns) > 0 {
		text, err := next(patterns[0])
		if err != nil {
			return err
		}
		if patterns, err = s.take(patterns, text); err != nil {
			return err
		}
	}
	return nil
}

// take takes away the pattern that a text matches. The error is that of the
// first.
func (s *scene) take(patterns []string, text jsontext.Value) ([]string, error) {
	var first error
	for i, p := range patterns {
		expanded, err := conformance.Expand(p, s.captured)
		if err != nil {
			return nil, err
		}
		captured, err := conformance.Match(jsontext.Value(expanded), text, s.captured)
		if err == nil {
			s.captured = captured
			return append(patterns[:i:i], patterns[i+1:]...), nil
		}
		if first == nil {
			first = fmt.Errorf("%w; the pattern: %s", err, expanded)
		}
	}
	return nil, first
}

// told returns the next line of the driver.
func (s *scene) told(want string) (jsontext.Value, error) {
	l, err := s.driver.next()
	if err != nil {
		return nil, fmt.Errorf("%w, want %s", err, want)
	}
	return l.raw, nil
}

// heard returns the next frame of the client, which is a request. Pings are
// answered on the way, unless one is wanted.
func (s *scene) heard(ctx context.Context, want string) (jsontext.Value, error) {
	for {
		f, err := s.frame(want)
		switch {
		case err != nil:
			return nil, err
		case f.end != "":
			s.call = nil
			return nil, fmt.Errorf("%s, want %s", f.end, want)
		}
		if err := s.call.request(f.text); err != nil {
			return nil, err
		}
		if !isPing(f.text) || strings.Contains(want, `"ping"`) {
			return f.text, nil
		}
		if err := s.say(ctx, `{"result":{"at":"2026-11-23T10:00:00.000Z"}}`); err != nil {
			return nil, err
		}
	}
}

func isPing(text jsontext.Value) bool {
	var r struct {
		Method string `json:"method"`
	}
	return json.Unmarshal(text, &r) == nil && r.Method == "ping"
}

// frame waits for what comes next from the client, on a new connection when
// there is none.
func (s *scene) frame(want string) (frame, error) {
	limit := time.After(s.driver.wait)
	if s.call == nil {
		select {
		case s.call = <-s.wire.calls:
			s.story.note("ana> ", []byte("connects"))
			if err := s.tooEarly(s.call.at); err != nil {
				return frame{}, err
			}
		case <-limit:
			return frame{}, fmt.Errorf("the client does not connect, want %s", want)
		}
	}
	select {
	case f := <-s.call.frames:
		s.story.note("ana> ", append([]byte(f.end), f.text...))
		return f, s.tooEarly(f.at)
	case <-limit:
		return frame{}, fmt.Errorf("nothing came from the client within %v, want %s", s.driver.wait, want)
	}
}

func (s *scene) tooEarly(at time.Time) error {
	if early := s.early.Sub(at); early > slack {
		return fmt.Errorf("the client is %v too early", early)
	}
	return nil
}

// say sends a frame to the client, or closes the connection. An answer without
// an id is for the request that waits for the longest time.
func (s *scene) say(ctx context.Context, text string) error {
	text, err := conformance.Expand(text, s.captured)
	if err != nil {
		return err
	}
	if s.call == nil {
		return fmt.Errorf("there is no connection for %s", text)
	}
	s.spoke = time.Now()
	var code int
	if n, _ := fmt.Sscanf(text, "close %d", &code); n == 1 {
		s.story.note("ana< ", []byte(text))
		ws := s.call.ws
		s.call = nil
		go ws.Close(websocket.StatusCode(code), "") // ends with the handshake, after 5 s at most
		return nil
	}
	raw := []byte(text)
	if message := (map[string]jsontext.Value{}); json.Unmarshal(raw, &message) == nil {
		if raw, err = s.complete(message); err != nil {
			return err
		}
	}
	s.story.note("ana< ", raw)
	return s.call.ws.Write(ctx, websocket.MessageText, raw)
}

// complete adds the version, and the id of an answer.
func (s *scene) complete(message map[string]jsontext.Value) ([]byte, error) {
	if message["jsonrpc"] == nil {
		message["jsonrpc"] = jsontext.Value(`"2.0"`)
	}
	isAnswer := message["result"] != nil || message["error"] != nil
	switch {
	case isAnswer && message["id"] == nil && len(s.call.asked) == 0:
		return nil, errors.New("an answer without a request")
	case isAnswer && message["id"] == nil:
		message["id"] = s.call.asked[0]
		s.call.asked = s.call.asked[1:]
	case isAnswer:
		for i, id := range s.call.asked {
			if bytes.Equal(id, message["id"]) {
				s.call.asked = append(s.call.asked[:i:i], s.call.asked[i+1:]...)
				break
			}
		}
	}
	return json.Marshal(message, json.Deterministic(true))
}

// drop cuts the connection.
func (s *scene) drop() error {
	if s.call == nil {
		return errors.New("there is no connection")
	}
	s.spoke = time.Now()
	s.story.note("ana! ", []byte("drop"))
	s.call.ws.CloseNow()
	s.call = nil
	return nil
}

// loginResult is what the kit answers to a login.
const loginResult = `{"result":{"user":{"username":"ana"},"session":"s:1","token":"t:%d","protocol":"1",
	"server":{"name":"kit","version":"1"},"epoch":"e:1","cursor":"k:0","limits":{"frame_before_login":8192,"frame":262144,
	"login_ms":120000,"batch":100,"in_flight":256,"depth":64,"body":16384,"client_id":64,"data":4096,"group_name":100,
	"members":5000,"mentions":50,"reactions":20,"blocked":1000,"watched":500,"page":50,"page_max":200,"page_bytes":65536,
	"outbox":1048576,"stall_ms":30000,"connections":50,"send_burst":1000,"send_rate":200}}}`

// login expects the client to log in, by its name or with the latest token, and
// answers. A client that is told of another login on its own has opened by then.
func (s *scene) login(ctx context.Context, how string) error {
	pattern := `{"method":"login","params":{"username":"ana"}}`
	if how == "token" {
		pattern = fmt.Sprintf(`{"method":"login","params":{"token":"t:%d"}}`, s.logins)
	}
	err := s.expect([]string{"ana> " + pattern}, func(want string) (jsontext.Value, error) { return s.heard(ctx, want) })
	if err != nil {
		return err
	}
	s.logins++
	if err := s.say(ctx, fmt.Sprintf(loginResult, s.logins)); err != nil || s.logins > 1 {
		return err
	}
	return s.expect([]string{`app< {"result":{"username":"ana"}}`}, s.told)
}

// expectClose expects the client to close the connection, with one of some codes
// if any are named.
func (s *scene) expectClose(codes string) error {
	f, err := s.frame("close " + codes)
	if err != nil {
		return err
	}
	s.call = nil
	if f.end == "" || codes != "" && codes != "close" && !strings.Contains("|"+codes+"|", fmt.Sprintf("|%d|", f.code)) {
		return fmt.Errorf("%s%s, want close %s", f.end, f.text, codes)
	}
	return nil
}

// still says that nothing comes: "away 40", not before so many milliseconds have
// passed since the kit said something; "quiet 60", while the kit waits.
func (s *scene) still(text string) error {
	var word string
	var ms int
	if _, err := fmt.Sscanf(text, "%s %d", &word, &ms); err != nil || word != "away" && word != "quiet" {
		return fmt.Errorf("not a step: ana= %s", text)
	}
	s.early = s.spoke.Add(time.Duration(ms) * time.Millisecond)
	if word == "away" {
		return nil
	}
	var frames chan frame
	if s.call != nil {
		frames = s.call.frames
	}
	timer := time.NewTimer(time.Until(s.early))
	defer timer.Stop()
	select {
	case <-s.wire.calls:
		return errors.New("the client makes a connection")
	case f := <-frames:
		return fmt.Errorf("the client sends %s%s", f.end, f.text)
	case <-timer.C:
		return nil
	}
}
