// Package protocol is the contract between the ends of a chat connection: the
// nouns, the methods with their params and results, the events, the kinds of
// error, the close codes and the limits.
//
// A method is a typed value ([Send], [History], …): the server binds a handler
// to it and a client calls through it, so that both are held to the same types
// by the compiler. What a reader of the declarations needs to know about a
// method stands in its comment.
//
// The package imports no other package of this module, does no I/O and starts
// no goroutine. All its values may be shared between goroutines once made.
package protocol

// Version is the version of the protocol that this package declares. Within a
// version members, methods and events may be added; a changed meaning takes a
// new version.
const Version = "1"
