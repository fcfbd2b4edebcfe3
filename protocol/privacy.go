package protocol

// Privacy is what a user lets others do and see.
type Privacy struct {
	Contact  Contact `json:"contact"`
	Receipts bool    `json:"receipts"` // others see how far the user has read
	Presence bool    `json:"presence"` // others see when the user is there
}

// Contact is from whom a user takes direct messages and invitations. The
// others are answered not_accepting, as those whom the user blocks.
type Contact string

const (
	ContactEverybody Contact = "everybody"
	ContactShared    Contact = "shared" // people with whom the user shares a group
	ContactNobody    Contact = "nobody"
)

// PrivacyOf answers the caller's privacy, and SetPrivacy changes it. What is
// absent stays.
var (
	PrivacyOf  = query[Empty, PrivacyResult]("privacy")
	SetPrivacy = command[SetPrivacyParams, PrivacyResult]("set_privacy")
)

type SetPrivacyParams struct {
	Contact  Contact `json:"contact,omitzero" rpc:"named,filled"`
	Receipts *bool   `json:"receipts,omitzero" rpc:"named"`
	Presence *bool   `json:"presence,omitzero" rpc:"named"`
}

type PrivacyResult struct {
	Privacy Privacy `json:"privacy"`
}

func (p *SetPrivacyParams) Check(*Limits) *Error {
	switch p.Contact {
	case "", ContactEverybody, ContactShared, ContactNobody:
		return nil
	}
	return InvalidParam("contact", "param \"contact\" must be %q, %q or %q", ContactEverybody, ContactShared, ContactNobody)
}

// Block refuses direct messages, edits of them, reactions and invitations of a
// user to the caller, who is not told so; in groups that both are in nothing changes. Unblock takes it back,
// Blocked lists whom the caller blocks, in the order of their names, page by
// page. Blocking or unblocking again changes nothing.
var (
	Block   = command[BlockParams, Empty]("block")
	Unblock = command[BlockParams, Empty]("unblock")
	Blocked = query[BlockedParams, BlockedResult]("blocked")
)

type BlockParams struct {
	Username string `json:"username"`
}

func (p *BlockParams) Check(*Limits) *Error { return checkUsername("username", &p.Username) }

type BlockedParams struct {
	Limit *int   `json:"limit,omitzero"` // items of the page
	Page  string `json:"page,omitzero"`  // Next of the page before
}

type BlockedResult struct {
	Users []User `json:"users"`
	Next  string `json:"next,omitzero"` // absent on the last page
}

func (p *BlockedParams) Check(limits *Limits) *Error { return checkPage(&p.Limit, p.Page, limits) }
