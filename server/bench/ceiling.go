package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"runtime"
	"syscall"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/google/uuid"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// ceiling is the store alone, given groups of messages of the given size one
// after another: no server on this store acknowledges more of them.
type ceiling struct {
	store *sqlite.Store
	users []string // of whom the first two talk to each other, the next two, and so on
	next  int      // who sends next
}

// ceilingUsers is how many users talk in groups larger than that; each sends
// in turn. In smaller groups one user sends, as in the scenarios.
const ceilingUsers = 50

func startStore(dir string) (*program, error) {
	s, err := sqlite.Open(context.Background(), dir, nil)
	if err != nil {
		return nil, err
	}
	c := &ceiling{store: s, users: usernames("user", ceilingUsers)}
	users := make([]store.Mutation, len(c.users))
	for i, name := range c.users {
		users[i] = &store.CreateUser{User: protocol.User{Username: name}, At: now()}
	}
	if err := c.commit(users); err != nil {
		return nil, err
	}
	return &program{ask: c.ask, close: s.Close}, nil
}

// capacity is what a program did of one thing, over and over.
type capacity struct {
	PerSecond float64
	CPU       float64 // microseconds for each, of the process
	WriterCPU float64 // the same of the one thread that commits
	P50, P99  float64 // microseconds for each group
}

// ask measures commits. What it takes to make the messages does not count.
func (c *ceiling) ask(q question) (any, error) {
	runtime.LockOSThread() // for the CPU of the thread; commits run on it
	defer runtime.UnlockOSThread()
	defer readAll(c.store, q.Readers)()
	var spent time.Duration
	var used cpu
	times, n := newTimes(), 0
	for spent < q.For {
		group := c.group(q.Group)
		before, err := cpuNow()
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		if err := c.commit(group); err != nil {
			return nil, err
		}
		took := time.Since(begun)
		after, err := cpuNow()
		if err != nil {
			return nil, err
		}
		times.RecordValue(took.Microseconds())
		spent, n = spent+took, n+len(group)
		used.process += after.process - before.process
		used.thread += after.thread - before.thread
	}
	return capacity{
		PerSecond: float64(n) / spent.Seconds(),
		CPU:       inMicros(used.process) / float64(n),
		WriterCPU: inMicros(used.thread) / float64(n),
		P50:       quantile(times, 50),
		P99:       quantile(times, 99),
	}, nil
}

// cpu is what a process and one of its threads have used.
type cpu struct{ process, thread time.Duration }

func cpuNow() (c cpu, err error) {
	if c.process, err = cpuTime(); err != nil {
		return c, err
	}
	c.thread, err = cpuOf(syscall.RUSAGE_THREAD)
	return c, err
}

func (c *ceiling) group(size int) []store.Mutation {
	group := make([]store.Mutation, size)
	for i := range group {
		group[i] = message(c.users[c.next], c.users[c.next^1])
		if size > ceilingUsers {
			c.next = (c.next + 1) % len(c.users)
		}
	}
	return group
}

// message is what the server makes of a send.
func message(from, to string) *store.Append {
	id := uuid.Must(uuid.NewV7())
	content := sha256.Sum256(id[:])
	var random [16]byte
	rand.Read(random[:])
	return &store.Append{
		To:      to,
		NewID:   "c:" + base64.RawURLEncoding.EncodeToString(random[:]),
		Message: protocol.Message{Sender: from, Body: body, At: now(), ClientID: id.String()},
		Key:     store.ClientKey(id),
		Content: store.ContentHash(content[:]),
	}
}

func (c *ceiling) commit(group []store.Mutation) error {
	outcomes, err := c.store.Commit(context.Background(), group)
	for i := 0; err == nil && i < len(outcomes); i++ {
		err = outcomes[i].Err
	}
	return err
}

func now() protocol.Time { return protocol.TimeOf(time.Now()) }

// newTimes makes a histogram of microseconds up to a minute, to the percent.
func newTimes() *hdrhistogram.Histogram { return hdrhistogram.New(1, 60_000_000, 2) }

// quantile returns that of times.
func quantile(times *hdrhistogram.Histogram, percent float64) float64 {
	return float64(times.ValueAtQuantile(percent))
}

func inMicros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1000 }
