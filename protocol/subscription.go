package protocol

// Subscribe makes this connection receive events: from now on, or, with a
// cursor, all that came after it and then from now on, each once and in the
// order of the log. Reset says that the cursor cannot be continued from (it is
// of another epoch, or not one of ours): events come from now on, and the
// client takes what it shows anew. Subscribing again starts anew.
var Subscribe = query[SubscribeParams, SubscribeResult]("subscribe")

type SubscribeParams struct {
	Cursor string `json:"cursor,omitzero" rpc:"filled"`
}

type SubscribeResult struct {
	// Cursor is where the events begin: the given one, or the end of the log.
	Cursor string `json:"cursor"`
	Reset  bool   `json:"reset"`
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

type UnsubscribeResult struct {
	Cursor string `json:"cursor"`
}
