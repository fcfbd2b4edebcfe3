// Package wire serves one websocket connection: it reads whole text messages
// and hands them to a [Handler], queues what goes out in an outbox bounded in
// bytes, keeps the connection alive, and closes it with a code that says
// whether to come back. It knows no methods, no users and no JSON, and imports
// the standard library, github.com/coder/websocket and protocol.
//
// The websocket library does the handshake, the reading and the control
// frames, but for most of the answers to our pings. Everything that leaves
// passes our outbox, what the library writes itself included, so a control
// frame never lands inside a data frame and nothing follows a close frame. The
// reasons are in the figures: a message costs one write, and joining the
// frames that wait is worth more than anything else on this path.
//
// # Closing
//
// What the peer sent before its close, or before what it is closed for, is
// answered first: [Handler.Settle] waits for that in the reading goroutine,
// and the sweep for no longer than Options.Grace. Nothing is read meanwhile,
// and the outbox takes answers from all other goroutines.
//
// Of its own accord a connection is closed with 1002 for frames that break RFC
// 6455, 1003 for a binary message, 1007 for what is not UTF-8, 1009 for a
// message beyond the limit, 1011 after a panic of its Handler, 1012 when a
// drain overtook its handshake, 1013 when there was no place for it after
// [Conn.Dismiss], 4000 when its outbox made no progress for
// Options.Stall, and 4003 when nobody logged in, or nothing was heard, for too
// long. All others are the caller's.
//
// # Goroutines
//
//   - One reads each connection, and calls the Handler. It ends when the
//     connection is gone and Handler.Closed has returned.
//   - One flushes an outbox. It exists only while something waits there, and
//     ends when nothing does or the socket is closed.
//   - One sweeps over all connections of a [Server] every two seconds, which
//     is all the timing there is: no connection has a timer. It ends when
//     [Server.Close] has seen the last connection go.
package wire
