package server_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

// A user blocks so many others; unblocking makes room.
func TestBlockedIsBounded(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.Blocked = 2 }))
	for _, name := range []string{"bo", "cy", "dee"} {
		s.Login(name)
	}
	c := s.Login("ana")
	c.Call("block", []any{"bo"})
	c.Call("block", []any{"cy"})
	c.Call("block", []any{"cy"}) // changes nothing
	if r := c.Request("block", []any{"dee"}); r.Error == nil || r.Error.Data.Kind != protocol.TooLarge {
		t.Errorf("one too many: %+v", r)
	}
	c.Call("unblock", []any{"bo"})
	c.Call("block", []any{"dee"})
}

// A page of the blocked ends before its answer is too long, and the pages
// together hold all of them.
func TestPagesOfTheBlockedAreBounded(t *testing.T) {
	const bound, count = 16 << 10, 40
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.PageBytes = bound }))
	c := s.Login("ana")
	long := []any{strings.Repeat("\U0001f44d", 100), strings.Repeat("\U0001f44d", 200)}
	for i := range count {
		name := fmt.Sprintf("u%02d", i)
		s.Login(name).Call("set_profile", long)
		c.Call("block", []any{name})
	}
	params, listed := protocol.BlockedParams{}, 0
	for {
		raw := c.Call("blocked", params)
		if len(raw) > bound {
			t.Fatalf("a page of %d bytes", len(raw))
		}
		page := servertest.Decode[protocol.BlockedResult](t, raw)
		for _, u := range page.Users {
			if want := fmt.Sprintf("u%02d", listed); u.Username != want {
				t.Fatalf("%s is listed, want %s", u.Username, want)
			}
			listed++
		}
		if params.Page = page.Next; params.Page == "" {
			break
		}
	}
	if listed != count {
		t.Errorf("%d are listed of %d", listed, count)
	}
}

// Every command that changes something counts as a message against the rate, and
// so does what is told to others without being stored.
func TestCommandsAreRated(t *testing.T) {
	for method, params := range map[string]any{
		"edit": []any{"ana", 1, "x"}, "delete": []any{"ana", 1}, "react": []any{"ana", 1, "x"}, "unreact": []any{"ana", 1, "x"},
		"read": []any{"ana", 1}, "set_preferences": []any{"ana"}, "invite": []any{"ana", "bo"}, "remove": []any{"ana", "bo"},
		"leave": []any{"ana"}, "rename": []any{"ana", "x"}, "set_role": []any{"ana", "bo", "admin"}, "set_state": []any{"ana", "closed"},
		"set_profile": []any{}, "set_privacy": []any{}, "block": []any{"bo"}, "unblock": []any{"bo"}, "create": []any{"g", []any{}},
		"send": []any{"ana", "x"}, "typing": []any{"ana"}, "presence": []any{[]any{"ana"}}, "set_presence": []any{"away"},
	} {
		t.Run(method, func(t *testing.T) {
			now := time.Now()
			s := servertest.New(t, servertest.Config(func(c *server.Config) {
				c.Limits.SendBurst, c.Limits.SendRate = 1, 1
				c.Now = func() time.Time { return now }
			}))
			c := s.Login("ana")
			c.Request(method, params)
			if r := c.Request(method, params); r.Error == nil || r.Error.Data.Kind != protocol.RateLimited || r.Error.Data.RetryAfterMS == 0 {
				t.Errorf("the second one: %+v", r)
			}
		})
	}
}
