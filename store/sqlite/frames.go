package sqlite

import (
	"encoding/binary"
	"unsafe"

	"modernc.org/libc"
	engine "modernc.org/sqlite/lib"
)

// frames are what SQLite has written to the end of a write-ahead log and the
// system has not been given yet. SQLite writes each frame in two pieces, its
// header and its page; a commit of one message has five frames, one of many
// messages hundreds. They are joined into one write, which is made
//
//   - with the last frame of a commit, so before the commit is synced and
//     before anybody else is told of it,
//   - before anything else is done with the file through this connection,
//     which alone may see frames of what has not been committed.
//
// So the file is never without bytes that somebody reads, as long as one
// connection writes: what it holds of a transaction that it has undone is written,
// too, behind the commits that it knows of. What a process takes
// with it when it ends in between is of a transaction that was not committed.
// What SQLite writes anew in its place, pages of a transaction that it has
// written once and the headers of those that follow, does not continue what was
// written last, and is not held.
// The formats are those of https://www.sqlite.org/fileformat2.html, section 4.
type frames struct {
	held   uintptr // memory of heldMost bytes, 0 before there is any
	n      int     // how many bytes are held
	from   int64   // where they belong
	next   int64   // where the next ones would continue what was written last
	commit bool    // whether the header written last is of the last frame of a commit
}

const (
	logHeader   = 32
	frameHeader = 24
	// heldMost is what there is room for. SQLite takes the length of a write for
	// a number of 17 bits.
	heldMost = logHeader + 31*(frameHeader+usualPage)
)

// framesAt is where in an open file its frames are, behind what is SQLite's.
// It is set before the VFS is registered.
var framesAt uintptr

func framesOf(file uintptr) *frames { return at[frames](file + framesAt) }

// joinFrames changes the methods of a write-ahead log.
func joinFrames(m *methods) {
	m.FxWrite, m.FxRead, m.FxTruncate = pointerTo(writeFrames), pointerTo(readFrames), pointerTo(truncateFrames)
	m.FxSync, m.FxFileSize, m.FxClose = pointerTo(syncFrames), pointerTo(sizeOfFrames), pointerTo(closeFrames)
}

func writeFrames(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	f := framesOf(file)
	if offset == 0 { // the log begins anew: what was left in it is nobody's
		f.n = 0
	}
	follows := offset == f.next && f.n+int(n) <= heldMost
	if !follows {
		if rc := f.flush(tls, file); rc != engine.SQLITE_OK {
			return rc
		}
	}
	if f.held == 0 {
		f.held = libc.Xmalloc(tls, heldMost)
	}
	begins := offset == 0 || offset == f.next // the log, or another write
	piece, page := unsafe.Slice(at[byte](bytes), n), n >= leastPage
	ends := page && f.commit
	f.commit = n == frameHeader && binary.BigEndian.Uint32(piece[4:]) != 0
	if f.held == 0 || !follows && !begins {
		f.next = offset + int64(n)
		return function[writeFunc](methodsOf(file).usual.FxWrite)(tls, file, bytes, n, offset)
	}
	f.next = offset + int64(n)
	if f.n == 0 {
		f.from = offset
	}
	f.n += copy(unsafe.Slice(at[byte](f.held), heldMost)[f.n:], piece)
	if ends {
		return f.end(tls, file)
	}
	return engine.SQLITE_OK
}

// flush writes what is held. When that fails it is held on, and written before
// anything else is: SQLite may undo only the statement that it was doing, or that
// has read, and commit what those before have written.
func (f *frames) flush(tls *libc.TLS, file uintptr) int32 {
	if f.n == 0 {
		return engine.SQLITE_OK
	}
	rc := function[writeFunc](methodsOf(file).usual.FxWrite)(tls, file, f.held, int32(f.n), f.from)
	if rc == engine.SQLITE_OK {
		f.n = 0
	}
	return rc
}

// end is flush with the last frame of a commit. When that fails SQLite knows that
// there is no commit: what was held is not written later.
func (f *frames) end(tls *libc.TLS, file uintptr) int32 {
	rc := f.flush(tls, file)
	f.n = 0
	return rc
}

func readFrames(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	if rc := framesOf(file).flush(tls, file); rc != engine.SQLITE_OK {
		return rc
	}
	return function[readFunc](methodsOf(file).usual.FxRead)(tls, file, bytes, n, offset)
}

func truncateFrames(tls *libc.TLS, file uintptr, size int64) int32 {
	if rc := framesOf(file).flush(tls, file); rc != engine.SQLITE_OK {
		return rc
	}
	return function[truncateFunc](methodsOf(file).usual.FxTruncate)(tls, file, size)
}

func syncFrames(tls *libc.TLS, file uintptr, flags int32) int32 {
	if rc := framesOf(file).flush(tls, file); rc != engine.SQLITE_OK {
		return rc
	}
	return function[syncFunc](methodsOf(file).usual.FxSync)(tls, file, flags)
}

func sizeOfFrames(tls *libc.TLS, file, size uintptr) int32 {
	if rc := framesOf(file).flush(tls, file); rc != engine.SQLITE_OK {
		return rc
	}
	return function[sizeFunc](methodsOf(file).usual.FxFileSize)(tls, file, size)
}

// closeFrames drops what is held, which was never committed.
func closeFrames(tls *libc.TLS, file uintptr) int32 {
	f := framesOf(file)
	libc.Xfree(tls, f.held)
	*f = frames{}
	return function[closeFunc](methodsOf(file).usual.FxClose)(tls, file)
}
