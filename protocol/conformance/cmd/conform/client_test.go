package main

import (
	"strings"
	"testing"
)

func TestClient(t *testing.T) {
	for _, c := range []struct {
		args   []string
		status int
		stderr string
	}{
		{nil, 2, "give the command"},
		{[]string{"-h"}, 0, "usage: conform client"},
		{[]string{"-version"}, 0, ""},
		{[]string{"-loud"}, 2, "not defined: -loud"},
		{[]string{"-run", "[", "--", "true"}, 2, "syntax error in pattern"},
		{[]string{"-places", "-1", "--", "true"}, 2, "are counts"},
		{[]string{"-server", "wss://127.0.0.1:8080", "--", "true"}, 2, "is not an address like ws://"},
		{[]string{"-server", "127.0.0.1:8080", "--", "true"}, 2, "-server"},
		{[]string{"-server", "ws://", "--", "true"}, 2, "is not an address like ws://"},
		{[]string{"-run", "nothing", "--", "true"}, 1, "no case has a name"},
		{[]string{"--", "/no/such/driver"}, 1, "does not start"},
		{[]string{"--", "echo", "hello"}, 1, "does not start"},
	} {
		var stdout, stderr strings.Builder
		status := run(t.Context(), append([]string{"client"}, c.args...), &stdout, &stderr)
		if status != c.status || !strings.Contains(stderr.String(), c.stderr) {
			t.Errorf("conform client %q: %d\n%s%s", c.args, status, &stdout, &stderr)
		}
	}
}
