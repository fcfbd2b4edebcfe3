package protocol_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

// appender is what encodes itself.
type appender interface{ AppendJSON([]byte) []byte }

// What is encoded by hand is what json.Marshal makes of it.
func TestAppendJSONIsMarshal(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		m := randomMessage(r)
		page := protocol.HistoryResult{Conversation: m.Conversation, Messages: []protocol.Message{}, FirstSeq: r.Int64N(9), LastSeq: r.Int64N(9),
			HasMore: protocol.HasMore{Before: r.IntN(2) == 0, After: r.IntN(2) == 0}}
		for range r.IntN(3) {
			page.Messages = append(page.Messages, randomMessage(r))
		}
		c := randomConversation(r)
		list := protocol.ConversationsResult{Conversations: []protocol.Conversation{}, Left: []string{}, Cursor: randomText(r), Next: randomText(r), Reset: r.IntN(2) == 0}
		for range r.IntN(3) {
			list.Conversations = append(list.Conversations, randomConversation(r))
			list.Left = append(list.Left, randomText(r))
		}
		for _, v := range []appender{
			&m, &protocol.MessageEvent{Message: m, Cursor: "x"}, &page, &c, &list,
			&protocol.SendResult{Conversation: m.Conversation, Seq: m.Seq, At: m.At, Duplicate: r.IntN(2) == 0},
			&protocol.PingResult{At: m.At}, &protocol.PingResult{At: m.At, Cursor: randomText(r)},
		} {
			want, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			if got := v.AppendJSON([]byte("x")); string(got) != "x"+string(want) {
				t.Fatalf("%T is\n%s and not\n%s", v, got, want)
			}
		}
	}
}

func randomMessage(r *rand.Rand) protocol.Message {
	m := protocol.Message{Conversation: randomText(r), Seq: r.Int64(), Rev: -r.Int64N(5), Sender: "ana", Body: randomText(r), At: protocol.Time(r.Int64N(4e12))}
	if r.IntN(2) == 0 {
		m.ClientID, m.ReplyTo = randomText(r), r.Int64N(3)
	}
	switch r.IntN(3) {
	case 0:
		m.Mentions = []string{"bo", randomText(r)}
	case 1:
		m.Mentions = []string{}
	}
	if r.IntN(2) == 0 {
		m.Data = fmt.Appendf(nil, `{"n":%d}`, r.Int())
	}
	switch r.IntN(4) {
	case 0:
		m.EditedAt = protocol.Time(r.Int64N(4e12))
		m.Reactions = []protocol.Reaction{}
	case 1:
		m.Body, m.Deleted = "", true
	case 2:
		m.Reactions = []protocol.Reaction{{Emoji: "😀", Count: 2, Users: []string{"ana", "bo"}}, {Emoji: randomText(r), Users: []string{}}}
	}
	return m
}

func randomConversation(r *rand.Rand) protocol.Conversation {
	c := protocol.Conversation{ID: randomText(r), Kind: protocol.Direct, With: randomText(r), Role: protocol.Plain, MemberCount: r.IntN(9),
		LastSeq: r.Int64(), ReadSeq: -r.Int64N(9), Unread: r.Int64N(9), Mentions: r.Int64N(9), Muted: r.IntN(2) == 0, Pinned: r.IntN(2) == 0,
		State: protocol.Opened, CreatedAt: protocol.Time(r.Int64N(4e12)), JoinedAt: protocol.Time(r.Int64N(4e12))}
	if r.IntN(2) == 0 {
		c.Kind, c.Name, c.Role, c.State = protocol.Group, randomText(r), protocol.Admin, protocol.Closed
		c.History = r.IntN(2) == 0
	}
	if r.IntN(2) == 0 {
		m := randomMessage(r)
		c.LastMessage = &m
	}
	switch r.IntN(3) {
	case 0:
		c.Members = []string{"bo", randomText(r)}
	case 1:
		c.Members = []string{}
	}
	return c
}

func randomText(r *rand.Rand) string {
	runes := []rune{'a', '"', '\\', '/', '<', '&', 0, 1, '\n', '\t', 0x7f, 'é', 0x2028, 0xfffd, '😀', 0x10ffff}
	text := make([]rune, r.IntN(12))
	for i := range text {
		text[i] = runes[r.IntN(len(runes))]
	}
	return string(text)
}
