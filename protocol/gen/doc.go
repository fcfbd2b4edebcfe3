// Command gen writes what others read of the protocol: the OpenRPC document,
// the reference pages, and the types of TypeScript and Python. All of it comes
// from the declarations in package protocol and from their comments, so a
// method is declared once.
//
//	go run ./protocol/gen
//
// in any folder of the module writes the files; a test fails while one of them
// is not what gen would write.
//
// It reads the sources of package protocol with go/parser, for comments and
// types, and imports it for what is known of methods when it runs. It starts no
// goroutine.
package main
