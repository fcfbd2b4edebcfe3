// Package openrpc holds the OpenRPC document of the protocol, which
// asappchat/protocol/gen writes from the declarations in package protocol, and
// makes it that of a running server.
//
// It imports package protocol and a JSON package, and starts no goroutine.
package openrpc
