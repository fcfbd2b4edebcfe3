// Package programs is what the bench measures beside the server, and the
// server itself, each in a process of its own: a prototype that does the least
// that durable sending takes, the store alone, broadcasts on the bare websocket
// library, and an echo of JSON. So the load, which runs in the bench's own
// process, does not count as theirs.
//
// The bench starts a Process and asks it; the process is the bench's command
// again, which calls Run and answers. Archive and home are data folders that are
// measured with.
//
// # Files
//
// One file for each program (server.go, ceiling.go, bare.go, echo.go, package
// prototype), one for each data folder (archive.go, home.go), and read.go for
// what is read of a store.
//
// # Goroutines
//
// In bare.go each connection has one that reads, and one that writes while
// something waits. In ceiling.go there are readers for as long as a question
// about them is answered. A Process has none.
//
// The package may import the server, the store and its drivers.
package programs
