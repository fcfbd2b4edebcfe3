// Package model is all that a store remembers of users and conversations,
// written down as plainly as it can be: lists that are searched from end to
// end, counts that are counted, and the log as a list of what happened. A store
// that is built to be fast is held against it, and so are whole servers and
// their clients.
//
// The package may import protocol, store and store/words, and starts no goroutine. A Model
// must be used by one goroutine at a time.
package model

import (
	"cmp"
	"maps"
	"slices"

	"asappchat/protocol"
	"asappchat/store"
)

// Model is users and conversations, and the log of what became of them.
type Model struct {
	users map[string]*user
	rooms []*room
	sent  map[clientID]sending
	place store.Place // the last one that was taken
}

type user struct {
	protocol.User
	privacy protocol.Privacy
	blocks  map[string]bool
}

// room is a conversation.
type room struct {
	id       string
	pair     []string // the names of a direct one, sorted, or one name for notes
	name     string
	at       protocol.Time
	closed   bool
	history  bool
	messages []*message // that with seq 1 first
	members  map[string]*member
	left     map[string]store.Place // where those who are not members now left
	log      []entry
}

type message struct {
	protocol.Message // without its reactions
	place            store.Place
	reactions        map[string]map[string]bool // users by emoji
}

type member struct {
	role          protocol.Role
	joinedAt      protocol.Time
	joined        store.Place
	first         int64 // the first seq to be seen
	read          int64
	muted, pinned bool
}

// entry says that something happened to a thing at a place. What it is like
// now is in the room.
type entry struct {
	place store.Place
	thing thing
}

// thing is what an event is about: a message, by its seq, or what kind says,
// of a user where it is somebody's. Joined stands for a membership.
type thing struct {
	kind     protocol.Change
	username string
	seq      int64
}

// The kinds of things that are no changes of a conversation.
const (
	aMessage protocol.Change = "message"
	aMarker  protocol.Change = "read"
)

type clientID struct {
	sender string
	key    store.ClientKey
}

type sending struct {
	content store.ContentHash
	result  protocol.SendResult
}

// New returns a model of a store without users, whose log is at a place. A
// store with users will do too, if nothing is done with them.
func New(at store.Place) *Model {
	return &Model{users: map[string]*user{}, sent: map[clientID]sending{}, place: at}
}

// Place is the end of the log.
func (m *Model) Place() store.Place { return m.place }

// Apply does what a store does for one mutation, in the order of commits.
// Passwords and sessions are not in the model: they change nothing.
func (m *Model) Apply(x store.Mutation) store.Outcome {
	switch x := x.(type) {
	case *store.CreateUser:
		return m.createUser(x)
	case *store.SetProfile:
		return m.setProfile(x)
	case *store.SetPrivacy:
		return m.setPrivacy(x)
	case *store.Block:
		return m.block(x)
	case *store.Append:
		return m.append(x)
	case *store.Edit:
		return m.edit(x)
	case *store.Delete:
		return m.delete(x)
	case *store.React:
		return m.react(x)
	case *store.MarkRead:
		return m.markRead(x)
	case *store.SetPreferences:
		return m.setPreferences(x)
	case *store.CreateGroup:
		return m.createGroup(x)
	case *store.AddMember:
		return m.addMember(x)
	case *store.RemoveMember:
		return m.removeMember(x)
	case *store.Rename:
		return m.rename(x)
	case *store.SetRole:
		return m.setRole(x)
	case *store.SetState:
		return m.setState(x)
	}
	return store.Outcome{}
}

func refused(err error) store.Outcome { return store.Outcome{Err: err} }

func (m *Model) createUser(x *store.CreateUser) store.Outcome {
	if m.users[x.User.Username] != nil {
		return refused(store.ErrExists)
	}
	open := protocol.Privacy{Contact: protocol.ContactEverybody, Receipts: true, Presence: true}
	m.users[x.User.Username] = &user{x.User, open, map[string]bool{}}
	return store.Outcome{Value: x.User}
}

func (m *Model) setProfile(x *store.SetProfile) store.Outcome {
	u := m.users[x.Username]
	if u == nil {
		return refused(store.ErrNoUser)
	}
	set(&u.DisplayName, x.DisplayName)
	set(&u.Status, x.Status)
	return store.Outcome{Value: u.User}
}

func (m *Model) setPrivacy(x *store.SetPrivacy) store.Outcome {
	u := m.users[x.Username]
	if u == nil {
		return refused(store.ErrNoUser)
	}
	u.privacy.Contact = cmp.Or(x.Contact, u.privacy.Contact)
	set(&u.privacy.Receipts, x.Receipts)
	set(&u.privacy.Presence, x.Presence)
	return store.Outcome{Value: u.privacy}
}

// set writes a value if there is one, and says whether it is another.
func set[T comparable](to, value *T) (different bool) {
	if value == nil || *to == *value {
		return false
	}
	*to = *value
	return true
}

func (m *Model) block(x *store.Block) store.Outcome {
	blocks := m.users[x.Username].blocks
	switch {
	case m.users[x.Other] == nil:
		return refused(store.ErrNoUser)
	case x.Username == x.Other:
		return refused(store.ErrForbidden)
	case x.Remove:
		delete(blocks, x.Other)
	case !blocks[x.Other] && len(blocks) >= x.Max:
		return refused(store.ErrTooMany)
	default:
		blocks[x.Other] = true
	}
	return store.Outcome{}
}

// accepts says whether a user takes direct messages and invitations from
// another, or oneself.
func (m *Model) accepts(username, from string) bool {
	u := m.users[username]
	switch {
	case username == from:
		return true
	case u.blocks[from]:
		return false
	case u.privacy.Contact == protocol.ContactShared:
		return slices.ContainsFunc(m.rooms, func(r *room) bool {
			return !r.direct() && r.members[username] != nil && r.members[from] != nil
		})
	}
	return u.privacy.Contact == protocol.ContactEverybody
}

// find returns the conversation that a user names, nil when there is none.
func (m *Model) find(username, with string) *room {
	pair := pairOf(username, with)
	for _, r := range m.rooms {
		if r.id == with || r.direct() && slices.Equal(r.pair, pair) {
			return r
		}
	}
	return nil
}

// enter returns the conversation that a user names and is a member of, or nil.
func (m *Model) enter(username, with string) (*room, *member) {
	if r := m.find(username, with); r != nil && r.members[username] != nil {
		return r, r.members[username]
	}
	return nil, nil
}

func pairOf(a, b string) []string {
	pair := []string{a, b}
	slices.Sort(pair)
	return slices.Compact(pair)
}

func (r *room) direct() bool { return r.pair != nil }

func (r *room) names() []string { return slices.Sorted(maps.Keys(r.members)) }

func (r *room) last() int64 { return int64(len(r.messages)) }

// next is the place that the next event takes.
func (m *Model) next() store.Place { return m.place + 1 }

// tell writes into the log that something has happened to a thing.
func (m *Model) tell(r *room, t thing, audience []string) store.Event {
	m.place = m.next()
	r.log = append(r.log, entry{m.place, t})
	e := r.event(m.place, t)
	e.Audience = audience
	return e
}

// open begins a conversation, whose members are plain ones.
func (m *Model) open(r *room, names []string) store.Event {
	r.members, r.left = map[string]*member{}, map[string]store.Place{}
	for _, name := range names {
		r.members[name] = &member{role: protocol.Plain, joinedAt: r.at, joined: m.next(), first: 1}
	}
	m.rooms = append(m.rooms, r)
	return m.tell(r, thing{kind: protocol.Created}, r.names())
}
