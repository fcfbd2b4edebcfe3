package protocol

// Invite makes a user a member of a group, with effect at once. Any member may
// do so. Inviting a member changes nothing and answers the same.
var Invite = command[MemberParams, ConversationResult]("invite",
	fails(NotFound, Forbidden, NotAccepting, RateLimited))

// Remove ends the membership of another user. An owner may remove everybody,
// an admin those who are neither. Who is removed is told once, and to them the
// group is not_found from then on. Removing who is no member is not_found, and
// oneself invalid_params: leave is for that.
var Remove = command[MemberParams, ConversationResult]("remove", fails(NotFound, Forbidden, RateLimited))

// MemberParams are the params of methods on somebody in a group.
type MemberParams struct {
	With     Target   `json:"with"` // a group
	Username Username `json:"username"`
}

func (p *MemberParams) Check(*Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	return checkUsername("username", &p.Username)
}

// Leave ends the caller's membership of a group, which is then not_found. When
// the owner leaves, the admin who has been there longest becomes the owner, or
// without one the member who has.
var Leave = command[WithParams, Empty]("leave", fails(NotFound, Forbidden, RateLimited))

// Rename gives a group another name. Owners and admins may.
var Rename = command[RenameParams, ConversationResult]("rename", fails(NotFound, Forbidden, RateLimited))

// RenameParams are the params of rename.
type RenameParams struct {
	With Target    `json:"with"` // a group
	Name GroupName `json:"name"`
}

func (p *RenameParams) Check(limits *Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	return checkGroupName(p.Name, limits)
}

// SetRole changes the role of another member. Only the owner may; making
// somebody else the owner makes the caller an admin. One's own role is forbidden.
var SetRole = command[SetRoleParams, ConversationResult]("set_role", fails(NotFound, Forbidden, RateLimited))

// SetRoleParams are the params of set_role.
type SetRoleParams struct {
	With     Target   `json:"with"`     // a group
	Username Username `json:"username"` // another member
	Role     Role     `json:"role"`
}

func (p *SetRoleParams) Check(*Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	if p.Role != Owner && p.Role != Admin && p.Role != Plain {
		return InvalidParam("role", "param \"role\" must be %q, %q or %q", Owner, Admin, Plain)
	}
	return checkUsername("username", &p.Username)
}

// SetState closes a group, so that nothing more is sent to it, or opens it
// again. Owners and admins may.
var SetState = command[SetStateParams, ConversationResult]("set_state", fails(NotFound, Forbidden, RateLimited))

// SetStateParams are the params of set_state.
type SetStateParams struct {
	With  Target `json:"with"` // a group
	State State  `json:"state"`
}

func (p *SetStateParams) Check(*Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	if p.State != Opened && p.State != Closed {
		return InvalidParam("state", "param \"state\" must be %q or %q", Opened, Closed)
	}
	return nil
}
