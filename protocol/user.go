package protocol

import "strings"

// User is an account as others see it.
type User struct {
	Username    Username    `json:"username"`
	DisplayName DisplayName `json:"display_name,omitzero"`
	Status      Status      `json:"status,omitzero"`
}

// DisplayName is how a user wants to be called: up to 100 characters, none of
// which controls the text around it.
//
//openrpc:schema {"maxLength":100}
type DisplayName = string

// Status is what users say of themselves: up to 200 characters, none of which
// controls the text around it.
//
//openrpc:schema {"maxLength":200}
type Status = string

// Password is a new password, of 8 to 1024 bytes.
//
//openrpc:schema {"minLength":1,"maxLength":1024}
type Password = string

// Register opens an account; it does not log in. An account without a password
// is logged in by its name alone, where the server offers that. Whether
// anybody may register, nobody, or who has an invitation code, is a setting of
// the server: otherwise the answer is forbidden. A name in use is a conflict.
var Register = command[RegisterParams, UserResult]("register", open, fails(Forbidden, Conflict, RateLimited))

// RegisterParams are the params of register.
type RegisterParams struct {
	Username    Username    `json:"username"`
	Password    Password    `json:"password,omitzero" rpc:"filled"`
	DisplayName DisplayName `json:"display_name,omitzero"`
	// The code that registration by invitation asks for.
	//
	//openrpc:schema {"maxLength":256}
	Invitation string `json:"invitation,omitzero" rpc:"named"`
}

// The bounds of a password, in bytes, and of a display name and a status, in
// characters.
const (
	passwordMin    = 8
	passwordMax    = 1024
	displayNameMax = 100
	statusMax      = 200
	invitationMax  = 256
)

func (p *RegisterParams) Check(*Limits) *Error {
	if err := checkUsername("username", &p.Username); err != nil {
		return err
	}
	if p.Password != "" {
		if err := checkNewPassword("password", p.Password); err != nil {
			return err
		}
	}
	if len(p.Invitation) > invitationMax {
		return tooLong("invitation", invitationMax, "bytes")
	}
	return checkText("display_name", p.DisplayName, displayNameMax)
}

// SetPassword gives the caller's account a password, or another one. An
// account that has one must name it in old. All other sessions of the account
// are ended, since they may be why the password is changed.
var SetPassword = command[SetPasswordParams, Empty]("set_password", fails(Conflict, RateLimited))

// SetPasswordParams are the params of set_password.
type SetPasswordParams struct {
	New Password `json:"new"`
	// Needed when the account has a password, and ignored when it has none.
	//
	//openrpc:schema {"maxLength":1024}
	Old string `json:"old,omitzero" rpc:"filled"`
}

func (p *SetPasswordParams) Check(*Limits) *Error {
	if len(p.Old) > passwordMax {
		return tooLong("old", passwordMax, "bytes")
	}
	return checkNewPassword("new", p.New)
}

// SetProfile changes what others see of the caller. What is absent stays, and
// "" takes away.
var SetProfile = command[SetProfileParams, UserResult]("set_profile", fails(RateLimited))

// SetProfileParams are the params of set_profile.
type SetProfileParams struct {
	DisplayName *DisplayName `json:"display_name,omitzero"`
	Status      *Status      `json:"status,omitzero"`
}

// UserResult is an account as others see it.
type UserResult struct {
	User User `json:"user"`
}

func (p *SetProfileParams) Check(*Limits) *Error {
	if p.DisplayName != nil {
		if err := checkText("display_name", *p.DisplayName, displayNameMax); err != nil {
			return err
		}
	}
	if p.Status != nil {
		return checkText("status", *p.Status, statusMax)
	}
	return nil
}

// Users lists accounts in the order of their names by bytes, page by page: all of
// them, those with whom the caller shares a conversation, with the caller, or
// none, as directory in server_info says.
var Users = query[UsersParams, UsersResult]("users")

// Directory says whom users lists.
type Directory string

const (
	DirectoryEverybody Directory = "everybody" // all accounts
	DirectoryShared    Directory = "shared"    // those who share a conversation with the caller
	DirectoryNobody    Directory = "nobody"    // none
)

// UsersParams are the params of users.
type UsersParams struct {
	// Only usernames that begin so; capital letters become small ones.
	//
	//openrpc:schema {"maxLength":32}
	Prefix string    `json:"prefix,omitzero"`
	Limit  *PageSize `json:"limit,omitzero"`
	Page   PageToken `json:"page,omitzero"`
}

// UsersResult is a page of accounts.
type UsersResult struct {
	Users []User    `json:"users"`
	Next  PageToken `json:"next,omitzero"` // absent on the last page
}

func (p *UsersParams) Check(limits *Limits) *Error {
	if len(p.Prefix) > usernameMax {
		return tooLong("prefix", usernameMax, "bytes")
	}
	p.Prefix = strings.ToLower(p.Prefix)
	return checkPage(&p.Limit, p.Page, limits)
}
