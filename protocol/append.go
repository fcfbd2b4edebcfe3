package protocol

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// This file encodes by hand what a busy server encodes all the time: messages
// and the answers and events that carry them, and conversations. Measured against json.Marshal it
// takes a third of the time for an event, and no allocation.
// A test holds it to the same bytes.

// AppendJSON appends the message as json.Marshal encodes it.
func (m *Message) AppendJSON(b []byte) []byte {
	b = appendString(b, `{"conversation":`, m.Conversation)
	b = appendInt(b, `,"seq":`, m.Seq)
	b = appendInt(b, `,"rev":`, m.Rev)
	b = appendString(b, `,"sender":`, m.Sender)
	if m.Body != "" {
		b = appendString(b, `,"body":`, m.Body)
	}
	b = appendTime(b, `,"at":`, m.At)
	if m.ClientID != "" {
		b = appendString(b, `,"client_id":`, m.ClientID)
	}
	if m.ReplyTo != 0 {
		b = appendInt(b, `,"reply_to":`, m.ReplyTo)
	}
	if m.Mentions != nil {
		b = appendNames(b, `,"mentions":`, m.Mentions)
	}
	if m.Data != nil {
		b = append(b, `,"data":`...)
		b = append(b, m.Data...)
	}
	if m.EditedAt != 0 {
		b = appendTime(b, `,"edited_at":`, m.EditedAt)
	}
	if m.Deleted {
		b = append(b, `,"deleted":true`...)
	}
	if m.Reactions != nil {
		b = appendReactions(b, m.Reactions)
	}
	return append(b, '}')
}

func appendReactions(b []byte, reactions []Reaction) []byte {
	b = append(b, `,"reactions":[`...)
	for i := range reactions {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, `{"emoji":`, reactions[i].Emoji)
		b = appendInt(b, `,"count":`, int64(reactions[i].Count))
		b = appendNames(b, `,"users":`, reactions[i].Users)
		b = append(b, '}')
	}
	return append(b, ']')
}

// AppendJSON appends the event as json.Marshal encodes it.
func (e *MessageEvent) AppendJSON(b []byte) []byte {
	b = append(b, `{"message":`...)
	b = e.Message.AppendJSON(b)
	b = appendString(b, `,"cursor":`, e.Cursor)
	return append(b, '}')
}

// AppendJSON appends the result as json.Marshal encodes it.
func (r *SendResult) AppendJSON(b []byte) []byte {
	b = appendString(b, `{"conversation":`, r.Conversation)
	b = appendInt(b, `,"seq":`, r.Seq)
	b = appendTime(b, `,"at":`, r.At)
	b = appendBool(b, `,"duplicate":`, r.Duplicate)
	return append(b, '}')
}

// AppendJSON appends the page as json.Marshal encodes it.
func (r *HistoryResult) AppendJSON(b []byte) []byte {
	b = appendString(b, `{"conversation":`, r.Conversation)
	b = append(b, `,"messages":[`...)
	for i := range r.Messages {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.Messages[i].AppendJSON(b)
	}
	b = appendBool(b, `],"has_more":{"before":`, r.HasMore.Before)
	b = appendBool(b, `,"after":`, r.HasMore.After)
	b = appendInt(b, `},"first_seq":`, r.FirstSeq)
	b = appendInt(b, `,"last_seq":`, r.LastSeq)
	return append(b, '}')
}

// AppendJSON appends the conversation as json.Marshal encodes it.
func (c *Conversation) AppendJSON(b []byte) []byte {
	b = appendString(b, `{"id":`, c.ID)
	b = appendString(b, `,"kind":`, string(c.Kind))
	if c.Name != "" {
		b = appendString(b, `,"name":`, c.Name)
	}
	if c.With != "" {
		b = appendString(b, `,"with":`, c.With)
	}
	b = appendString(b, `,"role":`, string(c.Role))
	b = appendInt(b, `,"member_count":`, int64(c.MemberCount))
	if c.Members != nil {
		b = appendNames(b, `,"members":`, c.Members)
	}
	if c.LastMessage != nil {
		b = append(b, `,"last_message":`...)
		b = c.LastMessage.AppendJSON(b)
	}
	b = appendInt(b, `,"last_seq":`, c.LastSeq)
	b = appendInt(b, `,"read_seq":`, c.ReadSeq)
	b = appendInt(b, `,"unread":`, c.Unread)
	b = appendInt(b, `,"mentions":`, c.Mentions)
	b = appendBool(b, `,"muted":`, c.Muted)
	b = appendBool(b, `,"pinned":`, c.Pinned)
	b = appendString(b, `,"state":`, string(c.State))
	if c.History {
		b = append(b, `,"history":true`...)
	}
	b = appendTime(b, `,"created_at":`, c.CreatedAt)
	b = appendTime(b, `,"joined_at":`, c.JoinedAt)
	return append(b, '}')
}

// AppendJSON appends the page as json.Marshal encodes it.
func (r *ConversationsResult) AppendJSON(b []byte) []byte {
	b = append(b, `{"conversations":[`...)
	for i := range r.Conversations {
		if i > 0 {
			b = append(b, ',')
		}
		b = r.Conversations[i].AppendJSON(b)
	}
	b = appendNames(b, `],"left":`, r.Left)
	b = appendString(b, `,"cursor":`, r.Cursor)
	if r.Next != "" {
		b = appendString(b, `,"next":`, r.Next)
	}
	b = appendBool(b, `,"reset":`, r.Reset)
	return append(b, '}')
}

// AppendJSON appends the result as json.Marshal encodes it.
func (r *PingResult) AppendJSON(b []byte) []byte {
	b = appendTime(b, `{"at":`, r.At)
	if r.Cursor != "" {
		b = appendString(b, `,"cursor":`, r.Cursor)
	}
	return append(b, '}')
}

// appendString appends a member with a string, which is valid UTF-8.
func appendString(b []byte, name, s string) []byte {
	b = append(b, name...)
	b, err := jsontext.AppendQuote(b, s)
	if err != nil {
		panic("protocol: a string that is not UTF-8: " + err.Error())
	}
	return b
}

func appendInt(b []byte, name string, n int64) []byte {
	return strconv.AppendInt(append(b, name...), n, 10)
}

func appendBool(b []byte, name string, v bool) []byte {
	return strconv.AppendBool(append(b, name...), v)
}

func appendTime(b []byte, name string, t Time) []byte {
	b = append(b, name...)
	b = append(b, '"')
	b, _ = t.AppendText(b)
	return append(b, '"')
}

func appendNames(b []byte, name string, names []string) []byte {
	b = append(b, name...)
	b = append(b, '[')
	for i, n := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendString(b, "", n)
	}
	return append(b, ']')
}
