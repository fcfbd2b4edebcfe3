package protocol

// What this file declares is ephemeral: it has no place in the log and no
// cursor, is not stored, and is dropped first when a connection reads slowly.

// Typing tells the other members of a conversation that the caller is typing,
// or, with on false, has stopped. On is repeated every few seconds, and ends by
// itself after [TypingExpires], or with the caller's next message, neither of
// which is told in an event.
var Typing = query[TypingParams, Empty]("typing")

type TypingParams struct {
	With string `json:"with"`
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
var PresenceOf = query[PresenceParams, PresenceResult]("presence")

type PresenceParams struct {
	Usernames []string `json:"usernames"`
}

type PresenceResult struct {
	Presence []Presence `json:"presence"`
}

func (p *PresenceParams) Check(limits *Limits) *Error {
	return checkUsernames("usernames", p.Usernames, limits.Watched)
}

// Presence says whether a user is there.
type Presence struct {
	Username   string        `json:"username"`
	State      PresenceState `json:"state"`
	LastSeenAt Time          `json:"last_seen_at,omitzero"` // of who is offline, where it is known
}

// PresenceState is online when any of a user's connections is, away when all of
// them are, offline when there is none.
type PresenceState string

const (
	Online  PresenceState = "online"
	Away    PresenceState = "away"
	Offline PresenceState = "offline"
)

// SetPresence says of this connection that nobody is in front of it, or that
// somebody is again. A connection begins online.
var SetPresence = query[SetPresenceParams, Empty]("set_presence")

type SetPresenceParams struct {
	State PresenceState `json:"state"`
}

func (p *SetPresenceParams) Check(*Limits) *Error {
	if p.State != Online && p.State != Away {
		return InvalidParam("state", "param \"state\" must be %q or %q", Online, Away)
	}
	return nil
}

// OnTyping tells that another member is typing, or has stopped.
var OnTyping = Event[TypingEvent]{"typing", false}

type TypingEvent struct {
	Conversation string `json:"conversation"` // its id
	Username     string `json:"username"`
	On           bool   `json:"on"`
}

// OnPresence tells that somebody who is watched came, went, or turned away.
var OnPresence = Event[Presence]{"presence", false}
