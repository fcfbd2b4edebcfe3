package sqlite

import (
	"context"
	crand "crypto/rand"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"runtime"
	"syscall"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/store"
)

const benchConversations = 100

// benchStore has one user with a hundred peers.
func benchStore(b *testing.B) *Store {
	s := open(b, b.TempDir(), nil)
	users := []store.Mutation{&store.CreateUser{User: protocol.User{Username: "ana"}}}
	for i := range benchConversations {
		users = append(users, &store.CreateUser{User: protocol.User{Username: peer(i)}})
	}
	benchCommit(b, s, users)
	return s
}

func peer(i int) string { return fmt.Sprintf("peer%02d", i) }

func benchCommit(b *testing.B, s *Store, group []store.Mutation) {
	outcomes, err := s.Commit(context.Background(), group)
	if err != nil {
		b.Fatal(err)
	}
	for _, o := range outcomes {
		if o.Err != nil {
			b.Fatal(o.Err)
		}
	}
}

// key is a UUID of version 7.
func key() (k store.ClientKey) {
	crand.Read(k[:])
	binary.BigEndian.PutUint64(k[:], uint64(time.Now().UnixMilli())<<16|7<<12|uint64(k[7]))
	return k
}

func benchAppend(i int) *store.Append {
	k := key()
	return &store.Append{
		To:    peer(i % benchConversations),
		NewID: fmt.Sprintf("c:%022d", i),
		Message: protocol.Message{
			Sender: "ana", Body: sentence(i), At: 1_700_000_000_000,
			ClientID: fmt.Sprintf("%x-%x-%x-%x-%x", k[:4], k[4:6], k[6:8], k[8:10], k[10:]),
		},
		Key: k,
	}
}

// sentence is some 100 bytes of text, whose words are the rarer the longer they
// are.
func sentence(i int) string {
	r := rand.New(rand.NewPCG(uint64(i), 7))
	b := make([]byte, 0, 128)
	for len(b) < 95 {
		for n := 1 + r.IntN(4); n > 0; n-- {
			b = append(b, "bdfgklmnprstvz"[r.IntN(14)], "aeiou"[r.IntN(5)])
		}
		b = append(b, ' ')
	}
	return string(b)
}

// BenchmarkCommit appends messages; one op is one group. The time of a processor
// that the committing thread takes, and all, with what indexes behind it.
func BenchmarkCommit(b *testing.B) {
	for _, size := range []int{1, 32, 512} {
		b.Run(fmt.Sprintf("group=%d", size), func(b *testing.B) {
			s := benchStore(b)
			b.ReportAllocs()
			runtime.LockOSThread()
			defer runtime.UnlockOSThread()
			n, cpu, all := 0, time.Duration(0), cpuTime(syscall.RUSAGE_SELF)
			for b.Loop() {
				b.StopTimer()
				group := make([]store.Mutation, size)
				for i := range group {
					group[i] = benchAppend(n)
					n++
				}
				b.StartTimer()
				before := cpuTime(ofThread)
				benchCommit(b, s, group)
				cpu += cpuTime(ofThread) - before
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(n), "ns/message")
			b.ReportMetric(float64(cpu.Nanoseconds())/float64(n), "commit-cpu-ns/message")
			s.awaitIndex(b)
			all = cpuTime(syscall.RUSAGE_SELF) - all
			b.ReportMetric(float64(all.Nanoseconds())/float64(n), "cpu-ns/message")
		})
	}
}

// ofThread asks for the time of the calling thread alone (getrusage(2)).
const ofThread = 1

// cpuTime is what the process, or the thread, has used of all processors. Unlike
// the time on the clock it does not grow with what else the machine does.
func cpuTime(of int) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(of, &used); err != nil {
		panic(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// BenchmarkHistory reads the newest 50 of conversations of a thousand.
func BenchmarkHistory(b *testing.B) {
	s := benchStore(b)
	for i := range 200 {
		group := make([]store.Mutation, 512)
		for j := range group {
			group[j] = benchAppend(i*512 + j)
		}
		benchCommit(b, s, group)
	}
	b.ReportAllocs()
	page := store.Page{From: 1, To: 1 << 62, Limit: 50, Bytes: 1 << 20, FromEnd: true}
	for i := 0; b.Loop(); i++ {
		h, err := s.History(context.Background(), "ana", peer(i%benchConversations), page)
		if err != nil || len(h.Messages) != 50 {
			b.Fatal(err, len(h.Messages))
		}
	}
}
