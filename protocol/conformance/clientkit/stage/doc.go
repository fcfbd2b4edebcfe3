// Package stage is the server on which the client kit plays: small, in memory,
// always the same. Its ids, times and cursors are counted, so what a client is
// answered depends on what it asked alone. It has the methods of a
// conversation, not those of accounts, privacy and presence, and keeps no
// limits. The kit's own cases for servers hold it, as far as it goes.
//
// A [Tamper] makes it do what servers do now and then: refuse for a while,
// close with a code, end a subscription.
//
// The package imports the standard library, a websocket and a JSON package, and of this
// project the kit, for the kinds of error. Each connection has one goroutine, that of the
// HTTP server, which ends with it. What it does, it does with the lock of the
// server, so everything happens one after the other.
package stage
