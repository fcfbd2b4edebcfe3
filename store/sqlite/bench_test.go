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
	"asappchat/protocol/alloctest"
	"asappchat/store"
)

const benchConversations = 100

// benchStore has one user with a hundred peers.
func benchStore(b testing.TB) *Store {
	s := open(b, b.TempDir(), nil)
	users := []store.Mutation{&store.CreateUser{User: protocol.User{Username: "ana"}}}
	for i := range benchConversations {
		users = append(users, &store.CreateUser{User: protocol.User{Username: peer(i)}})
	}
	benchCommit(b, s, users)
	return s
}

func peer(i int) string { return fmt.Sprintf("peer%02d", i) }

func benchCommit(b testing.TB, s *Store, group []store.Mutation) {
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
// benchGroup is messages to one peer after another, the n'th first.
func benchGroup(n, size int) []store.Mutation {
	group := make([]store.Mutation, size)
	for i := range group {
		group[i] = benchAppend(n + i)
	}
	return group
}

// BenchmarkCommit appends messages; one op is one group.
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
				group := benchGroup(n, size)
				n += size
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

// fill gives each conversation about a thousand messages.
func fill(b testing.TB, s *Store) {
	for i := range 200 {
		benchCommit(b, s, benchGroup(512*i, 512))
	}
}

// readPage reads the newest 50 of a conversation.
func readPage(b testing.TB, s *Store, i int) {
	page := store.Page{From: 1, To: 1 << 62, Limit: 50, Bytes: 1 << 20, FromEnd: true}
	h, err := s.History(context.Background(), "ana", peer(i%benchConversations), page)
	if err != nil || len(h.Messages) != 50 {
		b.Fatal(err, len(h.Messages))
	}
}

// BenchmarkHistory reads the newest 50 of conversations of a thousand.
func BenchmarkHistory(b *testing.B) {
	s := benchStore(b)
	fill(b, s)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		readPage(b, s, i)
	}
}

// missed is how many messages catchUp reads.
const missed = 10

// catchUp reads what ana missed, which is a few messages of one conversation.
func catchUp(b testing.TB, s *Store, after, upto store.Place) {
	trails, err := s.Trails(context.Background(), "ana", after, upto)
	if err != nil || len(trails) != 1 {
		b.Fatal(err, trails)
	}
	events, _, err := s.Follow(context.Background(), "ana", trails[0], upto, 128, 64<<10)
	if err != nil || len(events) != missed {
		b.Fatal(err, len(events))
	}
}

// leaveBehind adds what catchUp reads between two places.
func leaveBehind(b testing.TB, s *Store) (after, upto store.Place) {
	before, err := s.Head(context.Background())
	if err != nil {
		b.Fatal(err)
	}
	for range missed {
		benchCommit(b, s, benchGroup(0, 1))
	}
	return before.Place, before.Place + missed
}

// BenchmarkCatchUp reads ten messages that came in one of a hundred
// conversations.
func BenchmarkCatchUp(b *testing.B) {
	s := benchStore(b)
	fill(b, s)
	after, upto := leaveBehind(b, s)
	b.ReportAllocs()
	for b.Loop() {
		catchUp(b, s, after, upto)
	}
}

// login opens a session, and returns a function that goes on with it by the
// token that it was given last.
func login(b testing.TB, s *Store) func() {
	var n uint64
	token := func() (hash store.TokenHash) {
		binary.BigEndian.PutUint64(hash[:], n)
		return hash
	}
	benchCommit(b, s, []store.Mutation{&store.CreateSession{ID: "s:1", Username: "ana", Token: token(), At: 1, Max: 9}})
	return func() {
		exchange := &store.ExchangeToken{Old: token(), At: 2}
		n++
		exchange.New = token()
		benchCommit(b, s, []store.Mutation{exchange})
	}
}

func BenchmarkExchangeToken(b *testing.B) {
	again := login(b, benchStore(b))
	b.ReportAllocs()
	for b.Loop() {
		again()
	}
}

func BenchmarkAccount(b *testing.B) {
	s := benchStore(b)
	b.ReportAllocs()
	for b.Loop() {
		readAccount(b, s)
	}
}

func readAccount(b testing.TB, s *Store) {
	if _, err := s.Account(context.Background(), "ana"); err != nil {
		b.Fatal(err)
	}
}

// talk gives ana 600 messages with one peer: numbers below 256 do not allocate.
func talk(t testing.TB, s *Store) {
	group := make([]store.Mutation, 600)
	for i := range group {
		group[i] = benchAppend(i * benchConversations)
	}
	benchCommit(t, s, group)
}

// Of what a message allocates, its event and the value of its outcome are four;
// the others are what boxes the arguments of two statements, and what the driver
// makes of them. A group adds its beginning and end, the log's row,
// and one statement for each of its conversations.
func TestCommitAllocations(t *testing.T) {
	s := benchStore(t)
	s.indexer.stop() // what it allocates is its own
	talk(t, s)
	for _, c := range []struct{ size, runs, most int }{{1, 100, 39}, {512, 10, 12_950}} {
		n := 0
		groups := make([][]store.Mutation, c.runs+1)
		for i := range groups {
			groups[i] = benchGroup(0, c.size)
		}
		alloctest.AtMost(t, c.runs, c.most, func() {
			benchCommit(t, s, groups[n])
			n++
		})
	}
}

// To go on with a session is six statements, besides the beginning and the end.
func TestExchangeTokenAllocations(t *testing.T) {
	alloctest.AtMost(t, 200, 100, login(t, benchStore(t)))
}

// A row of a page allocates ten: four texts, what boxes three, and three
// numbers. Every query takes about twenty besides, and one for the name of each
// column; to find where to begin among ten messages takes seven queries.
func TestReadAllocations(t *testing.T) {
	s := benchStore(t)
	talk(t, s)
	after, upto := leaveBehind(t, s)
	alloctest.AtMost(t, 50, 50*10+109, func() { readPage(t, s, 0) })
	alloctest.AtMost(t, 50, 524, func() { catchUp(t, s, after, upto) })
	alloctest.AtMost(t, 50, 18, func() { readAccount(t, s) })
}
