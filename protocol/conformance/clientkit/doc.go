// Package clientkit is the client side of the public conformance kit: it
// examines any client of the chat protocol. The kit plays the server, and through
// the client's driver, a small program, the application (README.md of package
// conformance defines both, and the form of the cases).
//
// [Run] examines a client and reports as package conformance does. There are
// three sorts of cases: faults, each at many places of one conversation
// (fault.go, everywhere.go, run.go, sight.go), texts that the kit follows (scene.go), and
// the cases for servers the other way round (reverse.go).
//
// It imports the standard library, a websocket and a JSON package, the kit for
// servers, and nothing else of this project but the page of the specification.
//
// Runs are side by side, one goroutine for each driver, which ends with the case.
// A driver has one more, which reads what it prints and ends with it; a world
// those of its HTTP servers, which end with the run.
package clientkit
