// Chat is the command line of the chat server: every operation as a command,
// for people and for scripts.
//
//	chat register ana
//	chat login ana
//	chat send bo hello
//	chat history bo
//	chat home
//	chat tail
//	chat talk bo
//
// What a command answers goes to stdout, as text or, with --json, as one JSON
// object per line; everything else goes to stderr. What others wrote is shown
// with its control characters escaped, so that it cannot drive the terminal.
// A command that fails says why in one line, with a hint at what to do; its
// exit code says of what sort the failure is (see [exitCodes]).
//
// The token of a login is kept in a file of the user's own, and shared by all
// commands that run at the same time: see [identity].
//
// A command runs in the main goroutine. Others read stdin, wait for answers
// (send --lines, talk) and end with the process.
//
// The program may import protocol, chatclient and load.
package main
