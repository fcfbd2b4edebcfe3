// Package server is the running thing: it puts a store, the journal, the hub,
// the methods and the websocket connections together, and takes them apart in
// the reverse order.
//
// It may import every room below it, but names no driver: the store is given.
package server
