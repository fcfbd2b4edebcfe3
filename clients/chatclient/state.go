package chatclient

import (
	"fmt"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
)

// stateFormat is the one that is written and read.
const stateFormat = 1

// state is a mirror as JSON.
type state struct {
	Format        int                 `json:"format"`
	Username      string              `json:"username"`
	Cursor        string              `json:"cursor"`
	Conversations []conversationState `json:"conversations"` // newest activity first
}

type conversationState struct {
	Conversation protocol.Conversation `json:"conversation"`
	Messages     []protocol.Message    `json:"messages,omitzero"`
	Since        string                `json:"since,omitzero"` // of messages
}

// State returns the mirror as JSON, for MirrorOptions.State of a later one. It
// holds what the user may see, and so is as secret as that. It may be called at
// any time, also after the client was closed: it stands at a place of the log
// where all before is applied.
func (m *Mirror) State() ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	s := state{Format: stateFormat, Username: m.user, Cursor: m.cursor, Conversations: []conversationState{}}
	for _, e := range m.sortedLocked() {
		c := conversationState{Conversation: e.Conversation}
		if e.recent != nil {
			c.Messages, c.Since = e.recent.messages, e.recent.since
		}
		s.Conversations = append(s.Conversations, c)
	}
	return json.Marshal(s)
}

// restore fills the mirror with a state, which the list of what has changed then
// brings up to date. A message that the state has and its cursor does not is no
// harm: the list and the events will say it again.
func (m *Mirror) restore(raw []byte) error {
	var s state
	if err := json.Unmarshal(raw, &s); err != nil {
		return fmt.Errorf("chatclient: state of a mirror: %w", err)
	}
	if s.Format != stateFormat || s.Username != m.user {
		return fmt.Errorf("chatclient: state of a mirror: of format %d and user %q", s.Format, s.Username)
	}
	m.cursor = s.Cursor
	for i := len(s.Conversations) - 1; i >= 0; i-- {
		c := &s.Conversations[i]
		m.putLocked(c.Conversation)
		if m.keep > 0 && len(c.Messages) > 0 {
			keep := c.Messages[max(0, len(c.Messages)-m.keep):]
			m.entries[c.Conversation.ID].recent = &recent{messages: keep, since: c.Since}
		}
	}
	return nil
}
