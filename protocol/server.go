package protocol

// Server names the program at the other end.
type Server struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// ServerInfo tells what a client should know before it logs in.
var ServerInfo = query[Empty, ServerInfoResult]("server_info", open)

type ServerInfoResult struct {
	Server         Server         `json:"server"`
	Protocols      []string       `json:"protocols"` // versions of the protocol that are spoken
	Node           string         `json:"node"`
	Limits         Limits         `json:"limits"`
	Directory      Directory      `json:"directory"` // whom users lists
	Authentication Authentication `json:"authentication"`
}

// Registration says who may open an account.
type Registration string

const (
	RegistrationOpen       Registration = "open"
	RegistrationClosed     Registration = "closed"
	RegistrationInvitation Registration = "invitation" // who has the code
)

// Authentication tells the ways of logging in.
type Authentication struct {
	Name         bool         `json:"name"` // by name alone, for accounts without a password
	Password     bool         `json:"password"`
	Token        bool         `json:"token"`
	Registration Registration `json:"registration"`
}

// Ping asks whether the server is there, and keeps the cursor of a client
// fresh: on a subscribed connection it is safe to resume from, since all
// events before it have been sent.
var Ping = query[Empty, PingResult]("ping", open)

type PingResult struct {
	At     Time   `json:"at"`
	Cursor string `json:"cursor,omitzero"` // when logged in
}
