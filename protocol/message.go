package protocol

import (
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

// Seq is the place of a message in its conversation. Messages count from 1
// without a hole, the same for everybody.
//
//openrpc:schema {"minimum":1}
type Seq = int64

// Message is what somebody said. A message is known by its conversation and
// seq; of two versions of it the one with the higher rev is the present one.
type Message struct {
	Conversation ConversationID `json:"conversation"`
	Seq          Seq            `json:"seq"`
	// Counts the versions of the message.
	//
	//openrpc:schema {"minimum":1}
	Rev      int64    `json:"rev"`
	Sender   Username `json:"sender"`
	Body     string   `json:"body,omitzero"`      // what it says, as text; absent once it is deleted
	At       Time     `json:"at"`                 // when it was stored
	ClientID string   `json:"client_id,omitzero"` // what the sender gave it, seen by all members
	ReplyTo  Seq      `json:"reply_to,omitzero"`  // the seq of an earlier message of the conversation
	// In the order in which the sender gave them, each once; whoever they are.
	Mentions  []Username     `json:"mentions,omitzero"`
	Data      jsontext.Value `json:"data,omitzero"`      // the application's own JSON object, without white space between its tokens
	EditedAt  Time           `json:"edited_at,omitzero"` // when it was last edited; absent when it never was
	Deleted   bool           `json:"deleted,omitzero"`   // true of a tombstone: left are where and when it was sent, and by whom
	Reactions []Reaction     `json:"reactions,omitzero"` // in the order of their emoji by bytes
}

// Reaction is an emoji under a message, and who put it there.
type Reaction struct {
	Emoji string `json:"emoji"`
	// How many users put it there.
	//
	//openrpc:schema {"minimum":1}
	Count int        `json:"count"`
	Users []Username `json:"users"` // the first few by name, at most 20
}

// ReactionUsersShown is how many users a reaction names.
const ReactionUsersShown = 20

// Body is what a message says: UTF-8, without U+0000. The limit body bounds its
// bytes, so a server may answer too_large to fewer characters.
//
//openrpc:schema {"pattern":"^[^\\x00]*$","minLength":1,"x-limit":"body"}
type Body = string

// Data is a JSON object of the application's own. The server takes out the
// white space between its tokens and does not look into it. The limit data
// bounds its bytes.
type Data = jsontext.Value

// Send appends a message to a conversation. The answer means that it is on
// disk. The first message to a user opens the direct conversation with them.
//
// A client_id makes a repetition safe, for ever: a send with the same client_id
// and the same content is answered as the first one was, with duplicate set,
// and changes nothing; with other content it is a conflict. Who is refused as
// too fast (rate_limited) repeats in order before sending anything new.
var Send = command[SendParams, SendResult]("send",
	fails(NotFound, Conflict, Forbidden, NotAccepting, RateLimited))

// SendParams are the params of send.
type SendParams struct {
	To   Target `json:"to"`
	Body Body   `json:"body"`
	// Names this message among all that the caller ever sends, so that it may
	// be repeated. A UUID of version 7 (RFC 9562) in small letters serves best.
	// The limit client_id bounds its bytes; U+0000 is not in it.
	//
	//openrpc:schema {"pattern":"^[^\\x00]*$","minLength":1,"x-limit":"client_id"}
	ClientID string `json:"client_id,omitzero" rpc:"filled"`
	// The seq of a message of this conversation that the caller can see.
	ReplyTo *Seq `json:"reply_to,omitzero" rpc:"named"`
	// Whom the message means to alert. One given twice counts once, who is not
	// a member not at all.
	//
	//openrpc:schema {"x-limit":"mentions"}
	Mentions []Username `json:"mentions,omitzero" rpc:"named"`
	Data     Data       `json:"data,omitzero" rpc:"named"`
}

// SendResult says where the message stands.
type SendResult struct {
	Conversation ConversationID `json:"conversation"`
	Seq          Seq            `json:"seq"`
	At           Time           `json:"at"`        // when it was stored
	Duplicate    bool           `json:"duplicate"` // it had been stored before, under the same client_id
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
// With since, a cursor, only messages that were sent or changed after it count,
// from the first one on, or with after from the one behind a seq: who keeps
// pages refreshes them so. A cursor that cannot be continued from is
// invalid_params.
var History = query[HistoryParams, HistoryResult]("history", fails(NotFound))

// HistoryParams are the params of history. At most one of before, after and
// around may be given.
type HistoryParams struct {
	With   Target    `json:"with"`
	Limit  *PageSize `json:"limit,omitzero"`
	Before *Seq      `json:"before,omitzero"` // the page ends just before this seq
	// The page begins just after this seq; 0 is before the first message.
	//
	//openrpc:schema {"minimum":0}
	After  *int64 `json:"after,omitzero"`
	Around *Seq   `json:"around,omitzero"`                   // the page lies on both sides of this seq
	Since  Cursor `json:"since,omitzero" rpc:"named,filled"` // goes alone or with after
}

// HistoryResult is a page, and where it stands. A page may hold fewer messages
// than asked for at any time; only has_more says whether there are others.
type HistoryResult struct {
	Conversation ConversationID `json:"conversation"`
	Messages     []Message      `json:"messages"` // seq ascending
	HasMore      HasMore        `json:"has_more"`
	FirstSeq     LastSeq        `json:"first_seq"` // the first that the caller may see, 0 when there is none
	LastSeq      LastSeq        `json:"last_seq"`
}

// LastSeq is the seq of a message at an end of a conversation, or 0 when there
// is none.
//
//openrpc:schema {"minimum":0}
type LastSeq = int64

// HasMore says whether there are messages before the first and after the last
// of a page. It is exact at the moment of the answer.
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
