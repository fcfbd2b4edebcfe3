package protocol

import "slices"

// An Event is a kind of notification that the server sends, with params P.
// Only this package makes events.
type Event[P any] struct{ *EventSpec }

// EventSpec is what is known of an event without its type.
type EventSpec struct {
	// Name is the notification's method on the wire.
	Name string
	// Durable says that the event has a place in the log, and a cursor. It
	// comes through a subscription, live or later.
	Durable bool
	// Ephemeral says that the event comes through a subscription, but has no
	// place in the log: it is told at once or never.
	Ephemeral bool
}

// events is the list of all declared events, in the order of their
// declaration. It is complete when the package is initialised.
var events []*EventSpec

// Events returns every event of the protocol, in the order of their
// declaration.
func Events() []*EventSpec { return slices.Clone(events) }

func durable(s *EventSpec) { s.Durable = true }

func ephemeral(s *EventSpec) { s.Ephemeral = true }

func event[P any](name string, options ...func(*EventSpec)) Event[P] {
	spec := &EventSpec{Name: name}
	for _, o := range options {
		o(spec)
	}
	events = append(events, spec)
	return Event[P]{spec}
}

// OnMessage tells of a new message, to every member, its sender included.
var OnMessage = event[MessageEvent]("message", durable)

// MessageEvent is a message, and its place in the log. It is the same bytes
// for everybody who gets it.
type MessageEvent struct {
	Message Message `json:"message"`
	Cursor  Cursor  `json:"cursor"`
}

// OnMessageUpdated tells of a message that was edited, deleted or reacted to,
// as it is now.
var OnMessageUpdated = event[MessageEvent]("message_updated", durable)

// OnRead tells how far somebody has read: to all devices of that user, and in
// a direct conversation or a small group to everybody in it, unless the user
// has turned that off.
var OnRead = event[ReadEvent]("read", durable)

// ReadEvent is somebody's read marker.
type ReadEvent struct {
	Conversation ConversationID `json:"conversation"`
	Username     Username       `json:"username"` // who has read
	Seq          Seq            `json:"seq"`      // all up to here is read
	Cursor       Cursor         `json:"cursor"`
}

// OnConversation tells of a conversation that was opened or has changed.
var OnConversation = event[ConversationEvent]("conversation", durable)

// Change is what happened to a conversation.
type Change string

const (
	Created            Change = "created"     // it was opened; of a direct one, before its first message
	Joined             Change = "joined"      // a user became a member
	Left               Change = "left"        // a user left or was removed, and was told so too
	Renamed            Change = "renamed"     // a group has another name
	RoleChanged        Change = "role"        // a member has another role
	StateChanged       Change = "state"       // a group was closed or opened again
	PreferencesChanged Change = "preferences" // a user's own; told to that user alone
)

// ConversationEvent is a change of a conversation. Beside the change it holds
// what is new, and nothing that depends on the reader.
type ConversationEvent struct {
	Conversation ConversationID   `json:"conversation"`
	Change       Change           `json:"change"`
	Kind         ConversationKind `json:"kind"`
	Name         string           `json:"name,omitzero"`         // of a group
	Username     Username         `json:"username,omitzero"`     // who joined or left, or whose role or preferences changed
	Role         Role             `json:"role,omitzero"`         // the new one, with the change role
	State        State            `json:"state,omitzero"`        // the new one, with the change state
	Muted        *bool            `json:"muted,omitzero"`        // with the change preferences
	Pinned       *bool            `json:"pinned,omitzero"`       // with the change preferences
	Members      []Username       `json:"members,omitzero"`      // with the change created: the first few by name, at most 10
	MemberCount  int              `json:"member_count,omitzero"` // how many members there are now
	Cursor       Cursor           `json:"cursor"`
}

// OnLagging tells that this connection reads too slowly, and that its
// subscription has ended: subscribe again from the cursor.
var OnLagging = event[LaggingEvent]("lagging")

// LaggingEvent says where to go on.
type LaggingEvent struct {
	Cursor Cursor `json:"cursor"` // of the last event that was sent
}

// OnDraining tells that the server is about to end or restart. The connection
// will be closed with 1012; come back after the delay.
var OnDraining = event[DrainingEvent]("draining")

// DrainingEvent says when to come back.
type DrainingEvent struct {
	// How long to wait, in milliseconds. It is different for each connection,
	// so that not all come back at once.
	//
	//openrpc:schema {"minimum":0}
	DelayMS int64 `json:"delay_ms"`
}
