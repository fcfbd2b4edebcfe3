package api

import (
	"math"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

// No message and no conversation is larger in JSON than the bound says, even
// with the longest of everything.
func TestBounds(t *testing.T) {
	limits := protocol.DefaultLimits()
	name := strings.Repeat("x", 32)
	many := func(n int) (names []string) {
		for range n {
			names = append(names, name)
		}
		return names
	}
	long := protocol.Time(253402300799999) // the last of the year 9999
	id := "c:" + strings.Repeat("A", 22)
	for _, text := range []string{"", "x", "\x01", "é", `"`} {
		fill := func(n int) string { return strings.Repeat(text, n) }
		m := protocol.Message{Conversation: id, Seq: math.MaxInt64, Rev: math.MaxInt64, Sender: name, Body: fill(limits.Body), At: long,
			ClientID: fill(limits.ClientID), ReplyTo: math.MaxInt64, Mentions: many(limits.Mentions), EditedAt: long, Deleted: true,
			Data: jsontext.Value(`{"a":"` + strings.Repeat("x", limits.Data) + `"}`)}
		for range limits.Reactions {
			m.Reactions = append(m.Reactions, protocol.Reaction{Emoji: fill(32), Count: math.MaxInt32, Users: many(protocol.ReactionUsersShown)})
		}
		if size, bound := encodedSize(&m), messageBound(&m); size > bound {
			t.Errorf("a message of %q takes %d bytes, the bound is %d", text, size, bound)
		}
		for _, last := range []*protocol.Message{nil, &m} {
			c := protocol.Conversation{ID: id, Kind: protocol.Direct, Name: fill(limits.GroupName), With: name, Role: protocol.Plain,
				MemberCount: math.MaxInt32, Members: many(protocol.MembersShown), LastMessage: last, LastSeq: math.MaxInt64,
				ReadSeq: math.MaxInt64, Unread: math.MaxInt64, Mentions: math.MaxInt64, State: protocol.Closed, History: true,
				CreatedAt: long, JoinedAt: long}
			if size, bound := encodedSize(&c), conversationBound(&c); size > bound {
				t.Errorf("a conversation of %q takes %d bytes, the bound is %d", text, size, bound)
			}
		}
	}
}
