package protocol

// Limits are the bounds that a server keeps. All of them are in server_info
// and in the answer to login. Sizes are in bytes unless the comment says
// otherwise, times in milliseconds.
type Limits struct {
	FrameBeforeLogin int `json:"frame_before_login"` // one incoming frame before login
	Frame            int `json:"frame"`              // one incoming frame after login
	LoginMS          int `json:"login_ms"`           // time from connecting to login
	Batch            int `json:"batch"`              // requests in one batch
	InFlight         int `json:"in_flight"`          // commands of a connection that wait to be stored, then the server stops reading it
	Depth            int `json:"depth"`              // arrays and objects inside each other, of a frame
	Body             int `json:"body"`               // of a message, in bytes of UTF-8
	ClientID         int `json:"client_id"`          // of a message
	Data             int `json:"data"`               // of a message, as written
	GroupName        int `json:"group_name"`         // characters of a group's name
	Members          int `json:"members"`            // of a group
	Mentions         int `json:"mentions"`           // of a message
	Reactions        int `json:"reactions"`          // different emoji under a message
	Blocked          int `json:"blocked"`            // users whom a user blocks
	Watched          int `json:"watched"`            // users whose presence a connection watches
	Query            int `json:"query"`              // of a search
	Page             int `json:"page"`               // items of a page when the caller does not say
	PageMax          int `json:"page_max"`           // items of a page at most
	PageBytes        int `json:"page_bytes"`         // a page ends before its frame passes this, unless one item is larger
	Outbox           int `json:"outbox"`             // what waits for a connection that reads slowly
	StallMS          int `json:"stall_ms"`           // time without progress of a connection's outbox
	Connections      int `json:"connections"`        // of a user
	SendBurst        int `json:"send_burst"`         // messages of a user at once
	SendRate         int `json:"send_rate"`          // messages of a user per second after that, 0 for no limit
}

// DefaultLimits returns the limits of a server that was not told otherwise.
func DefaultLimits() Limits {
	return Limits{
		FrameBeforeLogin: 8 << 10,
		Frame:            256 << 10,
		LoginMS:          120_000,
		Batch:            100,
		InFlight:         256,
		Depth:            64,
		Body:             16 << 10,
		ClientID:         64,
		Data:             4 << 10,
		GroupName:        100,
		Members:          5000,
		Mentions:         50,
		Reactions:        20,
		Blocked:          1000,
		Watched:          500,
		Query:            256,
		Page:             50,
		PageMax:          200,
		PageBytes:        64 << 10,
		Outbox:           1 << 20,
		StallMS:          30_000,
		Connections:      50,
		SendBurst:        1000,
		SendRate:         200,
	}
}
