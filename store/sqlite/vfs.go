package sqlite

import (
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	engine "modernc.org/sqlite/lib"
)

// vfsName is SQLite's usual way to the files, but that the gaps of pages are
// cleared on their way into a database file. It costs less than a tenth of a
// microsecond a page, of which a checkpoint writes one for several messages.
const vfsName = "chatd"

// clearedPages is up to how many pages a database may have for gaps to be
// cleared: 112 GiB of the usual ones. From 128 on the first byte of a page that is
// not of a b-tree, which is that of a page number, may be the same as that of
// one which is. What is between is for what a checkpoint adds.
const clearedPages = 1<<25 - 1<<22

// registerVFS makes vfsName known to SQLite, once for the process.
var registerVFS = sync.OnceValue(func() error {
	tls := libc.NewTLS()
	defer tls.Close()
	usual := engine.Xsqlite3_vfs_find(tls, 0)
	if usual == 0 {
		return errors.New("sqlite: no VFS")
	}
	ours := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(engine.Tsqlite3_vfs{})))
	name, err := libc.CString(vfsName)
	if ours == 0 || err != nil {
		return errors.Join(errors.New("sqlite: no memory for a VFS"), err)
	}
	vfs := at[engine.Tsqlite3_vfs](ours)
	*vfs = *at[engine.Tsqlite3_vfs](usual)
	usualOpen = function[openFunc](vfs.FxOpen)
	vfs.FzName, vfs.FpNext, vfs.FxOpen = name, 0, pointerTo(openCleared)
	if engine.Xsqlite3_vfs_register(tls, ours, 0) != engine.SQLITE_OK {
		return errors.New("sqlite: the VFS was refused")
	}
	return nil
})

// Functions as SQLite calls them; see sqlite3_vfs and sqlite3_io_methods.
type (
	openFunc  = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	writeFunc = func(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32
	sizeFunc  = func(tls *libc.TLS, file, size uintptr) int32
)

// usualOpen is set before the VFS is registered.
var usualOpen openFunc

// methods are those of an open database file, and what writes for ours.
type methods struct {
	engine.Tsqlite3_io_methods
	usualWrite uintptr
}

// replaced are our methods in the place of SQLite's, by their address. There
// are as many as SQLite has ways to lock a file, and they stay.
var replaced sync.Map

// largest is how many pages the largest database has, of those opened up to now.
var largest atomic.Int64

func openCleared(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := usualOpen(tls, vfs, name, file, flags, outFlags)
	if rc != engine.SQLITE_OK || flags&engine.SQLITE_OPEN_MAIN_DB == 0 {
		return rc
	}
	opened := at[engine.Tsqlite3_file](file)
	noteSize(tls, file)
	ours, known := replaced.Load(opened.FpMethods)
	if !known {
		p := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(methods{})))
		if p == 0 {
			return rc // a file whose gaps are not cleared is a good one
		}
		m := at[methods](p)
		m.Tsqlite3_io_methods = *at[engine.Tsqlite3_io_methods](opened.FpMethods)
		m.usualWrite, m.FxWrite = m.FxWrite, pointerTo(writeCleared)
		ours, _ = replaced.LoadOrStore(opened.FpMethods, p)
	}
	opened.FpMethods = ours.(uintptr)
	return rc
}

// writeCleared may change the bytes that it is given: SQLite makes nothing of
// those in a gap.
func writeCleared(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	m := at[methods](at[engine.Tsqlite3_file](file).FpMethods)
	if n >= leastPage && offset%int64(n) == 0 {
		if page := offset / int64(n); fewPages(page) {
			clearGap(unsafe.Slice(at[byte](bytes), n), page == 0)
		}
	}
	return function[writeFunc](m.usualWrite)(tls, file, bytes, n, offset)
}

// leastPage is the size of the smallest page that there is.
const leastPage = 512

// usualPage is the size of a page of a database that was made by this package.
const usualPage = 4096

// noteSize notes how large a file is that was opened.
func noteSize(tls *libc.TLS, file uintptr) {
	size := tls.Alloc(8)
	defer tls.Free(8)
	m := at[engine.Tsqlite3_io_methods](at[engine.Tsqlite3_file](file).FpMethods)
	if function[sizeFunc](m.FxFileSize)(tls, file, size) == engine.SQLITE_OK {
		fewPages(*at[int64](size) / usualPage)
	}
}

// fewPages notes that there is a page, and says whether there are few enough.
func fewPages(page int64) bool {
	most := largest.Load()
	for page > most && !largest.CompareAndSwap(most, page) {
		most = largest.Load()
	}
	return max(page, most) < clearedPages
}

// pointerTo returns a function of the package as SQLite knows it. It must not
// be a closure, which the collector would take.
func pointerTo(f any) uintptr { return (*[2]uintptr)(unsafe.Pointer(&f))[1] }

// function returns a function that SQLite knows.
func function[F any](p uintptr) F { return *(*F)(unsafe.Pointer(&struct{ uintptr }{p})) }

// at is what lies in memory that is not Go's.
func at[T any](p uintptr) *T { return (*T)(*(*unsafe.Pointer)(unsafe.Pointer(&p))) }
