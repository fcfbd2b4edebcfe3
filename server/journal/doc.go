// Package journal is the ordered writer: it takes mutations from all
// connections in one order, commits them in groups, and only then answers and
// announces.
//
// Grouping adapts by itself and has no timer: while one group commits the next
// one gathers, and an idle server commits at once.
//
// Two goroutines run here, both until Close: the committer calls the store,
// and the announcer tells what became of each group while the next one
// commits. The package may import store.
package journal
