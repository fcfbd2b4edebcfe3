package protocol

// Session is one device's login. It lasts until it logs out, is revoked or
// has not been seen for long.
type Session struct {
	Session    SessionID `json:"session"`
	Device     string    `json:"device,omitzero"` // as the login named it
	CreatedAt  Time      `json:"created_at"`
	LastSeenAt Time      `json:"last_seen_at"` // now, while it is connected
	Current    bool      `json:"current"`      // the session of the connection that asks
}

// SessionID names a session. It is opaque.
//
//openrpc:schema {"minLength":1}
type SessionID = string

// Token is what a device logs in with the next time. It is opaque and secret,
// and good until the one that the next login answers is used.
//
//openrpc:schema {"minLength":1,"maxLength":256}
type Token = string

// Login makes this connection act for an account: by name alone where the
// account has no password and the server offers it, by name and password, or
// by the token of an earlier login. By name and by password it opens a
// session; by token it goes on with the one of the token, which is exchanged
// for a new token. The old one stays good until the new one is used, so that
// an answer which was lost costs nothing; to use it after that ends the
// session. An unknown name and a wrong password are the same error. A
// connection that is logged in may log in again, but only as the same user.
var Login = query[LoginParams, LoginResult]("login", open,
	fails(Unauthenticated, Conflict, RateLimited, UnknownOutcome, StorageFull))

// LoginParams are the params of login. One gives a username, a username with its
// password, or a token without the two.
type LoginParams struct {
	Username Username `json:"username,omitzero"` // needed unless there is a token
	// Needed when the account has one.
	//
	//openrpc:schema {"maxLength":1024}
	Password string `json:"password,omitzero" rpc:"filled"`
	Token    Token  `json:"token,omitzero" rpc:"named,filled"`
	// What sessions shows of this one, without control and format characters.
	// Given with a token it replaces what was there.
	//
	//openrpc:schema {"maxLength":100}
	Device string `json:"device,omitzero" rpc:"named"`
}

// LoginResult tells a client all that it needs to go on.
type LoginResult struct {
	User     User      `json:"user"`
	Session  SessionID `json:"session"`
	Token    Token     `json:"token"`    // for the next login, instead of the one before; keep it secret
	Protocol string    `json:"protocol"` // the version of the protocol that is spoken
	Server   Server    `json:"server"`
	Epoch    Epoch     `json:"epoch"`
	Cursor   Cursor    `json:"cursor"` // the present end of the log
	Limits   Limits    `json:"limits"`
}

// The bounds of a token, in bytes, and of a device's name, in characters.
const (
	tokenMax  = 256
	deviceMax = 100
)

func (p *LoginParams) Check(*Limits) *Error {
	switch {
	case p.Token != "" && (p.Username != "" || p.Password != ""):
		return InvalidParam("token", "param \"token\" goes without \"username\" and \"password\"")
	case len(p.Token) > tokenMax:
		return tooLong("token", tokenMax, "bytes")
	case len(p.Password) > passwordMax:
		return tooLong("password", passwordMax, "bytes")
	}
	if p.Token == "" && p.Username == "" {
		return InvalidParam("username", "param \"username\" is missing, and so is \"token\"")
	}
	if p.Token == "" {
		if err := checkUsername("username", &p.Username); err != nil {
			return err
		}
	}
	return checkText("device", p.Device, deviceMax)
}

// Logout ends the session of this connection, which may then log in anew.
// Other connections of the session are closed.
var Logout = query[Empty, Empty]("logout", fails(UnknownOutcome, StorageFull))

// Sessions lists the caller's sessions, oldest first.
var Sessions = query[Empty, SessionsResult]("sessions")

// SessionsResult is the caller's sessions.
type SessionsResult struct {
	Sessions []Session `json:"sessions"` // oldest first
}

// Revoke ends one of the caller's sessions and closes its connections.
var Revoke = command[RevokeParams, Empty]("revoke", fails(NotFound))

// RevokeParams are the params of revoke.
type RevokeParams struct {
	Session SessionID `json:"session"`
}
