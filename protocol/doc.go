// Package protocol is the contract between the ends of a chat connection: the
// nouns, the methods with their params and results, the events, the kinds of
// error, the close codes and the limits.
//
// A method is a typed value ([Send], [History], …): the server binds a handler
// to it and a client calls through it, so that both are held to the same types
// by the compiler. What there is to know about a method stands in its comment,
// in the words of the wire: the comments of methods, events, types and members
// are the texts of the OpenRPC document, of the reference and of the types of
// other languages ([asappchat/protocol/gen]). A line openrpc:schema in a comment
// says for the JSON schema what the type does not; x-limit in it names the one
// of the [Limits] that bounds the value.
//
// The package imports no other package of this module, does no I/O and starts
// no goroutine. All its values may be shared between goroutines once made.
package protocol

//go:generate go run ./gen

// Version is the version of the protocol that this package declares. Within a
// version members, methods and events may be added; a changed meaning takes a
// new version.
const Version = "1"
