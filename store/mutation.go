package store

import "asappchat/protocol"

// A Mutation is one change as data, with its preconditions in it, which the
// store judges inside the transaction. Errors are judged in the order in which
// a mutation's comment names them. The types in this file are all there are.
type Mutation interface{ mutation() }

// memberWeight is how many members of a new group weigh as much as a message.
const memberWeight = 8

// Weight is how much work a mutation is, about, in messages.
func Weight(m Mutation) int {
	if g, ok := m.(*CreateGroup); ok {
		return 1 + len(g.Members)/memberWeight
	}
	return 1
}

// Outcome is what became of a mutation.
type Outcome struct {
	// Err is nil when the mutation was applied, or one of the errors that the
	// mutation's comment names. Any other error is a fault of the store or of
	// the mutation: it alone was not applied.
	Err error
	// Value is what the mutation's comment says.
	Value any
	// Events are what the log tells of it, in the order of their places. Over
	// a group, places rise from event to event and from outcome to outcome.
	Events []Event
	// Ended are the ids of the sessions that it ended.
	Ended []string
	// Gone is how many bytes of a message's body are nowhere any more.
	Gone int
}

// CreateUser opens an account. Value: protocol.User. Errors: ErrExists.
type CreateUser struct {
	User         protocol.User
	PasswordHash string
	At           protocol.Time
}

// SetPassword replaces the hash of a password, if it still is OldHash, and
// ends the user's sessions other than Keep. Errors: ErrChanged, also when
// there is no such user.
type SetPassword struct {
	Username         string
	OldHash, NewHash string
	Keep             string
}

// A TokenHash is the SHA-256 of a session's token.
type TokenHash [32]byte

// CreateSession opens a session of an existing user. When the user then has
// more than Max sessions, which must be at least 1, of the others those not
// seen for the longest time are ended; so are those not seen since Oldest.
// Those in Present, which are connected, are neither. PasswordHash is what the
// user was judged by, and must still be the account's.
// Value: protocol.Session, with Current not set. Errors: ErrNoUser, ErrChanged.
type CreateSession struct {
	ID       string
	Username string
	Device   string
	Token    TokenHash
	At       protocol.Time
	Max      int
	Oldest   protocol.Time
	Present  []string

	PasswordHash string
}

// ExchangeToken gives out a new token of a session for one that is good, and
// marks the session seen. Good are the token that was used last, which is the
// session's first one to begin with, and all that were given out for it. Using
// one of the latter makes it the one used last, and the others no longer are
// good. Using a token that no longer is good ends the session: somebody has a
// copy. Of each session, at least the last 256 tokens are remembered besides
// the one used last; older ones are as if they had never been. A session not
// seen since Oldest is ended too, and ErrNotFound. Device, when not empty,
// renames the session's device. Value: SessionOwner. Errors: ErrNotFound,
// ErrTokenReused (both with Ended set when a session was ended, which is a
// change although there is an error).
type ExchangeToken struct {
	Old, New TokenHash
	Device   string
	At       protocol.Time
	Oldest   protocol.Time
}

// SessionOwner is a session and whose it is.
type SessionOwner struct {
	Session protocol.Session
	User    protocol.User
}

// SeeSession notes when a session was last seen. An unknown one is ignored,
// and so is a time before the one that is known.
type SeeSession struct {
	ID string
	At protocol.Time
}

// EndSession ends a session of a user. Errors: ErrNotFound.
type EndSession struct {
	Username string
	ID       string
}

// ClientKey stands for a client id: the 16 bytes of a UUID in its canonical
// form, so that the keys of UUIDs of version 7 rise with time, or the first 16
// bytes of the SHA-256 of any other client id.
type ClientKey [16]byte

// ContentHash is the first 16 bytes of a SHA-256 over all of a message that
// its sender chose, other than where it goes and its client id.
type ContentHash [16]byte

// Append adds a message to a conversation that the sender is a member of, or
// to the direct conversation with a user, which it opens when there is none:
// then To is a username, and NewID the id that a new conversation takes.
//
// When Message.ClientID is set, Key and Content are, and come before every
// other precondition: if the sender has used Key before with the same Content
// in the same conversation, Value is what it was then, with Duplicate set, and
// there are no events; with another content or conversation the error is
// ErrConflict.
//
// The store sets Conversation, Seq and Rev of the message, and moves the
// sender's read marker to it, which is no event. Value: protocol.SendResult.
// Events: a created one when it opens the conversation, then the message.
// Errors: ErrNotFound (not a member of To, or no such conversation), ErrNoUser
// (To is a username nobody has), ErrConflict; then any of ErrNoReply,
// ErrNotAccepting (the peer of a direct conversation does not accept the
// sender) and ErrClosed.
type Append struct {
	To      string
	NewID   string
	Message protocol.Message
	Key     ClientKey
	Content ContentHash
}

// Edit replaces the body of a message that the actor has sent. When it has that
// body already, nothing changes. Value: protocol.Message. Gone: what it had. Events: the message,
// Updated. Errors: ErrNotFound (not a member), ErrNoMessage (the actor does not see
// it, or it is deleted), ErrForbidden (sent by somebody else), ErrClosed,
// ErrNotAccepting (the peer of a direct conversation does not accept the actor).
type Edit struct {
	Actor string
	With  string
	Seq   int64
	Body  string
	At    protocol.Time
}

// Delete makes a message a tombstone: what is left are Conversation, Seq,
// Rev, Sender, At and Deleted. What it said, who was mentioned and who reacted
// is in no answer any more. In the storage the ClientKey and ContentHash stay, for
// retries; the rest is overwritten as soon as the store's way of writing lets
// it, and the store says where a copy may be left until when. The actor has sent the message, or is owner or admin of the group. When
// it is a tombstone already, nothing changes. Value: protocol.Message. Gone: what it said. Events:
// the message, Updated. Errors: ErrNotFound, ErrNoMessage, ErrForbidden.
type Delete struct {
	Actor string
	With  string
	Seq   int64
}

// React puts an emoji of the actor's under a message, or with Remove takes it
// away. When it is there already, or is not, nothing changes. Reactions are in
// the order of their emoji, by bytes. Value: protocol.Message. Events: the
// message, Updated. Errors: ErrNotFound, ErrNoMessage, ErrClosed, ErrNotAccepting
// (as in Edit, and not with Remove), ErrTooMany (Max different emoji are there).
type React struct {
	Actor  string
	With   string
	Seq    int64
	Emoji  string
	Remove bool
	Max    int
}

// MarkRead moves a user's read marker forward, to the last message at most.
// When it is there or further already, nothing changes. Value:
// protocol.ReadResult. Events: the Read. Its audience are, in a conversation of up to ReceiptMembers, if the
// user's privacy allows it, its members, or else the user alone. Errors:
// ErrNotFound.
type MarkRead struct {
	Username string
	With     string
	Seq      int64
}

// ReceiptMembers is how many members a conversation has at most whose members
// see how far the others have read.
const ReceiptMembers = 20

// SetPreferences changes how a user wants a conversation shown; nil leaves as
// it is. When nothing is different nothing changes. Value:
// protocol.Conversation. Events: preferences, whose audience is the user.
// Errors: ErrNotFound.
type SetPreferences struct {
	Username      string
	With          string
	Muted, Pinned *bool
}

// CreateGroup opens a group, with Creator as its owner and Members, none of
// whom is the creator or named twice. With History, who joins later sees what was
// sent before. Value: protocol.Conversation, as the creator sees it. Events:
// created. Errors: UserError, of ErrNoUser or ErrNotAccepting.
type CreateGroup struct {
	ID      string
	Creator string
	Name    string
	Members []string
	History bool
	At      protocol.Time
}

// UserError says which of several users is why, and Err why.
type UserError struct {
	Username string
	Err      error
}

func (e *UserError) Error() string { return e.Username + ": " + e.Err.Error() }
func (e *UserError) Unwrap() error { return e.Err }

// AddMember makes a user a member of a group that Actor is a member of, from
// now on. The user's read marker is at the last message. If the user is one
// already, there is no event and nothing changes. Value: protocol.Conversation,
// as the actor sees it. Events: joined. Errors: ErrNotFound, ErrForbidden (a
// direct conversation), ErrNoUser, ErrNotAccepting, ErrTooMany.
type AddMember struct {
	Actor    string
	With     string
	Username string
	At       protocol.Time
	Max      int // members that the group may have
}

// RemoveMember ends a user's membership of a group: the actor's own, or, for an
// owner, that of another, or, for an admin, that of another who is neither.
// With is as the actor would name it. When the owner leaves, the admin who has
// been there longest becomes the owner, without an admin the member who has, of
// several from the same place the first by name. Value:
// protocol.Conversation as the actor sees it, or nothing for who left. Events:
// left, and then role, when there is a new owner. Errors: ErrNotFound (the actor is
// not a member), ErrNoUser (the other is not), ErrForbidden.
type RemoveMember struct {
	Actor    string
	With     string
	Username string
	At       protocol.Time
}

// Rename changes the name of a group. Owners and admins may. When that is its
// name already, nothing changes. Value: protocol.Conversation. Events: renamed.
// Errors: ErrNotFound, ErrForbidden.
type Rename struct {
	Actor string
	With  string
	Name  string
}

// SetRole changes the role of another member of a group. Only the owner may.
// Making somebody else the owner makes the actor an admin. When that is the
// role already, nothing changes. Value: protocol.Conversation. Events: role, for
// each that changed, the other one first. Errors: ErrNotFound, ErrNoUser (not
// a member), ErrForbidden (also for the actor's own role).
type SetRole struct {
	Actor    string
	With     string
	Username string
	Role     protocol.Role
}

// SetState closes a group or opens it again. Owners and admins may. When that is
// its state already, nothing changes. Value: protocol.Conversation. Events: state.
// Errors: ErrNotFound, ErrForbidden.
type SetState struct {
	Actor string
	With  string
	State protocol.State
}

// SetProfile changes what others see of a user; nil leaves as it is. It is in
// no place of the log. Value: protocol.User. Errors: ErrNoUser.
type SetProfile struct {
	Username            string
	DisplayName, Status *string
}

// SetPrivacy changes a user's privacy; nil, and an empty Contact, leave as it is.
// It is in no place of the log. Value: protocol.Privacy. Errors: ErrNoUser.
type SetPrivacy struct {
	Username           string
	Contact            protocol.Contact
	Receipts, Presence *bool
}

// Block makes Username block Other, or with Remove no longer do so. From then on
// Other's direct messages to Username, edits of them and reactions in the same
// conversation, and invitations of Username are ErrNotAccepting. It is in no place of the log. Errors: ErrNoUser (Other does not
// exist), ErrForbidden (oneself), ErrTooMany (Max users are blocked).
type Block struct {
	Username string
	Other    string
	Remove   bool
	Max      int
}

func (*CreateUser) mutation()     {}
func (*SetPassword) mutation()    {}
func (*CreateSession) mutation()  {}
func (*ExchangeToken) mutation()  {}
func (*SeeSession) mutation()     {}
func (*EndSession) mutation()     {}
func (*Append) mutation()         {}
func (*CreateGroup) mutation()    {}
func (*AddMember) mutation()      {}
func (*RemoveMember) mutation()   {}
func (*Edit) mutation()           {}
func (*Delete) mutation()         {}
func (*React) mutation()          {}
func (*MarkRead) mutation()       {}
func (*SetPreferences) mutation() {}
func (*Rename) mutation()         {}
func (*SetRole) mutation()        {}
func (*SetState) mutation()       {}
func (*SetProfile) mutation()     {}
func (*SetPrivacy) mutation()     {}
func (*Block) mutation()          {}
