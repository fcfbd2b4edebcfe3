package store

import (
	"context"
	"errors"

	"asappchat/protocol"
)

// The errors of a store. A store returns them wrapped; nothing of a driver
// leaks out.
var (
	// ErrNotFound: there is no such thing, or not for the one who asks.
	ErrNotFound = errors.New("not found")
	// ErrNoUser: a user that the mutation names does not exist.
	ErrNoUser = errors.New("no such user")
	// ErrExists: the username is taken.
	ErrExists = errors.New("exists already")
	// ErrConflict: a client id was used with other content.
	ErrConflict = errors.New("client id used with other content")
	// ErrChanged: what the mutation was made from has changed since.
	ErrChanged = errors.New("changed meanwhile")
	// ErrForbidden: a member, but not one who may do this, or not in this kind
	// of conversation.
	ErrForbidden = errors.New("forbidden")
	// ErrNoMessage: there is no such message, or it is deleted, or not for the
	// one who asks.
	ErrNoMessage = errors.New("no such message")
	// ErrNotAccepting: the other takes no messages or invitations from the
	// one who asks.
	ErrNotAccepting = errors.New("not accepting")
	// ErrClosed: the conversation is closed.
	ErrClosed = errors.New("conversation closed")
	// ErrNoReply: the message replies to a seq that the sender cannot see.
	ErrNoReply = errors.New("no such message to reply to")
	// ErrTooMany: there are as many already as there may be.
	ErrTooMany = errors.New("too many")
	// ErrTokenReused: the token was replaced by one that has been used since.
	// Its session has been ended.
	ErrTokenReused = errors.New("token reused")

	// ErrFull: there is no space left. Nothing was stored.
	ErrFull = errors.New("storage full")
	// ErrUnavailable: not served at present. Nothing was stored.
	ErrUnavailable = errors.New("storage unavailable")
	// ErrFailed: the storage is broken. Nothing was stored, and the store takes
	// no more commits.
	ErrFailed = errors.New("storage failed")
	// ErrUnknownOutcome: the commit failed in a way that leaves open whether
	// it happened. The store takes no more commits after it.
	ErrUnknownOutcome = errors.New("unknown outcome")
	// ErrInUse: the store is open already, in another process or in this one.
	ErrInUse = errors.New("in use already")
)

// Store is all of it.
type Store interface {
	Committer
	Accounts
	Conversations
	Searcher
	Log
	// Close ends the store, after the calls that are under way. Calls after it
	// are ErrUnavailable; to close again changes nothing.
	Close() error
}

// Committer changes what is remembered.
type Committer interface {
	// Commit applies a group of mutations, in order, in one transaction, and
	// returns when it is durable: outcomes[i] is what became of group[i]. A
	// mutation whose preconditions do not hold, or that fails by itself,
	// changes nothing and says so in its outcome; the others are not touched
	// by that. An error means that no mutation of the group was applied,
	// except for ErrUnknownOutcome. The context bounds waiting for the store;
	// a commit that has begun is not cancelled.
	Commit(ctx context.Context, group []Mutation) (outcomes []Outcome, err error)
}

// Accounts reads users and their sessions.
type Accounts interface {
	// Account returns the account with a name, or ErrNotFound.
	Account(ctx context.Context, username string) (Account, error)
	// Users returns up to limit users whose names begin with prefix and come
	// after the name after ("" for the first page), in the order of names by
	// bytes. With sharing, a username, only those count who share a
	// conversation with that user, and the user.
	Users(ctx context.Context, sharing, prefix, after string, limit int) ([]protocol.User, error)
	// Privacy returns a user's privacy, or ErrNotFound.
	Privacy(ctx context.Context, username string) (protocol.Privacy, error)
	// Blocked returns up to limit users whom a user blocks and whose names come
	// after the name after, in the order of names by bytes.
	Blocked(ctx context.Context, username, after string, limit int) ([]protocol.User, error)
	// Seen returns those of usernames whose presence the viewer may see, each
	// with when one of their sessions was last seen, 0 when there is none. A user
	// may be seen who shares a conversation with the viewer and shows their
	// presence, unless one of them blocks the other; and everybody by themselves.
	Seen(ctx context.Context, viewer string, usernames []string) (map[string]protocol.Time, error)
	// Sessions returns a user's sessions, oldest first. Current is not set.
	Sessions(ctx context.Context, username string) ([]protocol.Session, error)
}

// Account is a user with what must never cross the wire.
type Account struct {
	protocol.User
	PasswordHash string // in PHC string format, empty when there is none
}

// Conversations reads conversations as a viewer, who is a username, sees them.
// with names a conversation by its id or by the peer of a direct one. All
// return ErrNotFound when there is no such conversation, or the viewer is not
// a member of it.
type Conversations interface {
	Conversation(ctx context.Context, viewer, with string) (protocol.Conversation, error)
	// Home returns a page of the viewer's conversations.
	Home(ctx context.Context, viewer string, page HomePage) (Home, error)
	// Members returns up to limit members whose names come after the name
	// after, in the order of names by bytes. ReadSeq is set of the viewer, and
	// where MarkRead would tell the viewer of the member.
	Members(ctx context.Context, viewer, with, after string, limit int) ([]protocol.Member, error)
	// Hearers returns the id of a conversation and, in the order of names by
	// bytes, the other members who hear that the viewer types there: those
	// that a message would be told to and taken by, who do not block the viewer
	// and whom the viewer does not block. In a closed conversation and in one
	// of more than max members they are none.
	Hearers(ctx context.Context, viewer, with string, max int) (id string, hearers []string, err error)
	// History returns a page of messages, seq ascending.
	History(ctx context.Context, viewer, with string, page Page) (History, error)
}

// Page asks for up to Limit messages with seqs from From to To, both included
// and both cut to what the viewer may see. FromEnd takes the last ones of
// them instead of the first. When their sizes (see Size) together pass Bytes,
// the page ends before the message that does so, unless it is the first one
// taken. Limit and Bytes must be positive.
type Page struct {
	From, To int64
	Limit    int
	Bytes    int
	FromEnd  bool
	// Since leaves out messages that were neither sent nor changed at a place
	// after it. It does not go with FromEnd.
	Since Place
}

// History is a page, with the first and the last seq that the viewer may see
// in this conversation, both 0 when there is none.
type History struct {
	Conversation      string
	Messages          []protocol.Message
	FirstSeq, LastSeq int64
	// More says that there are messages behind the page. Without Since,
	// LastSeq tells that too.
	More bool
}

// HomePage asks for up to Limit conversations, newest activity first. A
// conversation's activity is the place of its last message or its creation, or of
// the viewer's joining if that is later. Only those before the place Before
// count, when it is not 0. Changed leaves out those in which nothing is
// different for the viewer since the place Since; then what the viewer has left
// after Since counts too, at the place of the leaving. The cost of the page
// follows what it returns, with Changed what is different, and how many large
// conversations the viewer has, not how many others. When the last messages of
// the conversations (see Size) together pass Bytes, the page ends before the
// one that does so, unless it is the first. Limit must be positive; Bytes may be
// 0, which is no bound.
type HomePage struct {
	Changed bool
	Since   Place
	Before  Place
	Limit   int
	Bytes   int
}

// Home is a page. Conversations are as Conversation returns them.
type Home struct {
	Items []HomeItem
	More  bool // there are others behind the last
}

// HomeItem is a conversation of the viewer's, or one that the viewer has left,
// of which only the ID is set.
type HomeItem struct {
	Activity     Place
	Left         bool
	Conversation protocol.Conversation
}

// Place is a place in the log. 0 is before the first.
type Place int64

// Head describes the log.
type Head struct {
	// Place is the last place that is committed.
	Place Place
	// Epoch changes when cursors made before would lie. It is random.
	Epoch string
	// CursorKey is the deployment's key to encipher places with, 16 bytes.
	CursorKey []byte
}

// Log reads what changed.
type Log interface {
	Head(ctx context.Context) (Head, error)
	// Trails returns, for every conversation in which there are events for a
	// user with places after after and up to upto, and for no other, a trail
	// that leads along them. Its cost follows the number of these
	// conversations, not that of the user's others, nor the traffic of other
	// users.
	Trails(ctx context.Context, username string, after, upto Place) ([]Trail, error)
	// Follow returns up to limit events of a trail with places up to upto, in
	// the order of the log, and the trail that leads on from there: its Next
	// is beyond upto when there are no more. When the sizes of the messages
	// (see Size) pass bytes together, the page ends before the message that does
	// so, unless it is the first event. Both bounds must be positive. Audience
	// is not set. An event is in the present state of what it tells about, and
	// only what the user may see at the time of the call: of a membership
	// there is the latest joining or leaving alone, and none of who was there
	// from the creation on; who has left is not told how many members there
	// are now, nor the name of a group that was renamed since. What belongs to a
	// membership (marker, role, preferences) ends with it. A message that was sent at a place of the window (after
	// Trail.After) comes there, and not again where it was changed; one that
	// was sent before comes at the place of its last change, Updated. A read
	// marker comes at the place of its last Read, a name, role, state or
	// preference at that of its last change. Of the time before the user's
	// joining nothing comes, also in a group that shares its history, but changes
	// after it of messages before it do there.
	Follow(ctx context.Context, username string, trail Trail, upto Place, limit, bytes int) ([]Event, Trail, error)
	// Recent returns at once all events that Trails and Follow lead to, in the
	// order of the log, if they are messages and no more than limit of them,
	// whose sizes (see Size) are no more than bytes together; else ok is false.
	// It may also be false for who is in many conversations, when much has come
	// after upto, and when a message was changed in this time. It is for those who were away for a moment: then it
	// costs less than trails.
	Recent(ctx context.Context, username string, after, upto Place, limit, bytes int) (events []Event, ok bool, err error)
}

// Trail is where one user's catching up stands in one conversation.
type Trail struct {
	// Conversation is the store's own key, which means nothing elsewhere.
	Conversation int64
	// After is the place after which the trail began.
	After Place
	// Next is the place of the next event, or one before it.
	Next Place
	// Seq is the seq of the last message that was passed, 0 when not known.
	Seq int64
}

// An Event is what the log tells at one place. Exactly one of Message, Read and
// Conversation is set; their cursors are not.
type Event struct {
	Place Place
	// Audience is who is told: the members at this place who may see what it is
	// about (a message changes only for those who see it), and who left at it, or
	// those whom the mutation names. It is shared and must not be changed.
	Audience     []string
	Message      *protocol.Message
	Updated      bool // the message was there before, and has changed
	Read         *protocol.ReadEvent
	Conversation *protocol.ConversationEvent
}
