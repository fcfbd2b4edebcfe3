package protocol

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// ConversationKind tells direct conversations from groups.
type ConversationKind string

const (
	Direct ConversationKind = "direct" // two people, or one and their notes
	Group  ConversationKind = "group"
)

// Role is what a member may do. Direct conversations know only members.
type Role string

const (
	Owner Role = "owner"
	Admin Role = "admin"
	Plain Role = "member"
)

// Conversation is a conversation as one of its members sees it.
type Conversation struct {
	ID          string           `json:"id"` // "c:" and 22 characters of base64url
	Kind        ConversationKind `json:"kind"`
	Name        string           `json:"name,omitzero"` // of a group
	With        string           `json:"with,omitzero"` // the peer of a direct conversation
	Role        Role             `json:"role"`          // of the caller
	MemberCount int              `json:"member_count"`
	Members     []string         `json:"members,omitzero"` // the first few by name, at most 10
	LastMessage *Message         `json:"last_message,omitzero"`
	LastSeq     int64            `json:"last_seq"` // 0 when there is no message
	ReadSeq     int64            `json:"read_seq"` // the caller's marker: all up to here is read; 0 when there is no message
	Unread      int64            `json:"unread"`   // messages of others after the marker that are not deleted
	Mentions    int64            `json:"mentions"` // those of them that mention the caller
	Muted       bool             `json:"muted"`
	Pinned      bool             `json:"pinned"`
	State       State            `json:"state"`
	History     bool             `json:"history,omitzero"` // newcomers see what was sent before
	CreatedAt   Time             `json:"created_at"`
	JoinedAt    Time             `json:"joined_at"` // by the caller, the last time
}

// State says whether messages may be sent to a conversation.
type State string

const (
	Opened State = "open"
	Closed State = "closed" // nothing is sent, edited or reacted to
)

// MembersShown is how many members a conversation and its creation event name.
const MembersShown = 10

// Create opens a group with the caller as its owner. Members are usernames;
// the caller need not be among them, and a name given twice counts once.
var Create = command[CreateParams, ConversationResult]("create")

type CreateParams struct {
	Name    string   `json:"name"`
	Members []string `json:"members"`
	History bool     `json:"history,omitzero" rpc:"named"` // newcomers see what was sent before they came
}

type ConversationResult struct {
	Conversation Conversation `json:"conversation"`
}

func (p *CreateParams) Check(limits *Limits) *Error {
	if err := checkGroupName(p.Name, limits); err != nil {
		return err
	}
	return checkUsernames("members", p.Members, limits.Members)
}

func checkGroupName(name string, limits *Limits) *Error {
	if utf8.RuneCountInString(name) > limits.GroupName {
		return tooLarge("name", limits.GroupName, "characters")
	}
	return checkText("name", name, limits.GroupName)
}

// checkUsernames folds a list of usernames.
func checkUsernames(param string, names []string, limit int) *Error {
	if len(names) > limit {
		return tooLarge(param, limit, "usernames")
	}
	for i := range names {
		if err := checkUsername(param+"/"+strconv.Itoa(i), &names[i]); err != nil {
			return err
		}
	}
	return nil
}

// distinct returns names without those that were there before.
func distinct(names []string) []string {
	kept := names[:0]
	for _, name := range names {
		if !slices.Contains(kept, name) {
			kept = append(kept, name)
		}
	}
	return kept
}

// WithParams is the params of methods on one conversation. With is a username,
// for the direct conversation with that user, or a conversation id.
type WithParams struct {
	With string `json:"with"`
}

func (p *WithParams) Check(*Limits) *Error { return checkTarget("with", &p.With) }

// Members lists the members of a conversation in the order of their names.
var Members = query[MembersParams, MembersResult]("members")

type MembersParams struct {
	With  string `json:"with"`
	Limit *int   `json:"limit,omitzero"` // items of the page
	Page  string `json:"page,omitzero"`  // Next of the page before
}

func (p *MembersParams) Check(limits *Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	return checkPage(&p.Limit, p.Page, limits)
}

type MembersResult struct {
	Members []Member `json:"members"`
	Next    string   `json:"next,omitzero"` // absent on the last page
}

// Member is a user in a conversation.
type Member struct {
	Username string `json:"username"`
	Role     Role   `json:"role"`
	JoinedAt Time   `json:"joined_at"`
	ReadSeq  int64  `json:"read_seq,omitzero"` // their marker, where the caller may see it
}
