package stage

import (
	"fmt"
	"slices"

	"github.com/go-json-experiment/json/jsontext"
)

type message struct {
	Conversation string         `json:"conversation"`
	Seq          int            `json:"seq"`
	Rev          int            `json:"rev"`
	Sender       string         `json:"sender"`
	Body         string         `json:"body,omitzero"`
	At           string         `json:"at"`
	ClientID     string         `json:"client_id,omitzero"`
	ReplyTo      int            `json:"reply_to,omitzero"`
	Mentions     []string       `json:"mentions,omitzero"`
	Data         jsontext.Value `json:"data,omitzero"`
	EditedAt     string         `json:"edited_at,omitzero"`
	Deleted      bool           `json:"deleted,omitzero"`
	Reactions    []reaction     `json:"reactions,omitzero"`

	place int // in the log, where it was sent
}

type reaction struct {
	Emoji string   `json:"emoji"`
	Count int      `json:"count"`
	Users []string `json:"users"`
}

// conversation is what all members share.
type conversation struct {
	id, kind, name, createdAt string
	owner                     string   // of a group
	members                   []string // by name
	messages                  []*message
	read                      map[string]int
	preferences               map[string]preferences
	activity                  int            // place of the last message, or of the creation
	changed                   map[string]int // place of the last difference, for each member
}

type preferences struct{ muted, pinned bool }

// view is a conversation as a member sees it.
type view struct {
	ID          string   `json:"id"`
	Kind        string   `json:"kind"`
	Name        string   `json:"name,omitzero"`
	With        string   `json:"with,omitzero"`
	Role        string   `json:"role"`
	MemberCount int      `json:"member_count"`
	Members     []string `json:"members"`
	LastMessage *message `json:"last_message,omitzero"`
	LastSeq     int      `json:"last_seq"`
	ReadSeq     int      `json:"read_seq"`
	Unread      int      `json:"unread"`
	Mentions    int      `json:"mentions"`
	Muted       bool     `json:"muted"`
	Pinned      bool     `json:"pinned"`
	State       string   `json:"state"`
	CreatedAt   string   `json:"created_at"`
	JoinedAt    string   `json:"joined_at"`
}

func (c *conversation) view(user string) view {
	p := c.preferences[user]
	v := view{
		ID: c.id, Kind: c.kind, Name: c.name, Role: "member",
		MemberCount: len(c.members), Members: c.members[:min(len(c.members), 10)],
		LastSeq: len(c.messages), ReadSeq: c.read[user],
		Muted: p.muted, Pinned: p.pinned, State: "open", CreatedAt: c.createdAt, JoinedAt: c.createdAt,
	}
	if c.kind == "direct" {
		v.With = c.peer(user)
	}
	if c.owner == user {
		v.Role = "owner"
	}
	if n := len(c.messages); n > 0 {
		v.LastMessage = c.messages[n-1]
	}
	v.Unread, v.Mentions = c.unread(user)
	return v
}

// peer is the other one of a direct conversation, or oneself.
func (c *conversation) peer(user string) string {
	for _, m := range c.members {
		if m != user {
			return m
		}
	}
	return user
}

func (c *conversation) unread(user string) (unread, mentions int) {
	for _, m := range c.messages[c.read[user]:] {
		if m.Sender == user || m.Deleted {
			continue
		}
		unread++
		if slices.Contains(m.Mentions, user) {
			mentions++
		}
	}
	return unread, mentions
}

// at returns a message that is there.
func (c *conversation) at(seq int) (*message, *Failure) {
	if seq < 1 || seq > len(c.messages) || c.messages[seq-1].Deleted {
		return nil, &Failure{Kind: "not_found", Pointer: "/seq"}
	}
	return c.messages[seq-1], nil
}

// cursorOf and timeOf are the cursor and the time of a place in the log.
func cursorOf(place int) string { return fmt.Sprintf("k:%06d", place) }

func timeOf(place int) string {
	return fmt.Sprintf("2026-11-23T10:%02d:%02d.000Z", place/60%60, place%60)
}
