package clientkit

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"asappchat/protocol/conformance"
	"asappchat/protocol/conformance/clientkit/stage"
)

// The client reaches the server under the path that its address has.
func TestServerUnderAPath(t *testing.T) {
	s := stage.New(stage.Tamper{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/" && r.URL.RequestURI() != "/chat/ws?room=1" {
			http.NotFound(w, r)
			return
		}
		s.Serve(w, r, false)
	}))
	defer server.Close()
	for _, path := range []string{"", "/", "/chat/ws?room=1"} {
		address := "ws" + strings.TrimPrefix(server.URL, "http") + path
		report := examineToy(t, "", "fault/cut/up", Options{Server: address, Places: 2})
		if report.Count(conformance.Passed) != 1 {
			t.Errorf("%s: %s", address, report[0].String())
		}
	}
}

func TestParseServer(t *testing.T) {
	for _, address := range []string{"wss://chat.example", "http://chat.example", "chat.example:80", "ws://", "ws://:80", "ws://a b", "ws://me@chat.example", "ws://chat.example/#x"} {
		if u, err := ParseServer(address); err == nil {
			t.Errorf("%s is taken for %s", address, u)
		}
	}
}
