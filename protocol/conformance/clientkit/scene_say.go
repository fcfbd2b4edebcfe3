package clientkit

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol/conformance"
)

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
	ctx, cancel := context.WithTimeout(ctx, s.driver.wait)
	defer cancel()
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
