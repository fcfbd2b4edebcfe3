package protocol

import (
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// This file encodes by hand what a busy server encodes all the time: messages
// and the answers and events that carry them. Measured against json.Marshal it
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
