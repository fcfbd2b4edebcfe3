package load

import (
	"syscall"
	"time"
)

// sleep waits, to some 60 µs. The timers of Go, when a program has nothing else
// to do, are up to a millisecond late, which an open loop would measure.
func sleep(d time.Duration) {
	t := syscall.NsecToTimespec(int64(d))
	syscall.Nanosleep(&t, nil) // a signal may end it early: the caller looks again
}
