package protocol

// Conversations lists the caller's conversations, newest activity first:
// what counts is the last message, the creation or the caller's joining.
// Subscribing from the Cursor of the first page leaves no hole behind the list.
// A conversation that changes while the pages are read may come again on a later
// one, which then counts.
//
// With Since, a cursor of before, it lists what changed after it alone: the
// conversations, and in Left those that the caller has left or was removed from.
// Reset says that Since cannot be continued from: this is then the whole list.
var Conversations = query[ConversationsParams, ConversationsResult]("conversations")

type ConversationsParams struct {
	Since string `json:"since,omitzero" rpc:"filled"`
	Limit *int   `json:"limit,omitzero"` // items of the page
	Page  string `json:"page,omitzero"`  // Next of the page before, of a call with the same Since
}

func (p *ConversationsParams) Check(limits *Limits) *Error {
	if err := checkCursor("since", p.Since); err != nil {
		return err
	}
	return checkPage(&p.Limit, p.Page, limits)
}

type ConversationsResult struct {
	Conversations []Conversation `json:"conversations"`
	Left          []string       `json:"left"`          // ids of conversations that are the caller's no longer
	Cursor        string         `json:"cursor"`        // where the list stands, the same on all its pages
	Next          string         `json:"next,omitzero"` // absent on the last page
	Reset         bool           `json:"reset"`
}

// ConversationOf answers one conversation as the list does.
var ConversationOf = query[WithParams, ConversationResult]("conversation")

// Read moves the caller's read marker forward, up to the last message at most;
// a seq before it changes nothing. Sending moves it too. All devices of the
// caller are told, and in a direct conversation or a small group everybody in
// it, unless the caller has turned that off.
var Read = command[ReadParams, ReadResult]("read")

type ReadParams struct {
	With string `json:"with"`
	Seq  int64  `json:"seq"`
}

func (p *ReadParams) Check(*Limits) *Error { return checkMessage(&p.With, p.Seq) }

type ReadResult struct {
	Conversation string `json:"conversation"`
	ReadSeq      int64  `json:"read_seq"`
	Unread       int64  `json:"unread"`
}

// SetPreferences changes how the caller wants a conversation shown. It means
// nothing to the server, and is the same on all devices.
var SetPreferences = command[SetPreferencesParams, ConversationResult]("set_preferences")

type SetPreferencesParams struct {
	With   string `json:"with"`
	Muted  *bool  `json:"muted,omitzero" rpc:"named"`
	Pinned *bool  `json:"pinned,omitzero" rpc:"named"`
}

func (p *SetPreferencesParams) Check(*Limits) *Error { return checkTarget("with", &p.With) }
