// Package prototype is the least that sends durable messages: the yardstick
// beside which the server's sending is measured. It writes the rows that the
// server writes for a message (the message with its place in the log, its
// client id, the head of the log), takes requests strictly and in one pass,
// commits in groups with SQLite's WAL and synchronous=FULL, and acknowledges
// and delivers after the commit, through the server's own package wire.
//
// It lacks everything else: there are no accounts, sessions, memberships,
// preconditions, limits, subscriptions or outcomes, no catching up, and no
// answer to an error other than the end of the process. Who sends does not get
// the message back, as the server's users do. So the server can never reach
// it, and should not be far behind.
//
// # Goroutines
//
// One writes, from Start to Close; one serves HTTP, until Close; beside those
// of package wire. The package may import wire, the JSON library and the
// database driver.
package prototype
