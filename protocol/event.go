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

// OnConversation tells of a conversation that was opened, or of a change in
// who is in it.
var OnConversation = Event[ConversationEvent]{"conversation", true}

// Change is what happened to a conversation.
type Change string

const (
	Created Change = "created"
	Joined  Change = "joined"
	Left    Change = "left"
)

type ConversationEvent struct {
	Conversation string           `json:"conversation"` // its id
	Change       Change           `json:"change"`
	Kind         ConversationKind `json:"kind"`
	Name         string           `json:"name,omitzero"`     // of a group
	Username     string           `json:"username,omitzero"` // who joined or left
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
