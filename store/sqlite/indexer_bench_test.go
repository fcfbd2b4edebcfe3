package sqlite

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// BenchmarkIndex makes the index of what is there anew; one op is all of it.
func BenchmarkIndex(b *testing.B) {
	s := searchStore(b)
	file := s.indexer.file
	b.ReportAllocs()
	cpu, n := time.Duration(0), 0
	for b.Loop() {
		b.StopTimer()
		s.Close()
		if err := os.Remove(file); err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		before := cpuTime(syscall.RUSAGE_SELF)
		s = open(b, filepath.Dir(file), &Options{Durability: Normal})
		s.awaitIndex(b)
		cpu += cpuTime(syscall.RUSAGE_SELF) - before
		n += searchMessages()
	}
	b.ReportMetric(float64(cpu.Nanoseconds())/float64(n), "cpu-ns/message")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/message")
	image, err := os.Stat(file)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(image.Size())/float64(searchMessages()), "file-bytes/message")
}
