// Package store says what the server must remember: accounts, sessions,
// conversations with their members and messages, and the log that puts every
// durable change in one total order.
//
// It holds interfaces, the mutations that change what is remembered, and
// sentinel errors. Each method is one whole step in one transaction; no
// transaction crosses the border. Time and ids come in as arguments. Package
// storetest holds the one suite that every store passes.
//
// # The log
//
// Every durable change has a [Place], counted from 1 in the order of commits.
// A store keeps no list of past events: an event is derived from the present
// state of what changed, so a message that was changed since comes as it is
// now. Places of one conversation rise with the seq of its messages.
//
// # Membership
//
// A member sees a conversation from their latest joining on: messages with a
// seq after the last one of that moment, or all of them in a group that shares
// its history, and events from the place of the joining on. Who has left sees the event of their leaving, and after that
// nothing: to them, the conversation is [ErrNotFound], as if it did not exist.
//
// The package may import protocol and store/words, and starts no goroutine. All methods may be
// called from any goroutine, except that Commit is called by one at a time.
package store
