// Package load drives scenarios against any server of the protocol, and says
// how it did. The command chat load is a thin cover of [Run]; server/bench uses
// the parts below it: [Conn], [Template], [Drive], [Crowd].
//
// # How it measures
//
// A connection is as cheap as it can be: frames are made by hand and patched,
// one read takes all that has come, and what that makes room for leaves in one
// write. In a closed loop answers are followed by new requests. In an open loop
// requests are made by a schedule (pace.go), and what each takes counts from
// when it was due, so that a stall of the server is in the times of all that it
// held up.
//
// What is counted is checked: an answer belongs to a request, by id; an event
// carries the number of its message, so that a message which is lost, doubled,
// or told to the wrong user is found ([Faults]).
//
// # Goroutines
//
// Each connection of a running load has one that reads and, in a closed loop,
// writes when an answer makes room for it. An open loop has one that waits for
// what is due, and one for each connection that writes. Each guest of a crowd has
// one from the beginning of its coming back to the next cut. A run has one that
// tells its progress. All end with the load that they belong to.
//
// The package may import protocol, and its own package chart.
package load
