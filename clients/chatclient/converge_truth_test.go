package chatclient

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/storetest/model"
)

// truth is a store that writes down in a plain model what was committed, in the
// order in which it was, and who was to be told of what. It outlives restarts.
type truth struct {
	mu    sync.Mutex
	model *model.Model
	rooms []string
	told  map[string]bool // by teller
}

func newTruth() *truth { return &truth{model: model.New(0), told: map[string]bool{}} }

// recorded is a store that truth looks at.
type recorded struct {
	store.Store
	truth *truth
}

func (s *recorded) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	outcomes, err := s.Store.Commit(ctx, group)
	if err != nil {
		return outcomes, err
	}
	s.truth.mu.Lock()
	defer s.truth.mu.Unlock()
	for i := range group {
		s.truth.model.Apply(group[i])
		for _, e := range outcomes[i].Events {
			s.truth.note(&e)
		}
	}
	return outcomes, nil
}

func (t *truth) note(e *store.Event) {
	about := ""
	switch {
	case e.Message != nil:
		about = aboutMessage(e.Message)
	case e.Read != nil:
		about = aboutRead(e.Read)
	default:
		about = aboutConversation(e.Conversation)
		if e.Conversation.Change == protocol.Created {
			t.rooms = append(t.rooms, e.Conversation.Conversation)
		}
	}
	for _, username := range e.Audience {
		t.told[username+" "+about] = true
	}
}

func aboutMessage(m *protocol.Message) string { return fmt.Sprint(m.Conversation, " message ", m.Seq) }
func aboutRead(e *protocol.ReadEvent) string  { return e.Conversation + " read " + e.Username }
func aboutConversation(e *protocol.ConversationEvent) string {
	return fmt.Sprint(e.Conversation, " ", e.Change, " ", e.Username)
}

// about says what an event is about, and "" for none that is in the log.
func about(event any) string {
	switch e := event.(type) {
	case protocol.MessageEvent:
		return aboutMessage(&e.Message)
	case Updated:
		return aboutMessage(&e.Message)
	case protocol.ReadEvent:
		return aboutRead(&e)
	case protocol.ConversationEvent:
		return aboutConversation(&e)
	}
	return ""
}

func (t *truth) place() store.Place {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.model.Place()
}

func (t *truth) toldOf(username, about string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.told[username+" "+about]
}

// known returns the conversations that were opened, after the first so many.
func (t *truth) known(after int) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(t.rooms[after:])
}

// plenty is more than there ever is.
const plenty = 1 << 10

// home is what a user is to see.
func (t *truth) home(username string) (home []protocol.Conversation) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, item := range t.model.Home(username, store.HomePage{Limit: plenty}).Items {
		home = append(home, item.Conversation)
	}
	return home
}

func (t *truth) newest(username, with string, limit int) []protocol.Message {
	t.mu.Lock()
	defer t.mu.Unlock()
	h, _ := t.model.History(username, with, store.Page{From: 1, To: plenty, Limit: limit, Bytes: plenty, FromEnd: true})
	return h.Messages
}

func (t *truth) members(username, with string) []protocol.Member {
	t.mu.Lock()
	defer t.mu.Unlock()
	members, _ := t.model.Members(username, with, "", plenty)
	return members
}
