package protocol

// Privacy is what a user lets others do and see.
type Privacy struct {
	Contact  Contact `json:"contact"`  // from whom direct messages and invitations are taken
	Receipts bool    `json:"receipts"` // others see how far the user has read
	Presence bool    `json:"presence"` // others see when the user is there
}

// Contact is from whom a user takes direct messages and invitations. The
// others are answered not_accepting, as those whom the user blocks.
type Contact string

const (
	ContactEverybody Contact = "everybody" // as it begins
	ContactShared    Contact = "shared"    // people with whom the user shares a group
	ContactNobody    Contact = "nobody"    // the user alone, in notes to themselves
)

// PrivacyOf answers the caller's privacy.
var PrivacyOf = query[Empty, PrivacyResult]("privacy")

// SetPrivacy changes the caller's privacy. What is absent stays.
var SetPrivacy = command[SetPrivacyParams, PrivacyResult]("set_privacy", fails(RateLimited))

// SetPrivacyParams are the params of set_privacy.
type SetPrivacyParams struct {
	Contact  Contact `json:"contact,omitzero" rpc:"named,filled"` // from whom direct messages and invitations are taken
	Receipts *bool   `json:"receipts,omitzero" rpc:"named"`       // others see how far the caller has read
	Presence *bool   `json:"presence,omitzero" rpc:"named"`       // others see when the caller is there
}

// PrivacyResult is the caller's privacy as it is now.
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
// user to the caller. The user is not told so; in groups that both are in
// nothing changes. Blocking again changes nothing, blocking oneself is
// forbidden. A caller may block as many as the limit blocked.
var Block = command[BlockParams, Empty]("block", fails(NotFound, Forbidden, RateLimited))

// Unblock takes a block back. Who is not blocked is left so.
var Unblock = command[BlockParams, Empty]("unblock", fails(NotFound, Forbidden, RateLimited))

// Blocked lists whom the caller blocks, in the order of their names by bytes,
// page by page.
var Blocked = query[BlockedParams, BlockedResult]("blocked")

// BlockParams are the params of block and unblock.
type BlockParams struct {
	Username Username `json:"username"`
}

func (p *BlockParams) Check(*Limits) *Error { return checkUsername("username", &p.Username) }

// BlockedParams are the params of blocked.
type BlockedParams struct {
	Limit *PageSize `json:"limit,omitzero"`
	Page  PageToken `json:"page,omitzero"`
}

// BlockedResult is a page of users. Where the directory is not for everybody,
// it tells their usernames alone.
type BlockedResult struct {
	Users []User    `json:"users"`
	Next  PageToken `json:"next,omitzero"` // absent on the last page
}

func (p *BlockedParams) Check(limits *Limits) *Error { return checkPage(&p.Limit, p.Page, limits) }
