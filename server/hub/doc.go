// Package hub is the log's live end on this node: who is connected, fan-out,
// and catching up.
//
// An event is encoded once, and the same bytes are offered to every subscribed
// connection of everybody in its audience. A subscription from a cursor is
// attached to the live end with delivery held, reads the store from the cursor
// to the place of attachment, and is released; the same path serves every gap.
//
// Beside the log stand presence and typing, which are told to connections that
// have room for them, and never stored: live has one goroutine that does all
// that takes time, and exists while there is something to do.
//
// Goroutines: Announce is called by one goroutine at a time, the journal's
// announcer. Each connection that is catching up has one goroutine of the
// hub's, which ends when it has caught up or the connection is gone. Locks:
// that of live, which guards who watches whom, comes before the hub's, which
// guards who is connected, and that before a subscriber's; none is held over a
// store call or I/O. The announcer takes none of live's but that of its notes.
//
// The package may import protocol and store.
package hub
