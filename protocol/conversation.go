package protocol

import (
	"slices"
	"strconv"
	"unicode/utf8"
)

// ConversationKind tells direct conversations from groups.
type ConversationKind string

const (
	Direct ConversationKind = "direct" // two people, or one and their notes, for ever
	Group  ConversationKind = "group"  // members who come and go, and a name
)

// Role is what a member may do. Direct conversations know only members.
type Role string

const (
	Owner Role = "owner"  // may do everything; a group has one
	Admin Role = "admin"  // may rename and close the group, remove plain members and delete messages
	Plain Role = "member" // may invite and leave
)

// Conversation is a conversation as one of its members sees it.
type Conversation struct {
	ID          ConversationID   `json:"id"`
	Kind        ConversationKind `json:"kind"`
	Name        string           `json:"name,omitzero"` // of a group
	With        Username         `json:"with,omitzero"` // of a direct conversation: the other one, or the caller of notes to oneself
	Role        Role             `json:"role"`          // of the caller
	MemberCount int              `json:"member_count"`
	Members     []Username       `json:"members,omitzero"`      // the first few by name, at most 10
	LastMessage *Message         `json:"last_message,omitzero"` // the last that the caller may see
	LastSeq     LastSeq          `json:"last_seq"`
	ReadSeq     LastSeq          `json:"read_seq"`         // the caller's marker: all up to here is read
	Unread      int64            `json:"unread"`           // messages of others after the marker that are not deleted
	Mentions    int64            `json:"mentions"`         // those of them that mention the caller
	Muted       bool             `json:"muted"`            // the caller's preference; it means nothing to the server
	Pinned      bool             `json:"pinned"`           // the caller's preference; it means nothing to the server
	State       State            `json:"state"`            // whether anything may be sent to it
	History     bool             `json:"history,omitzero"` // true when newcomers see what was sent before they came
	CreatedAt   Time             `json:"created_at"`       // when it was opened
	JoinedAt    Time             `json:"joined_at"`        // by the caller, the last time
}

// State says whether messages may be sent to a conversation.
type State string

const (
	Opened State = "open"   // as it begins
	Closed State = "closed" // nothing is sent, edited or reacted to
)

// MembersShown is how many members a conversation and its creation event name.
const MembersShown = 10

// Create opens a group with the caller as its owner. Members are usernames;
// the caller need not be among them, and a name given twice counts once.
//
// A name that nobody has is not_found, one who does not accept the caller
// not_accepting, and then nothing is created.
var Create = command[CreateParams, ConversationResult]("create", fails(NotFound, NotAccepting, RateLimited))

// CreateParams are the params of create.
type CreateParams struct {
	Name GroupName `json:"name"`
	// Whom the group begins with, beside the caller; it may be empty. With the
	// caller they are as many as the limit members at most.
	//
	//openrpc:schema {"x-limit":"members"}
	Members []Username `json:"members"`
	History bool       `json:"history,omitzero" rpc:"named"` // newcomers see what was sent before they came; it cannot be changed
}

// GroupName is the name of a group, without control and format characters. The
// limit group_name bounds its characters.
//
//openrpc:schema {"minLength":1,"x-limit":"group_name"}
type GroupName = string

// ConversationResult is a conversation as the caller sees it now.
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

// WithParams are the params of methods on one conversation.
type WithParams struct {
	With Target `json:"with"`
}

func (p *WithParams) Check(*Limits) *Error { return checkTarget("with", &p.With) }

// Members lists the members of a conversation in the order of their names by
// bytes, page by page.
var Members = query[MembersParams, MembersResult]("members", fails(NotFound))

// MembersParams are the params of members.
type MembersParams struct {
	With  Target    `json:"with"`
	Limit *PageSize `json:"limit,omitzero"`
	Page  PageToken `json:"page,omitzero"`
}

func (p *MembersParams) Check(limits *Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	return checkPage(&p.Limit, p.Page, limits)
}

// MembersResult is a page of members.
type MembersResult struct {
	Members []Member  `json:"members"`
	Next    PageToken `json:"next,omitzero"` // absent on the last page
}

// Member is a user in a conversation.
type Member struct {
	Username Username `json:"username"`
	Role     Role     `json:"role"`
	JoinedAt Time     `json:"joined_at"`         // the last time
	ReadSeq  Seq      `json:"read_seq,omitzero"` // their read marker, where the caller is told of it and they have read anything
}
