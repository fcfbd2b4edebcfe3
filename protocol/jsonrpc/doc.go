// Package jsonrpc turns websocket messages into JSON-RPC 2.0 requests and
// answers into messages.
//
// Decoding is strict and one pass: a frame is either wholly understood before
// anything in it takes effect, or refused. Ids and params stay the bytes that
// they were. Encoding appends to a buffer.
//
// The error object and its codes are those of github.com/sourcegraph/jsonrpc2,
// at both ends. The package may import protocol, and starts no goroutine; its
// functions may be called from any goroutine.
//
// Source: the JSON-RPC 2.0 specification of 2013-01-04.
package jsonrpc
