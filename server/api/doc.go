// Package api is what the methods do: one noun a file with its handlers and
// their rows, the dispatch, and the one mapping of errors.
//
// A handler is a plain function from params to a result (a query) or to a
// mutation (a command). It sees no frames, ids or sockets. A query runs to its
// answer in the connection's own goroutine, after the commands before it on
// that connection have been committed and announced; a command is handed to
// the journal, whose outcome becomes the answer. So answers come in the order
// of the requests, with many in flight, and a client reads its own writes.
//
// Goroutines: none of its own. Of each connection, the reading goroutine runs
// Message and Closed, and the journal's announcer delivers outcomes. The
// package may import protocol, protocol/jsonrpc, store, store/words, journal and hub; it
// does not know the transport.
package api
