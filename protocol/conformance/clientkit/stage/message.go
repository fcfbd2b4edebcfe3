package stage

import (
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"
)

type sendParams struct {
	To       string         `json:"to"`
	Body     string         `json:"body"`
	ClientID string         `json:"client_id"`
	ReplyTo  int            `json:"reply_to"`
	Mentions []string       `json:"mentions"`
	Data     jsontext.Value `json:"data"`
}

// sent is what a client id was used for.
type sent struct {
	content string
	message *message
}

func (s *Server) send(c *Conn, p sendParams) (any, *Failure) {
	to, err := s.target(c.user, p.To, "/to", true)
	if err != nil {
		return nil, err
	}
	content := fmt.Sprint(to.members, to.name, p.Body, p.ReplyTo, p.Mentions, string(p.Data))
	known := s.sent[[2]string{c.user, p.ClientID}]
	switch {
	case known.message != nil && known.content != content:
		return nil, &Failure{Kind: "conflict", Pointer: "/client_id"}
	case known.message != nil:
		return sentResult(known.message, true), nil
	case p.Body == "" || p.ReplyTo < 0 || p.ReplyTo > len(to.messages):
		return nil, &Failure{Kind: "invalid_params", Pointer: "/body"}
	}
	opened := s.open(to)
	place := len(s.log) + len(opened) + 1
	m := &message{
		Conversation: to.id, Seq: len(to.messages) + 1, Rev: 1, Sender: c.user, Body: p.Body, At: timeOf(place),
		ClientID: p.ClientID, ReplyTo: p.ReplyTo, Mentions: p.Mentions, Data: p.Data, place: place,
	}
	to.messages = append(to.messages, m)
	to.read[c.user], to.activity = m.Seq, m.place
	if p.ClientID != "" {
		s.sent[[2]string{c.user, p.ClientID}] = sent{content, m}
	}
	s.tell(to, append(opened, entry{event: "message", key: keyOf(m), audience: to.members, message: m})...)
	return sentResult(m, false), nil
}

func sentResult(m *message, duplicate bool) any {
	return map[string]any{"conversation": m.Conversation, "seq": m.Seq, "at": m.At, "duplicate": duplicate}
}

func keyOf(m *message) string { return fmt.Sprint("message ", m.Conversation, m.Seq) }

// messageParams names a message, and what is to become of it.
type messageParams struct {
	With  string `json:"with"`
	Seq   int    `json:"seq"`
	Body  string `json:"body"`
	Emoji string `json:"emoji"`
}

// change is what edit, delete, react and unreact have in common. alter returns
// false when nothing changes.
func (s *Server) change(c *Conn, p messageParams, alter func(*message) (bool, *Failure)) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	if err != nil {
		return nil, err
	}
	m, err := in.at(p.Seq)
	if err != nil {
		return nil, err
	}
	changed, err := alter(m)
	if err != nil {
		return nil, err
	}
	if changed {
		m.Rev++
		s.tell(in, entry{event: "message_updated", key: keyOf(m), audience: in.members, message: m})
	}
	return map[string]any{"message": m}, nil
}

func (s *Server) edit(c *Conn, p messageParams) (any, *Failure) {
	return s.change(c, p, func(m *message) (bool, *Failure) {
		if m.Sender != c.user {
			return false, &Failure{Kind: "forbidden"}
		}
		changed := m.Body != p.Body
		if changed {
			m.Body, m.EditedAt = p.Body, timeOf(len(s.log)+1)
		}
		return changed, nil
	})
}

// remove takes a message that is deleted already, too.
func (s *Server) remove(c *Conn, p messageParams) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	if err == nil && p.Seq >= 1 && p.Seq <= len(in.messages) && in.messages[p.Seq-1].Deleted {
		return map[string]any{"message": in.messages[p.Seq-1]}, nil
	}
	return s.change(c, p, func(m *message) (bool, *Failure) {
		if m.Sender != c.user && in.owner != c.user {
			return false, &Failure{Kind: "forbidden"}
		}
		*m = message{Conversation: m.Conversation, Seq: m.Seq, Rev: m.Rev, Sender: m.Sender, At: m.At, Deleted: true, place: m.place}
		return true, nil
	})
}

func (s *Server) react(c *Conn, p messageParams) (any, *Failure) {
	return s.change(c, p, func(m *message) (bool, *Failure) { return m.react(p.Emoji, c.user, true), nil })
}

func (s *Server) unreact(c *Conn, p messageParams) (any, *Failure) {
	return s.change(c, p, func(m *message) (bool, *Failure) { return m.react(p.Emoji, c.user, false), nil })
}

// react puts an emoji of a user's under the message, or takes it away.
func (m *message) react(emoji, user string, on bool) bool {
	m.Reactions = slices.Clone(m.Reactions)
	i, there := slices.BinarySearchFunc(m.Reactions, emoji, func(r reaction, e string) int { return strings.Compare(r.Emoji, e) })
	var users []string
	if there {
		users = slices.Clone(m.Reactions[i].Users)
	}
	j, has := slices.BinarySearch(users, user)
	switch {
	case has == on:
		return false
	case on:
		users = slices.Insert(users, j, user)
	default:
		users = slices.Delete(users, j, j+1)
	}
	if there {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
	}
	if len(users) > 0 {
		m.Reactions = slices.Insert(m.Reactions, i, reaction{emoji, len(users), users})
	}
	if len(m.Reactions) == 0 {
		m.Reactions = nil
	}
	return true
}

type historyParams struct {
	With   string `json:"with"`
	Limit  *int   `json:"limit"`
	Before *int   `json:"before"`
	After  *int   `json:"after"`
}

// history answers a page; around and since it does not have.
func (s *Server) history(c *Conn, p historyParams) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	if err != nil {
		return nil, err
	}
	limit, total := 50, len(in.messages)
	if p.Limit != nil {
		limit = *p.Limit
	}
	from, to := max(total-limit, 0), total
	switch {
	case p.Before != nil:
		to = min(max(*p.Before-1, 0), total)
		from = max(to-limit, 0)
	case p.After != nil:
		from = min(*p.After, total)
		to = min(from+limit, total)
	}
	page := slices.Clone(in.messages[from:to])
	if page == nil {
		page = []*message{}
	}
	return map[string]any{
		"conversation": in.id, "messages": page, "first_seq": min(total, 1), "last_seq": total,
		"has_more": map[string]any{"before": from > 0, "after": to < total},
	}, nil
}
