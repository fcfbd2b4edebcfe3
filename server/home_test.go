package server_test

import (
	"fmt"
	"testing"

	"asappchat/protocol"
	"asappchat/server/servertest"
)

// Between any two pages of a list something moves to the front. The pages
// together hold every conversation all the same, with all that was changed
// before the list's cursor, and the list comes to an end.
func TestHomePagesUnderAWriter(t *testing.T) {
	const groups = 23
	s := servertest.New(t)
	for _, since := range []bool{false, true} {
		for limit := 1; limit <= 8; limit++ {
			reader := fmt.Sprintf("bo-%v-%d", since, limit)
			ana, bo := s.Login("ana"), s.Login(reader)
			var ids []string
			for i := range groups {
				r := servertest.Decode[protocol.ConversationResult](t, ana.Call("create", []any{fmt.Sprint(i), []string{reader}}))
				ids = append(ids, r.Conversation.ID)
			}
			params := map[string]any{"limit": limit}
			if since {
				params["since"] = servertest.Decode[protocol.PingResult](t, bo.Call("ping", nil)).Cursor
			}
			for i, id := range ids {
				ana.Call("rename", []any{id, fmt.Sprintf("%d!", i)})
			}
			found := make(map[string]protocol.Conversation)
			var cursor string
			for page := 0; ; page++ {
				r := servertest.Decode[protocol.ConversationsResult](t, bo.Call("conversations", params))
				if cursor == "" {
					cursor = r.Cursor
				}
				if r.Cursor != cursor || len(r.Conversations) > limit || page > 10*groups {
					t.Fatalf("page %d: %+v", page, r)
				}
				for _, c := range r.Conversations {
					found[c.ID] = c
				}
				if r.Next == "" {
					break
				}
				params["page"] = r.Next
				if page < 2*groups { // who never pauses may keep a list of single items from its end
					ana.Call("send", []any{ids[page*7%groups], "x"})
				}
			}
			for i, id := range ids {
				if got, want := found[id].Name, fmt.Sprintf("%d!", i); got != want {
					t.Errorf("since %v, pages of %d: a group is called %q, want %q", since, limit, got, want)
				}
			}
		}
	}
}
