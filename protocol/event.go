package protocol

// An Event is a kind of notification that the server sends, with params P.
// Only this package makes events.
type Event[P any] struct {
	// Name is the notification's method on the wire.
	Name string
	// Durable says that the event has a place in the log, and a cursor.
	Durable bool
}

// OnMessage tells of a new message, to every member, its sender included.
var OnMessage = Event[MessageEvent]{"message", true}

type MessageEvent struct {
	Message Message `json:"message"`
	Cursor  string  `json:"cursor"`
}

// OnMessageUpdated tells of a message that was edited, deleted or reacted to,
// as it is now.
var OnMessageUpdated = Event[MessageEvent]{"message_updated", true}

// OnRead tells how far somebody has read.
var OnRead = Event[ReadEvent]{"read", true}

type ReadEvent struct {
	Conversation string `json:"conversation"` // its id
	Username     string `json:"username"`
	Seq          int64  `json:"seq"`
	Cursor       string `json:"cursor"`
}

// OnConversation tells of a conversation that was opened or has changed.
var OnConversation = Event[ConversationEvent]{"conversation", true}

// Change is what happened to a conversation.
type Change string

const (
	Created            Change = "created"
	Joined             Change = "joined"
	Left               Change = "left"
	Renamed            Change = "renamed"
	RoleChanged        Change = "role"
	StateChanged       Change = "state"
	PreferencesChanged Change = "preferences" // told to their user alone
)

type ConversationEvent struct {
	Conversation string           `json:"conversation"` // its id
	Change       Change           `json:"change"`
	Kind         ConversationKind `json:"kind"`
	Name         string           `json:"name,omitzero"`     // of a group
	Username     string           `json:"username,omitzero"` // who joined or left, or whose role or preferences changed
	Role         Role             `json:"role,omitzero"`     // of role
	State        State            `json:"state,omitzero"`    // of state
	Muted        *bool            `json:"muted,omitzero"`    // of preferences
	Pinned       *bool            `json:"pinned,omitzero"`   // of preferences
	Members      []string         `json:"members,omitzero"`  // of a new conversation: the first few by name, at most 10
	MemberCount  int              `json:"member_count,omitzero"`
	Cursor       string           `json:"cursor"`
}

// OnLagging tells that this connection reads too slowly, and that its
// subscription has ended: subscribe again from the cursor.
var OnLagging = Event[LaggingEvent]{"lagging", false}

type LaggingEvent struct {
	Cursor string `json:"cursor"` // of the last event that was sent
}

// OnDraining tells that the server is about to end or restart. The connection
// will be closed with [CloseRestart]; come back after the delay.
var OnDraining = Event[DrainingEvent]{"draining", false}

type DrainingEvent struct {
	DelayMS int64 `json:"delay_ms"` // milliseconds, different for each connection
}
