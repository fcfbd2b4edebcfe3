package protocol

// Invite makes a user a member of a group, with effect at once. Any member may
// do so. Inviting a member changes nothing and answers the same.
var Invite = command[MemberParams, ConversationResult]("invite")

// Remove ends the membership of another user. An owner may remove everybody,
// an admin those who are neither. Who is removed is told once, and to them the
// group is not_found from then on. Removing who is no member is not_found.
var Remove = command[MemberParams, ConversationResult]("remove")

// MemberParams is the params of methods on somebody in a group.
type MemberParams struct {
	With     string `json:"with"`
	Username string `json:"username"`
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
var Leave = command[WithParams, Empty]("leave")

// Rename gives a group another name. Owners and admins may.
var Rename = command[RenameParams, ConversationResult]("rename")

type RenameParams struct {
	With string `json:"with"`
	Name string `json:"name"`
}

func (p *RenameParams) Check(limits *Limits) *Error {
	if err := checkTarget("with", &p.With); err != nil {
		return err
	}
	return checkGroupName(p.Name, limits)
}

// SetRole changes the role of another member. Only the owner may; making
// somebody else the owner makes the caller an admin.
var SetRole = command[SetRoleParams, ConversationResult]("set_role")

type SetRoleParams struct {
	With     string `json:"with"`
	Username string `json:"username"`
	Role     Role   `json:"role"`
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
var SetState = command[SetStateParams, ConversationResult]("set_state")

type SetStateParams struct {
	With  string `json:"with"`
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
