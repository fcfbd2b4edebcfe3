package protocol

// Conversations lists the caller's conversations, newest activity first:
// what counts is the last message, the creation or the caller's joining.
// Subscribing from the cursor of the list leaves no hole behind it. A
// conversation that changes while the pages are read may come again on a later
// one, which then counts.
//
// With since, a cursor of before, it lists what changed after it alone: the
// conversations, and in left those that the caller has left or was removed from.
// A reset says that since cannot be continued from: this is then the whole list.
var Conversations = query[ConversationsParams, ConversationsResult]("conversations")

// ConversationsParams are the params of conversations.
type ConversationsParams struct {
	Since Cursor    `json:"since,omitzero" rpc:"filled"`
	Limit *PageSize `json:"limit,omitzero"`
	Page  PageToken `json:"page,omitzero"` // of a call with the same since
}

func (p *ConversationsParams) Check(limits *Limits) *Error {
	if err := checkCursor("since", p.Since); err != nil {
		return err
	}
	return checkPage(&p.Limit, p.Page, limits)
}

// ConversationsResult is a page of the list.
type ConversationsResult struct {
	Conversations []Conversation   `json:"conversations"` // newest activity first
	Left          []ConversationID `json:"left"`          // those that are the caller's no longer
	Cursor        Cursor           `json:"cursor"`        // where the list stands, the same on all its pages
	Next          PageToken        `json:"next,omitzero"` // absent on the last page
	Reset         bool             `json:"reset"`         // this is the whole list; drop what was kept
}

// ConversationOf answers one conversation, as it stands in the list.
var ConversationOf = query[WithParams, ConversationResult]("conversation", fails(NotFound))

// Read moves the caller's read marker forward, up to the last message at most;
// a seq before it changes nothing. Sending moves it too. All devices of the
// caller are told, and in a direct conversation or a small group everybody in
// it, unless the caller has turned that off.
var Read = command[ReadParams, ReadResult]("read", fails(NotFound, RateLimited))

// ReadParams are the params of read.
type ReadParams struct {
	With Target `json:"with"`
	Seq  Seq    `json:"seq"` // all up to here is read
}

func (p *ReadParams) Check(*Limits) *Error { return checkMessage(&p.With, p.Seq) }

// ReadResult says where the caller's marker is now.
type ReadResult struct {
	Conversation ConversationID `json:"conversation"`
	ReadSeq      LastSeq        `json:"read_seq"`
	Unread       int64          `json:"unread"` // messages of others after it that are not deleted
}

// SetPreferences changes how the caller wants a conversation shown. It means
// nothing to the server, and is the same on all devices. What is absent stays.
var SetPreferences = command[SetPreferencesParams, ConversationResult]("set_preferences", fails(NotFound, RateLimited))

// SetPreferencesParams are the params of set_preferences.
type SetPreferencesParams struct {
	With   Target `json:"with"`
	Muted  *bool  `json:"muted,omitzero" rpc:"named"`  // the user is not to be alerted
	Pinned *bool  `json:"pinned,omitzero" rpc:"named"` // it stands above the others
}

func (p *SetPreferencesParams) Check(*Limits) *Error { return checkTarget("with", &p.With) }
