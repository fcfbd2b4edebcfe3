package store

import "asappchat/protocol"

// A Mutation is one change as data, with its preconditions in it, which the
// store judges inside the transaction. The types in this file are all there
// are.
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
// The store sets Conversation, Seq and Rev of the message. Value:
// protocol.SendResult. Events: a created one when it opens the conversation,
// then the message. Errors: ErrNotFound (not a member of To, or no such
// conversation), ErrNoUser (To is a username nobody has), ErrConflict,
// ErrNoReply.
type Append struct {
	To      string
	NewID   string
	Message protocol.Message
	Key     ClientKey
	Content ContentHash
}

// CreateGroup opens a group, with Creator as its owner and Members, none of
// whom is the creator or named twice. Value: protocol.Conversation, as the
// creator sees it. Events: created. Errors: UserError.
type CreateGroup struct {
	ID      string
	Creator string
	Name    string
	Members []string
	At      protocol.Time
}

// UserError says which of several users does not exist. It is ErrNoUser.
type UserError struct{ Username string }

func (e *UserError) Error() string { return "no such user: " + e.Username }
func (e *UserError) Unwrap() error { return ErrNoUser }

// AddMember makes a user a member of a group that Actor is a member of, from
// now on. If the user is one already, there is no event and nothing changes.
// Value: protocol.Conversation, as the actor sees it. Events: joined. Errors:
// ErrNotFound, ErrForbidden (a direct conversation), ErrNoUser, ErrTooMany.
type AddMember struct {
	Actor    string
	With     string
	Username string
	At       protocol.Time
	Max      int // members that the group may have
}

// RemoveMember ends a user's membership of a group. With is as the user would
// name it. Events: left. Errors: ErrNotFound (the user is not a member),
// ErrForbidden (a direct conversation).
type RemoveMember struct {
	With     string
	Username string
	At       protocol.Time
}

func (*CreateUser) mutation()    {}
func (*SetPassword) mutation()   {}
func (*CreateSession) mutation() {}
func (*ExchangeToken) mutation() {}
func (*SeeSession) mutation()    {}
func (*EndSession) mutation()    {}
func (*Append) mutation()        {}
func (*CreateGroup) mutation()   {}
func (*AddMember) mutation()     {}
func (*RemoveMember) mutation()  {}
