package protocol

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Message is what somebody said. Its place in its conversation is Seq, which
// counts from 1 without holes; Rev counts its versions from 1, and of two
// versions the one with the higher Rev is the present one.
type Message struct {
	Conversation string         `json:"conversation"`
	Seq          int64          `json:"seq"`
	Rev          int64          `json:"rev"`
	Sender       string         `json:"sender"`
	Body         string         `json:"body,omitzero"` // absent once it is deleted
	At           Time           `json:"at"`
	ClientID     string         `json:"client_id,omitzero"`
	ReplyTo      int64          `json:"reply_to,omitzero"` // the Seq of an earlier message
	Mentions     []string       `json:"mentions,omitzero"` // usernames
	Data         jsontext.Value `json:"data,omitzero"`     // the application's own JSON object, without white space
	EditedAt     Time           `json:"edited_at,omitzero"`
	// Deleted says that this is a tombstone: of the message are left where and
	// when it was sent, and by whom.
	Deleted   bool       `json:"deleted,omitzero"`
	Reactions []Reaction `json:"reactions,omitzero"`
}

// Reaction is an emoji under a message, and who put it there.
type Reaction struct {
	Emoji string   `json:"emoji"`
	Count int      `json:"count"`
	Users []string `json:"users"` // the first few by name, at most 20
}

// ReactionUsersShown is how many users a reaction names.
const ReactionUsersShown = 20

// Send appends a message to a conversation. The answer means that it is on
// disk. The first message to a user opens the direct conversation with them.
//
// ClientID makes a repetition safe, for ever: a send with the same client id
// and the same content is answered as the first one was, with Duplicate set,
// and changes nothing; with other content it is a conflict. A UUID of version
// 7 (RFC 9562) serves best.
var Send = command[SendParams, SendResult]("send")

type SendParams struct {
	To       string         `json:"to"`   // a username or a conversation id
	Body     string         `json:"body"` // up to 16 KiB of UTF-8, without U+0000
	ClientID string         `json:"client_id,omitzero" rpc:"filled"`
	ReplyTo  *int64         `json:"reply_to,omitzero" rpc:"named"`
	Mentions []string       `json:"mentions,omitzero" rpc:"named"` // a name given twice counts once
	Data     jsontext.Value `json:"data,omitzero" rpc:"named"`
}

type SendResult struct {
	Conversation string `json:"conversation"`
	Seq          int64  `json:"seq"`
	At           Time   `json:"at"`
	Duplicate    bool   `json:"duplicate"`
}

func (p *SendParams) Check(limits *Limits) *Error {
	if err := checkTarget("to", &p.To); err != nil {
		return err
	}
	if err := checkBody(p.Body, limits); err != nil {
		return err
	}
	switch {
	case strings.ContainsRune(p.ClientID, 0):
		return InvalidParam("client_id", "param \"client_id\" must not hold U+0000")
	case len(p.ClientID) > limits.ClientID:
		return tooLarge("client_id", limits.ClientID, "bytes")
	case p.ReplyTo != nil && *p.ReplyTo < 1:
		return InvalidParam("reply_to", "param \"reply_to\" must be the seq of a message")
	case p.Data.Kind() == 'n':
		p.Data = nil
	case p.Data != nil && p.Data.Kind() != '{':
		return InvalidParam("data", "param \"data\" must be an object")
	}
	// Without white space: a line break in data would be one in what a client
	// that shows frames as lines shows of the message.
	if p.Data != nil && p.Data.Compact() != nil {
		return InvalidParam("data", "param \"data\" is not valid JSON")
	}
	if len(p.Data) > limits.Data {
		return tooLarge("data", limits.Data, "bytes")
	}
	err := checkUsernames("mentions", p.Mentions, limits.Mentions)
	p.Mentions = distinct(p.Mentions)
	return err
}

// History reads a page of a conversation, seq ascending: the newest messages,
// or those just before or after a seq (without it), or those around one (with
// it). A member sees messages from their latest joining on, or all of them in a
// group that shares its history.
//
// With Since, a cursor, only messages that were sent or changed after it count,
// from the first one on, or with After from the one behind a seq: who keeps
// pages refreshes them so. A cursor that cannot be continued from is invalid.
var History = query[HistoryParams, HistoryResult]("history")

type HistoryParams struct {
	With   string `json:"with"`
	Limit  *int   `json:"limit,omitzero"`
	Before *int64 `json:"before,omitzero"` // at most one of these three
	After  *int64 `json:"after,omitzero"`
	Around *int64 `json:"around,omitzero"`
	Since  string `json:"since,omitzero" rpc:"named,filled"` // alone or with After
}

// HistoryResult is a page, and where it stands. A page may hold fewer messages
// than asked for at any time; only HasMore says whether there are others.
type HistoryResult struct {
	Conversation string    `json:"conversation"`
	Messages     []Message `json:"messages"`
	HasMore      HasMore   `json:"has_more"`
	FirstSeq     int64     `json:"first_seq"` // the first that the caller may see, 0 when there is none
	LastSeq      int64     `json:"last_seq"`  // the last one, 0 when there is none
}

// HasMore says whether there are messages before the first and after the last
// of a page.
type HasMore struct {
	Before bool `json:"before"`
	After  bool `json:"after"`
}

func (p *HistoryParams) Check(limits *Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	if err := checkPage(&p.Limit, "", limits); err != nil {
		return err
	}
	given := 0
	for _, bound := range []struct {
		name  string
		seq   *int64
		least int64
	}{{"before", p.Before, 1}, {"after", p.After, 0}, {"around", p.Around, 1}} {
		if bound.seq == nil {
			continue
		}
		if given++; given > 1 {
			return InvalidParam(bound.name, "only one of \"before\", \"after\" and \"around\" may be given")
		}
		if *bound.seq < bound.least {
			return InvalidParam(bound.name, "param %q must be at least %d", bound.name, bound.least)
		}
	}
	if p.Since != "" && (p.Before != nil || p.Around != nil) {
		return InvalidParam("since", "param \"since\" goes with \"after\" alone")
	}
	return checkCursor("since", p.Since)
}
