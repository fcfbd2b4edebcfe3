package protocol

// Cursor is a place in the log. It is opaque, and good for as long as the epoch
// of the server is the same.
//
//openrpc:schema {"minLength":1,"maxLength":256}
type Cursor = string

// Epoch names the log of a server. In another epoch cursors start anew.
type Epoch = string

// Subscribe makes this connection receive events: from now on, or, with a
// cursor, all that came after it and then from now on, each once and in the
// order of the log. A reset says that the cursor cannot be continued from (it is
// of another epoch, or not one of ours): events come from now on, and the
// client takes what it shows anew. Subscribing again starts anew.
var Subscribe = query[SubscribeParams, SubscribeResult]("subscribe")

// SubscribeParams are the params of subscribe.
type SubscribeParams struct {
	Cursor Cursor `json:"cursor,omitzero" rpc:"filled"` // of the last event that was seen
}

// SubscribeResult says where the events begin.
type SubscribeResult struct {
	Cursor Cursor `json:"cursor"` // the given one, or the end of the log
	Reset  bool   `json:"reset"`  // the given one cannot be continued from
}

// cursorMax bounds a cursor, in bytes. Any longer one is none of ours.
const cursorMax = 256

func (p *SubscribeParams) Check(*Limits) *Error { return checkCursor("cursor", p.Cursor) }

func checkCursor(param, cursor string) *Error {
	if len(cursor) > cursorMax {
		return tooLong(param, cursorMax, "bytes")
	}
	return nil
}

// Unsubscribe ends the events of this connection. The cursor is the place of
// the last of them.
var Unsubscribe = query[Empty, UnsubscribeResult]("unsubscribe")

// UnsubscribeResult says where the events ended.
type UnsubscribeResult struct {
	Cursor Cursor `json:"cursor"`
}
