// Package sqlite is the embedded store: one SQLite file in a data folder, for
// one process.
//
// # Files
//
// chat.db is the database, with chat.db-wal and chat.db-shm beside it while
// the store is open; they are made for their owner alone. search.db is the
// index of the search, which can be made anew from it. lock is held from
// [Open] to Close, so that a second opener is refused. Nothing in the process
// may open the database file, once it exists, by other means than SQLite.
//
// # Connections
//
// One connection writes. It belongs to Commit, which makes each group one
// transaction and keeps the conversations that it has seen lately in memory;
// since nothing else writes, what is in memory is exact. As many connections
// as the machine has cores read, each read in a snapshot of its own, beside
// the writer and beside each other. One more moves what was written from the
// write-ahead log into the database file. The indexer has one to each file, and
// so has each of the few searches that run at the same time.
//
// # Deleting
//
// What a message said is overwritten with zeros when it is deleted or edited
// (secure_delete): in the database file as soon as the checkpointer has moved
// the change there. SQLite leaves copies of rows in the unused middle of pages
// that it has divided; these are cleared on their way into the file, by a VFS of
// this package around SQLite's own (vfs.go). The write-ahead log keeps the old
// text until it is written over, or the store is closed. The index forgets the
// words when it has seen the change. That is a second after the commit as a rule,
// and half a minute at most (pace.go): then commits wait for the index, a moment
// each, which is enough unless many long texts are edited or deleted.
//
// # Reading
//
// Its context bounds how long a read waits for a connection, and nothing more:
// one that has a connection runs to its end, however late that is. Only Trails,
// Home and Users, which look at one conversation after another, ask their
// context in between, and so does Search. No statement reads a table from end to end, or sorts what
// it has read, which a test makes sure of. All statements stand in queries.go.
//
// # Goroutines
//
// Open starts the checkpointer and the indexer, which end in Close. Nothing else
// runs here but the callers.
//
// The package may import protocol, store, store/words, the driver, the migration tool and
// the JSON package of protocol.
package sqlite
