package sqlite

import (
	"encoding/binary"
	"errors"
	"sync"
	"sync/atomic"
	"unsafe"

	"modernc.org/libc"
	engine "modernc.org/sqlite/lib"
)

// vfsName is SQLite's usual way to the files, with two changes. The gaps of
// pages are cleared on their way into a database file, which costs less than a
// tenth of a microsecond a page, of which a checkpoint writes one for several
// messages. And what a commit adds to the write-ahead log is written at once;
// see frames.
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
	framesAt = (uintptr(vfs.FszOsFile) + 7) &^ 7
	vfs.FszOsFile = int32(framesAt + unsafe.Sizeof(frames{}))
	vfs.FzName, vfs.FpNext, vfs.FxOpen = name, 0, pointerTo(openOurs)
	if engine.Xsqlite3_vfs_register(tls, ours, 0) != engine.SQLITE_OK {
		return errors.New("sqlite: the VFS was refused")
	}
	return nil
})

// Functions as SQLite calls them; see sqlite3_vfs and sqlite3_io_methods.
type (
	openFunc     = func(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32
	closeFunc    = func(tls *libc.TLS, file uintptr) int32
	readFunc     = func(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32
	writeFunc    = readFunc
	truncateFunc = func(tls *libc.TLS, file uintptr, size int64) int32
	syncFunc     = func(tls *libc.TLS, file uintptr, flags int32) int32
	sizeFunc     = func(tls *libc.TLS, file, size uintptr) int32
)

// usualOpen is set before the VFS is registered.
var usualOpen openFunc

// methods are ours of an open file, and SQLite's for it.
type methods struct {
	engine.Tsqlite3_io_methods
	usual engine.Tsqlite3_io_methods
}

// methodsOf returns ours of a file that openOurs opened.
func methodsOf(file uintptr) *methods {
	return at[methods](at[engine.Tsqlite3_file](file).FpMethods)
}

// replaced are our methods for the database file or for its log, by the
// address of SQLite's. There are as many as SQLite has ways to lock a file, and
// they stay.
var replaced [2]sync.Map

// largest is how many pages the largest database has, of those opened up to now.
var largest atomic.Int64

func openOurs(tls *libc.TLS, vfs, name, file uintptr, flags int32, outFlags uintptr) int32 {
	rc := usualOpen(tls, vfs, name, file, flags, outFlags)
	if rc != engine.SQLITE_OK {
		return rc
	}
	switch {
	case flags&engine.SQLITE_OPEN_MAIN_DB != 0 && isMapped(tls, file):
	case flags&engine.SQLITE_OPEN_MAIN_DB != 0:
		noteSize(tls, file)
		replace(tls, file, &replaced[0], func(m *methods) { m.FxWrite = pointerTo(writeCleared) })
	case flags&engine.SQLITE_OPEN_WAL != 0:
		*framesOf(file) = frames{}
		replace(tls, file, &replaced[1], joinFrames)
	}
	return rc
}

// replace gives an open file our methods. Without memory for them it keeps
// those that it has: such a file is a good one.
func replace(tls *libc.TLS, file uintptr, known *sync.Map, change func(*methods)) {
	opened := at[engine.Tsqlite3_file](file)
	ours, ok := known.Load(opened.FpMethods)
	if !ok {
		p := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(methods{})))
		if p == 0 {
			return
		}
		m, usual := at[methods](p), at[engine.Tsqlite3_io_methods](opened.FpMethods)
		*m = methods{*usual, *usual}
		change(m)
		ours, _ = known.LoadOrStore(opened.FpMethods, p)
	}
	opened.FpMethods = ours.(uintptr)
}

// writeCleared may change the bytes that it is given: SQLite makes nothing of
// those in a gap.
func writeCleared(tls *libc.TLS, file, bytes uintptr, n int32, offset int64) int32 {
	usual := &methodsOf(file).usual
	if n >= leastPage && offset%int64(n) == 0 {
		page, image := offset/int64(n), unsafe.Slice(at[byte](bytes), n)
		switch {
		case page == 0 && hasMaps(image):
			at[engine.Tsqlite3_file](file).FpMethods = uintptr(unsafe.Pointer(usual))
		case fewPages(page):
			clearGap(image, page == 0)
		}
	}
	return function[writeFunc](usual.FxWrite)(tls, file, bytes, n, offset)
}

// hasMaps says whether a database, whose file begins like this, has pointer maps,
// as auto_vacuum needs them (fileformat2.html, sections 1.3.12 and 1.8). These have
// no mark of their own: one may look like a page of a b-tree, and its entries like a
// gap. Such a database is not opened (settings), but on the way to that it may be
// written to.
func hasMaps(header []byte) bool { return binary.BigEndian.Uint32(header[largestRoot:]) != 0 }

// largestRoot is where the header has the number of a page that is 0 without
// pointer maps.
const largestRoot = 52

// isMapped says whether a file that was opened is a database with pointer maps.
func isMapped(tls *libc.TLS, file uintptr) bool {
	header := tls.Alloc(fileHeader)
	defer tls.Free(fileHeader)
	m := at[engine.Tsqlite3_io_methods](at[engine.Tsqlite3_file](file).FpMethods)
	return function[readFunc](m.FxRead)(tls, file, header, fileHeader, 0) == engine.SQLITE_OK &&
		hasMaps(unsafe.Slice(at[byte](header), fileHeader))
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
