package protocol

// What this file declares is ephemeral: it has no place in the log and no
// cursor, is not stored, and is dropped first when a connection reads slowly.

// Typing tells the other members of a conversation that the caller is typing,
// or, with on false, has stopped. It is repeated every 3 seconds, and ends by
// itself after 6 seconds, or with the caller's next message, neither of which is
// told in an event. It is told to nobody in conversations of more than 100
// members, past a block, or in a closed group; the answer is the same.
var Typing = query[TypingParams, Empty]("typing", fails(NotFound, RateLimited))

// TypingParams are the params of typing.
type TypingParams struct {
	With Target `json:"with"`
	On   *bool  `json:"on,omitzero"` // true when absent
}

// TypingExpires is how long somebody counts as typing who has said so once, in
// milliseconds.
const TypingExpires = 6000

func (p *TypingParams) Check(*Limits) *Error { return checkTarget("with", &p.With) }

// PresenceOf answers whether users are there, in the order asked, and makes this
// connection watch them: it is told of changes from now on. They take the place
// of those it watched before; an empty list ends watching. Who does not exist,
// or whose presence is not for the caller, is offline, without a time.
var PresenceOf = query[PresenceParams, PresenceResult]("presence", fails(RateLimited))

// PresenceParams are the params of presence.
type PresenceParams struct {
	// Whom to watch, as many as the limit watched at most.
	//
	//openrpc:schema {"x-limit":"watched"}
	Usernames []Username `json:"usernames"`
}

// PresenceResult says who is there.
type PresenceResult struct {
	Presence []Presence `json:"presence"` // in the order asked
}

func (p *PresenceParams) Check(limits *Limits) *Error {
	return checkUsernames("usernames", p.Usernames, limits.Watched)
}

// Presence says whether a user is there.
type Presence struct {
	Username   Username      `json:"username"`
	State      PresenceState `json:"state"`
	LastSeenAt Time          `json:"last_seen_at,omitzero"` // of who is offline, where it is known
}

// PresenceState is online when any of a user's connections is, away when all of
// them are, offline when there is none.
type PresenceState string

const (
	Online  PresenceState = "online"  // somebody is in front of a connection
	Away    PresenceState = "away"    // connected, and nobody is there
	Offline PresenceState = "offline" // not connected, or not for the caller to see
)

// SetPresence says of this connection that nobody is in front of it, or that
// somebody is again. A connection begins online.
var SetPresence = query[SetPresenceParams, Empty]("set_presence", fails(RateLimited))

// SetPresenceParams are the params of set_presence.
type SetPresenceParams struct {
	// Somebody is there (online), or nobody (away).
	//
	//openrpc:schema {"enum":["online","away"]}
	State PresenceState `json:"state"`
}

func (p *SetPresenceParams) Check(*Limits) *Error {
	if p.State != Online && p.State != Away {
		return InvalidParam("state", "param \"state\" must be %q or %q", Online, Away)
	}
	return nil
}

// OnTyping tells that another member is typing, or has stopped.
// Without another one, typing ends after 6 seconds, or with a message of that user.
var OnTyping = event[TypingEvent]("typing", ephemeral)

// TypingEvent says who types where.
type TypingEvent struct {
	Conversation ConversationID `json:"conversation"`
	Username     Username       `json:"username"`
	On           bool           `json:"on"` // false: has stopped
}

// OnPresence tells that somebody who is watched came, went, or turned away.
var OnPresence = event[Presence]("presence", ephemeral)
