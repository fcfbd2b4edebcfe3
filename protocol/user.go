package protocol

import "strings"

// User is an account as others see it.
type User struct {
	Username    string `json:"username"`
	DisplayName string `json:"display_name,omitzero"`
	Status      string `json:"status,omitzero"` // what they say of themselves
}

// Register opens an account; it does not log in. An account without a password
// is logged in by its name alone, where the server offers that. Whether
// anybody may register, nobody, or who has an invitation code, is a setting of
// the server: otherwise the answer is forbidden. A name in use is a conflict.
var Register = command[RegisterParams, UserResult]("register", open)

type RegisterParams struct {
	Username    string `json:"username"`
	Password    string `json:"password,omitzero" rpc:"filled"` // 8 to 1024 bytes
	DisplayName string `json:"display_name,omitzero"`          // up to 100 characters
	Invitation  string `json:"invitation,omitzero" rpc:"named"`
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
var SetPassword = command[SetPasswordParams, Empty]("set_password")

type SetPasswordParams struct {
	New string `json:"new"`                       // 8 to 1024 bytes
	Old string `json:"old,omitzero" rpc:"filled"` // needed when the account has a password
}

func (p *SetPasswordParams) Check(*Limits) *Error {
	if len(p.Old) > passwordMax {
		return tooLong("old", passwordMax, "bytes")
	}
	return checkNewPassword("new", p.New)
}

// SetProfile changes what others see of the caller. What is absent stays, and
// "" takes away.
var SetProfile = command[SetProfileParams, UserResult]("set_profile")

type SetProfileParams struct {
	DisplayName *string `json:"display_name,omitzero"` // up to 100 characters
	Status      *string `json:"status,omitzero"`       // up to 200 characters
}

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

// Users lists accounts by name, in the order of their names: all of them, those
// with whom the caller shares a conversation, or none, as the server is set.
var Users = query[UsersParams, UsersResult]("users")

// Directory says whom [Users] lists.
type Directory string

const (
	DirectoryEverybody Directory = "everybody"
	DirectoryShared    Directory = "shared" // those who share a conversation with the caller
	DirectoryNobody    Directory = "nobody"
)

type UsersParams struct {
	Prefix string `json:"prefix,omitzero"` // only names that begin so
	Limit  *int   `json:"limit,omitzero"`  // items of the page
	Page   string `json:"page,omitzero"`   // Next of the page before
}

type UsersResult struct {
	Users []User `json:"users"`
	Next  string `json:"next,omitzero"` // absent on the last page
}

func (p *UsersParams) Check(limits *Limits) *Error {
	if len(p.Prefix) > usernameMax {
		return tooLong("prefix", usernameMax, "bytes")
	}
	p.Prefix = strings.ToLower(p.Prefix)
	return checkPage(&p.Limit, p.Page, limits)
}
