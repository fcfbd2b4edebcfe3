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
	"errors"
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

func (m *Model) append(x *store.Append) store.Outcome {
	sender := x.Message.Sender
	r := m.find(sender, x.To)
	if first, again := m.sent[clientID{sender, x.Key}]; again && x.Message.ClientID != "" {
		if r == nil || r.id != first.result.Conversation || x.Content != first.content {
			return refused(store.ErrConflict)
		}
		first.result.Duplicate = true
		return store.Outcome{Value: first.result}
	}
	if err := m.refuseMessage(r, x); err != nil {
		return refused(err)
	}
	var events []store.Event
	if r == nil {
		r = &room{id: x.NewID, pair: pairOf(sender, x.To), at: x.Message.At}
		events = append(events, m.open(r, r.pair))
	}
	msg := &message{Message: x.Message, place: m.next(), reactions: map[string]map[string]bool{}}
	msg.Conversation, msg.Seq, msg.Rev = r.id, r.last()+1, 1
	r.messages = append(r.messages, msg)
	r.members[sender].read = msg.Seq
	events = append(events, m.tell(r, thing{kind: aMessage, seq: msg.Seq}, r.names()))
	result := protocol.SendResult{Conversation: r.id, Seq: msg.Seq, At: msg.At}
	if x.Message.ClientID != "" {
		m.sent[clientID{sender, x.Key}] = sending{x.Content, result}
	}
	return store.Outcome{Value: result, Events: events}
}

// refuseMessage joins the errors of which a store gives any one.
func (m *Model) refuseMessage(r *room, x *store.Append) (refusal error) {
	sender, reply := x.Message.Sender, x.Message.ReplyTo
	first, last, peer, closed := int64(1), int64(0), x.To, false
	switch {
	case r == nil && protocol.IsConversationID(x.To), r != nil && r.members[sender] == nil:
		return store.ErrNotFound
	case r == nil && m.users[x.To] == nil:
		return store.ErrNoUser
	case r != nil:
		first, last, peer, closed = r.members[sender].first, r.last(), r.peer(sender), r.closed
	}
	if reply != 0 && (reply < first || reply > last) {
		refusal = errors.Join(refusal, store.ErrNoReply)
	}
	if peer != "" && !m.accepts(peer, sender) {
		refusal = errors.Join(refusal, store.ErrNotAccepting)
	}
	if closed {
		refusal = errors.Join(refusal, store.ErrClosed)
	}
	return refusal
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

// message returns a message that a member sees, or nil.
func (r *room) message(me *member, seq int64) *message {
	if seq < me.first || seq > r.last() {
		return nil
	}
	return r.messages[seq-1]
}

// change is a new version of a message, for those who see it.
func (m *Model) change(r *room, msg *message) store.Outcome {
	msg.Rev++
	audience := slices.DeleteFunc(r.names(), func(name string) bool { return r.members[name].first > msg.Seq })
	e := m.tell(r, thing{kind: aMessage, seq: msg.Seq}, audience)
	return store.Outcome{Value: msg.now(), Events: []store.Event{e}}
}

func (m *Model) edit(x *store.Edit) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	msg := r.message(me, x.Seq)
	switch {
	case msg == nil || msg.Deleted:
		return refused(store.ErrNoMessage)
	case msg.Sender != x.Actor:
		return refused(store.ErrForbidden)
	case r.closed:
		return refused(store.ErrClosed)
	case msg.Body == x.Body:
		return store.Outcome{Value: msg.now()}
	}
	msg.Body, msg.EditedAt = x.Body, x.At
	return m.change(r, msg)
}

func (m *Model) delete(x *store.Delete) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	msg := r.message(me, x.Seq)
	switch {
	case msg == nil:
		return refused(store.ErrNoMessage)
	case msg.Sender != x.Actor && me.role == protocol.Plain:
		return refused(store.ErrForbidden)
	case msg.Deleted:
		return store.Outcome{Value: msg.now()}
	}
	msg.Message = protocol.Message{
		Conversation: r.id, Seq: msg.Seq, Rev: msg.Rev, Sender: msg.Sender, At: msg.At, Deleted: true,
	}
	clear(msg.reactions)
	return m.change(r, msg)
}

func (m *Model) react(x *store.React) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	msg := r.message(me, x.Seq)
	switch {
	case msg == nil || msg.Deleted:
		return refused(store.ErrNoMessage)
	case r.closed:
		return refused(store.ErrClosed)
	case msg.reactions[x.Emoji][x.Actor] == !x.Remove:
		return store.Outcome{Value: msg.now()}
	case x.Remove:
		delete(msg.reactions[x.Emoji], x.Actor)
		return m.change(r, msg)
	case len(msg.reactions[x.Emoji]) == 0 && len(msg.now().Reactions) >= x.Max:
		return refused(store.ErrTooMany)
	case msg.reactions[x.Emoji] == nil:
		msg.reactions[x.Emoji] = map[string]bool{}
	}
	msg.reactions[x.Emoji][x.Actor] = true
	return m.change(r, msg)
}

func (m *Model) markRead(x *store.MarkRead) store.Outcome {
	r, me := m.enter(x.Username, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	var events []store.Event
	if seq := min(x.Seq, r.last()); seq > me.read {
		me.read = seq
		audience := slices.DeleteFunc(r.names(), func(name string) bool { return !m.tells(r, x.Username, name) })
		events = append(events, m.tell(r, thing{kind: aMarker, username: x.Username}, audience))
	}
	unread, _ := r.unread(x.Username)
	return store.Outcome{Value: protocol.ReadResult{Conversation: r.id, ReadSeq: me.read, Unread: unread}, Events: events}
}

// tells says whether a member, who may be the viewer, is told how far another
// has read.
func (m *Model) tells(r *room, reader, viewer string) bool {
	return reader == viewer || len(r.members) <= store.ReceiptMembers && m.users[reader].privacy.Receipts
}

func (m *Model) setPreferences(x *store.SetPreferences) store.Outcome {
	r, me := m.enter(x.Username, x.With)
	if r == nil {
		return refused(store.ErrNotFound)
	}
	var events []store.Event
	muted, pinned := set(&me.muted, x.Muted), set(&me.pinned, x.Pinned)
	if muted || pinned {
		t := thing{kind: protocol.PreferencesChanged, username: x.Username}
		events = append(events, m.tell(r, t, []string{x.Username}))
	}
	return m.outcome(r, x.Username, events...)
}

// outcome has the conversation as the actor sees it.
func (m *Model) outcome(r *room, actor string, events ...store.Event) store.Outcome {
	return store.Outcome{Value: r.as(actor), Events: events}
}

func (m *Model) createGroup(x *store.CreateGroup) store.Outcome {
	if m.find("", x.ID) != nil {
		return refused(errors.New("the id of a conversation is given out twice"))
	}
	for _, name := range x.Members {
		if err := m.refuseInvitation(x.Creator, name); err != nil {
			return refused(&store.UserError{Username: name, Err: err})
		}
	}
	r := &room{id: x.ID, name: x.Name, at: x.At, history: x.History}
	created := m.open(r, append([]string{x.Creator}, x.Members...))
	r.members[x.Creator].role = protocol.Owner
	return m.outcome(r, x.Creator, created)
}

func (m *Model) refuseInvitation(actor, username string) error {
	switch {
	case m.users[username] == nil:
		return store.ErrNoUser
	case !m.accepts(username, actor):
		return store.ErrNotAccepting
	}
	return nil
}

func (m *Model) addMember(x *store.AddMember) store.Outcome {
	r, _ := m.enter(x.Actor, x.With)
	switch {
	case r == nil:
		return refused(store.ErrNotFound)
	case r.direct():
		return refused(store.ErrForbidden)
	case r.members[x.Username] != nil:
		return m.outcome(r, x.Actor)
	}
	if err := m.refuseInvitation(x.Actor, x.Username); err != nil {
		return refused(err)
	}
	if len(r.members) >= x.Max {
		return refused(store.ErrTooMany)
	}
	me := &member{role: protocol.Plain, joinedAt: x.At, joined: m.next(), first: r.last() + 1, read: r.last()}
	if r.history {
		me.first = 1
	}
	r.members[x.Username] = me
	delete(r.left, x.Username)
	return m.outcome(r, x.Actor, m.tell(r, thing{kind: protocol.Joined, username: x.Username}, r.names()))
}

func (m *Model) removeMember(x *store.RemoveMember) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	switch {
	case r == nil:
		return refused(store.ErrNotFound)
	case r.direct():
		return refused(store.ErrForbidden)
	case r.members[x.Username] == nil:
		return refused(store.ErrNoUser)
	}
	other := r.members[x.Username]
	may := x.Actor == x.Username || me.role == protocol.Owner || me.role == protocol.Admin && other.role == protocol.Plain
	if !may {
		return refused(store.ErrForbidden)
	}
	before := r.names()
	delete(r.members, x.Username)
	r.left[x.Username] = m.next()
	events := []store.Event{m.tell(r, thing{kind: protocol.Joined, username: x.Username}, before)}
	if other.role == protocol.Owner && len(r.members) > 0 {
		events = append(events, m.giveRole(r, r.heir(), protocol.Owner))
	}
	if x.Actor == x.Username {
		return store.Outcome{Events: events}
	}
	return m.outcome(r, x.Actor, events...)
}

// heir is the admin who has been there longest, or without one the member who
// has, of several the first by name.
func (r *room) heir() string {
	rank := map[protocol.Role]int{protocol.Admin: 0, protocol.Plain: 1}
	return slices.MinFunc(r.names(), func(a, b string) int {
		x, y := r.members[a], r.members[b]
		return cmp.Or(cmp.Compare(rank[x.role], rank[y.role]), cmp.Compare(x.joined, y.joined))
	})
}

func (m *Model) giveRole(r *room, username string, role protocol.Role) store.Event {
	r.members[username].role = role
	return m.tell(r, thing{kind: protocol.RoleChanged, username: username}, r.names())
}

func (m *Model) setRole(x *store.SetRole) store.Outcome {
	r, me := m.enter(x.Actor, x.With)
	switch {
	case r == nil:
		return refused(store.ErrNotFound)
	case r.direct():
		return refused(store.ErrForbidden)
	case r.members[x.Username] == nil:
		return refused(store.ErrNoUser)
	case me.role != protocol.Owner || x.Actor == x.Username:
		return refused(store.ErrForbidden)
	case r.members[x.Username].role == x.Role:
		return m.outcome(r, x.Actor)
	}
	events := []store.Event{m.giveRole(r, x.Username, x.Role)}
	if x.Role == protocol.Owner {
		events = append(events, m.giveRole(r, x.Actor, protocol.Admin))
	}
	return m.outcome(r, x.Actor, events...)
}

func (m *Model) rename(x *store.Rename) store.Outcome {
	r, err := m.govern(x.Actor, x.With)
	if err != nil {
		return refused(err)
	}
	if !set(&r.name, &x.Name) {
		return m.outcome(r, x.Actor)
	}
	return m.outcome(r, x.Actor, m.tell(r, thing{kind: protocol.Renamed}, r.names()))
}

func (m *Model) setState(x *store.SetState) store.Outcome {
	r, err := m.govern(x.Actor, x.With)
	if err != nil {
		return refused(err)
	}
	closed := x.State == protocol.Closed
	if !set(&r.closed, &closed) {
		return m.outcome(r, x.Actor)
	}
	return m.outcome(r, x.Actor, m.tell(r, thing{kind: protocol.StateChanged}, r.names()))
}

// govern returns a group of which the actor is owner or admin.
func (m *Model) govern(actor, with string) (*room, error) {
	r, me := m.enter(actor, with)
	switch {
	case r == nil:
		return nil, store.ErrNotFound
	case r.direct() || me.role == protocol.Plain:
		return nil, store.ErrForbidden
	}
	return r, nil
}
