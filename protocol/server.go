package protocol

import "github.com/go-json-experiment/json/jsontext"

// Server names the program at the other end.
type Server struct {
	Name    string `json:"name"`
	Version string `json:"version"` // of the program, not of the protocol
}

// ServerInfo tells what a client should know before it logs in.
var ServerInfo = query[Empty, ServerInfoResult]("server_info", open)

// ServerInfoResult is what a client should know before it logs in.
type ServerInfoResult struct {
	Server         Server         `json:"server"`
	Protocols      []string       `json:"protocols"` // versions of the protocol that are spoken
	Node           string         `json:"node"`      // the name of this server among others
	Limits         Limits         `json:"limits"`
	Directory      Directory      `json:"directory"` // whom users lists
	Authentication Authentication `json:"authentication"`
}

// Registration says who may open an account.
type Registration string

const (
	RegistrationOpen       Registration = "open"       // anybody
	RegistrationClosed     Registration = "closed"     // nobody
	RegistrationInvitation Registration = "invitation" // who has the code
)

// Authentication tells the ways of logging in.
type Authentication struct {
	Name         bool         `json:"name"`     // by name alone, for accounts without a password
	Password     bool         `json:"password"` // by name and password
	Token        bool         `json:"token"`    // by the token of an earlier login
	Registration Registration `json:"registration"`
}

// Discover answers the OpenRPC document of the running server: its methods,
// notifications, errors and limits, as OpenRPC 1.4 has it. It is the longest
// answer that there is, some 150 KiB: a client with a smaller buffer for a
// message enlarges it.
var Discover = query[Empty, Document]("rpc.discover", open)

// Document is an OpenRPC document (https://spec.open-rpc.org).
//
//openrpc:schema {"required":["openrpc","info","methods"]}
type Document = jsontext.Value

// Ping asks whether the server is there, and keeps the cursor of a client
// fresh: on a subscribed connection it is safe to resume from, since all
// events before it have been sent.
var Ping = query[Empty, PingResult]("ping", open)

// PingResult is the server's time, and where the caller's events stand.
type PingResult struct {
	At     Time   `json:"at"`              // the server's clock
	Cursor Cursor `json:"cursor,omitzero"` // when logged in
}
