package main

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// pong answers every request of a connection as a ping.
func pong(w http.ResponseWriter, r *http.Request) {
	ws, err := websocket.Accept(w, r, nil)
	if err != nil {
		return
	}
	defer ws.CloseNow()
	for {
		_, frame, err := ws.Read(r.Context())
		if err != nil {
			return
		}
		var request struct {
			ID jsontext.Value `json:"id"`
		}
		if json.Unmarshal(frame, &request) != nil {
			return
		}
		answer := `{"jsonrpc":"2.0","id":` + string(request.ID) + `,"result":{"at":"2026-11-23T10:00:00.000Z"}}`
		if ws.Write(r.Context(), websocket.MessageText, []byte(answer)) != nil {
			return
		}
	}
}

func TestRun(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(pong))
	defer s.Close()
	url := "ws" + strings.TrimPrefix(s.URL, "http")
	for _, c := range []struct {
		args           []string
		status         int
		stdout, stderr string
	}{
		{[]string{"-run", "server/ping/before-login", url}, 0, ": 1 passed, 0 failed, 0 known deviations, 0 not tested\n", ""},
		{[]string{"-v", "-run", "server/ping/before-login", url}, 0, "passed server/ping/before-login\n", ""},
		{[]string{"-run", "server/ping/unknown-param", url}, 1, ": 0 passed, 1 failed, 0 known deviations, 0 not tested\n", ""},
		{[]string{"-run", "nothing", url}, 1, "", "no case has a name"},
		{[]string{"-limit", "1ns", url}, 1, "not tested\n", "longer than 1ns"},
		{[]string{"-limit", "0", url}, 2, "", "-limit is a time"},
		{[]string{"ws://127.0.0.1:1"}, 1, "", "refused"},
		{[]string{"-h"}, 0, "", "usage: conform"},
		{nil, 2, "", "give one address"},
		{[]string{url, "-v"}, 2, "", "after the flags"},
		{[]string{"127.0.0.1:8080"}, 2, "", "is not an address"},
		{[]string{"http://127.0.0.1:8080"}, 2, "", "is not an address"},
		{[]string{"-run", "[", url}, 2, "", "syntax error in pattern"},
		{[]string{"-loud", url}, 2, "", "not defined: -loud"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), c.args, &stdout, &stderr)
		if status != c.status || !strings.Contains(stdout.String(), c.stdout) || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("conform %q: %d\n%s%s", c.args, status, &stdout, &stderr)
		}
	}
}
