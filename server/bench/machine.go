package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"syscall"
	"time"

	"asappchat/clients/load"
	"asappchat/release"
	"asappchat/server"
)

// filesNeeded is how many files and connections one process has open at most:
// those of the fan-out, to the server and to two bare programs.
func (s size) filesNeeded() uint64 {
	conns := s.members[0]
	for _, n := range s.members[1:] {
		conns += 3 * n
	}
	return uint64(max(conns, s.idle.conns, s.storm.crowd+comingAtOnce, 2*s.users) + 1000)
}

// describe says what is measured on what: without it the table means little.
func describe(w io.Writer, l *lab) error {
	if err := checkFiles(l.filesNeeded()); err != nil {
		return err
	}
	fsync, err := fsyncTime(l.dir)
	if err != nil {
		return err
	}
	gogc := os.Getenv("GOGC")
	if gogc == "" {
		gogc = "100"
	}
	_, err = fmt.Fprintf(w, `%s, %s, %s, %d cores%s
disk: write of 4 KiB and fsync %s (median), in %s
server: %s %s on SQLite, durability full, default limits but no rate of sending, GOGC=%s
load: on the same cores, over loopback; bodies of %d bytes, client ids of UUID version 7
`, time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOOS+"/"+runtime.GOARCH, runtime.NumCPU(), cpuModel(),
		micros(inMicros(fsync)), filepath.Dir(l.dir),
		server.Name, release.Version, gogc, load.BodyBytes)
	return err
}

// checkFiles makes sure that there may be enough connections. Package os has
// raised the limit as far as it goes.
func checkFiles(needed uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return err
	}
	if limit.Cur < needed {
		return fmt.Errorf("at most %d open files are allowed, and %d needed: raise the hard limit (ulimit -Hn)", limit.Cur, needed)
	}
	return nil
}

// cpuModel returns the name of the processor, where the system tells it.
func cpuModel() string {
	info, _ := os.ReadFile("/proc/cpuinfo")
	name := regexp.MustCompile(`model name\s*:\s*(.*)`).FindSubmatch(info)
	if name == nil {
		return ""
	}
	return " of " + string(name[1])
}

// fsyncTime returns how long the disk takes to make 4 KiB durable.
func fsyncTime(dir string) (time.Duration, error) {
	f, err := os.Create(filepath.Join(dir, "fsync")) // empties one that is there
	if err != nil {
		return 0, err
	}
	defer f.Close()
	times := make([]time.Duration, 1000)
	for i := range times {
		begun := time.Now()
		if _, err := f.WriteAt(make([]byte, 4<<10), int64(i)*4<<10); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(begun)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}
