package server_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

// Whom users lists is a setting, which server_info tells; where it is not
// everybody, blocking somebody does not show more of them than their name.
func TestDirectory(t *testing.T) {
	bo := protocol.User{Username: "bo", DisplayName: "Bo"}
	cy := protocol.User{Username: "cy", DisplayName: "Cy"}
	ana := protocol.User{Username: "ana", DisplayName: "Ana"}
	for directory, want := range map[protocol.Directory]struct{ users, blocked []protocol.User }{
		"":                          {[]protocol.User{ana, bo, cy}, []protocol.User{cy}},
		protocol.DirectoryEverybody: {[]protocol.User{ana, bo, cy}, []protocol.User{cy}},
		protocol.DirectoryShared:    {[]protocol.User{ana, bo}, []protocol.User{{Username: "cy"}}},
		protocol.DirectoryNobody:    {[]protocol.User{}, []protocol.User{{Username: "cy"}}},
	} {
		s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Directory = directory }))
		for _, user := range []protocol.User{bo, cy} {
			s.Login(user.Username).Call("set_profile", []any{user.DisplayName})
		}
		c := s.Login("ana")
		c.Call("set_profile", []any{"Ana"})
		c.Call("send", []any{"bo", "x"})
		c.Call("block", []any{"cy"})
		users := servertest.Decode[protocol.UsersResult](t, c.Call("users", []any{})).Users
		if diff := cmp.Diff(want.users, users); diff != "" {
			t.Errorf("directory %q: %s", directory, diff)
		}
		blocked := servertest.Decode[protocol.BlockedResult](t, c.Call("blocked", []any{})).Users
		if diff := cmp.Diff(want.blocked, blocked); diff != "" {
			t.Errorf("directory %q, blocked: %s", directory, diff)
		}
		info := servertest.Decode[protocol.ServerInfoResult](t, c.Call("server_info", []any{}))
		if told := info.Directory; told != directory && directory != "" {
			t.Errorf("directory %q is told as %q", directory, told)
		}
	}
}

// Pages of the directory are those of who is listed.
func TestPagesOfASharedDirectory(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Directory = protocol.DirectoryShared }))
	for _, name := range []string{"aa", "bb", "cc", "dd"} {
		s.Login(name)
	}
	c := s.Login("me")
	c.Call("create", []any{"g", []string{"bb", "dd"}})
	page := servertest.Decode[protocol.UsersResult](t, c.Call("users", map[string]any{"limit": 1}))
	if len(page.Users) != 1 || page.Users[0].Username != "bb" || page.Next == "" {
		t.Errorf("the first page is %+v", page)
	}
	page = servertest.Decode[protocol.UsersResult](t, c.Call("users", map[string]any{"limit": 2, "page": page.Next}))
	if len(page.Users) != 2 || page.Users[0].Username != "dd" || page.Users[1].Username != "me" || page.Next != "" {
		t.Errorf("the last page is %+v", page)
	}
}
