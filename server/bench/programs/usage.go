package programs

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"runtime"
	"syscall"
	"time"
)

// Usage is what a program has used up to now, or, of the difference of two,
// in between.
type Usage struct {
	CPU        time.Duration // of the process and of the system for it
	RSS        int64         // bytes of memory that are resident
	Goroutines int
	Writes     int64 // system calls that write, to sockets and to files
	Groups     int64 // committed, of those that have a store
	Mutations  int64 // in these groups
}

func (p *Program) usage() (u Usage, err error) {
	u.Goroutines = runtime.NumGoroutine()
	if p.commits != nil {
		u.Groups, u.Mutations = p.commits()
	}
	if u.CPU, err = CPUTime(); err != nil {
		return u, err
	}
	if u.RSS, err = ResidentBytes(os.Getpid()); err != nil {
		return u, err
	}
	u.Writes, err = writeCalls()
	return u, err
}

// Minus returns what was used since an earlier usage.
func (u Usage) Minus(before Usage) Usage {
	u.CPU -= before.CPU
	u.RSS -= before.RSS
	u.Goroutines -= before.Goroutines
	u.Writes -= before.Writes
	u.Groups -= before.Groups
	u.Mutations -= before.Mutations
	return u
}

// CPUTime returns what this process has used.
func CPUTime() (time.Duration, error) { return cpuOf(syscall.RUSAGE_SELF) }

func cpuOf(who int) (time.Duration, error) {
	var r syscall.Rusage
	if err := syscall.Getrusage(who, &r); err != nil {
		return 0, err
	}
	return time.Duration(r.Utime.Nano() + r.Stime.Nano()), nil
}

// ResidentBytes reads the memory that a process has, as proc(5) tells it:
// the second number of statm, in pages.
func ResidentBytes(process int) (int64, error) {
	statm, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", process))
	if err != nil {
		return 0, fmt.Errorf("memory is known on Linux only: %w", err)
	}
	var size, resident int64
	if _, err := fmt.Fscan(bytes.NewReader(statm), &size, &resident); err != nil {
		return 0, errors.Join(errors.New("statm"), err)
	}
	return resident * int64(os.Getpagesize()), nil
}

// writeCalls reads how often this process has called the system to write: the
// fourth line of proc(5)'s io.
func writeCalls() (n int64, err error) {
	io, err := os.ReadFile("/proc/self/io")
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(io, []byte("syscw:"))
	_, err = fmt.Fscan(bytes.NewReader(rest), &n)
	return n, err
}

// ResetPeak has the system forget the peak of a process's memory, which is from
// now on what it has now: proc(5)'s clear_refs.
func ResetPeak(process int) error {
	return os.WriteFile(fmt.Sprintf("/proc/%d/clear_refs", process), []byte("5"), 0)
}

// PeakBytes reads the most memory that a process had: VmHWM of proc(5)'s
// status, in KiB.
func PeakBytes(process int) (n int64, err error) {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", process))
	if err != nil {
		return 0, err
	}
	_, rest, _ := bytes.Cut(status, []byte("VmHWM:"))
	_, err = fmt.Fscan(bytes.NewReader(rest), &n)
	return n << 10, err
}
