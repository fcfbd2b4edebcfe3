// Package conformance is the public kit that examines a server of the chat
// protocol from outside: it knows nothing but a websocket address.
//
// Its cases are data, readable text files under cases (README.md tells their
// form), so that another program, in any language, can play them too. [Run]
// plays them against a server and reports; [Test] does the same as subtests of
// a Go test; the command conform does it for a shell. Every run makes up its
// own usernames, so any server can be examined, again and again, while others
// use it. It must allow registration and login by name.
//
// The package imports the standard library, a JSON package, and of this project the
// text of the specification: it shares no code with what it judges. Its websocket
// is its own as well, so that cases can send what no library would.
//
// Cases are played side by side, one goroutine each, which ends with its case
// and before Run returns. A case reads its connections itself, in the order of
// its steps.
package conformance
