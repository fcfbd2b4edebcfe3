package programs

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"runtime"
	"syscall"
	"time"

	"github.com/google/uuid"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// ceiling is the store alone, without its index, given groups of messages of the given size one
// after another: no server on this store acknowledges more of them.
type ceiling struct {
	store *sqlite.Store
	users []string // of whom the first two talk to each other, the next two, and so on
	next  int      // who sends next
}

// ceilingUsers is how many users talk in groups larger than that; each sends
// in turn. In smaller groups one user sends, as in the scenarios.
const ceilingUsers = 50

func startStore(dir string) (*Program, error) {
	s, err := sqlite.Open(context.Background(), dir, &sqlite.Options{Unindexed: true})
	if err != nil {
		return nil, err
	}
	c := &ceiling{store: s}
	for i := range ceilingUsers {
		c.users = append(c.users, fmt.Sprintf("user%05d", i))
	}
	if err := commit(s, newUsers(c.users...)); err != nil {
		return nil, err
	}
	return &Program{commit: c.measure, close: s.Close}, nil
}

// Commits is what the store alone commits: groups of so many messages, one
// after another.
type Commits struct {
	Group   int           // messages in each
	Readers int           // how many read an archive all the time
	For     time.Duration // that the commits take, together
}

// Capacity is what a program did of one thing, over and over.
type Capacity struct {
	PerSecond float64
	CPU       float64 // microseconds for each, of the process
	WriterCPU float64 // the same of the one thread that commits
}

func (c *ceiling) measure(what Commits) (got Capacity, err error) {
	runtime.LockOSThread() // for the CPU of the thread; commits run on it
	defer runtime.UnlockOSThread()
	defer readAll(c.store, what.Readers)()
	var spent time.Duration
	var used cpu
	n := 0
	for spent < what.For {
		group := c.group(what.Group)
		before, err := cpuNow()
		if err != nil {
			return got, err
		}
		begun := time.Now()
		if err := commit(c.store, group); err != nil {
			return got, err
		}
		spent, n = spent+time.Since(begun), n+len(group)
		after, err := cpuNow()
		if err != nil {
			return got, err
		}
		used.process += after.process - before.process
		used.thread += after.thread - before.thread
	}
	return Capacity{
		PerSecond: float64(n) / spent.Seconds(),
		CPU:       microsOf(used.process, n),
		WriterCPU: microsOf(used.thread, n),
	}, nil
}

// cpu is what a process and one of its threads have used.
type cpu struct{ process, thread time.Duration }

func cpuNow() (c cpu, err error) {
	if c.process, err = CPUTime(); err != nil {
		return c, err
	}
	c.thread, err = cpuOf(syscall.RUSAGE_THREAD)
	return c, err
}

// microsOf returns the microseconds for each of n things.
func microsOf(d time.Duration, n int) float64 { return float64(d.Nanoseconds()) / 1000 / float64(n) }

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

// Body is what all messages of the store alone and of an archive say: as much
// as those that are sent.
const Body = "A line of some chat, told at length, and as long as those of the load, so that both ask the same of the store; no more.."

// message is what the server makes of a send.
func message(from, to string) *store.Append { return say(from, to, Body) }

func say(from, to, body string) *store.Append {
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

func newUsers(names ...string) []store.Mutation {
	users := make([]store.Mutation, len(names))
	for i, name := range names {
		users[i] = &store.CreateUser{User: protocol.User{Username: name}, At: now()}
	}
	return users
}

// commit commits a group, all of which must be done.
func commit(s store.Store, group []store.Mutation) error {
	outcomes, err := s.Commit(context.Background(), group)
	for i := 0; err == nil && i < len(outcomes); i++ {
		err = outcomes[i].Err
	}
	return err
}

func now() protocol.Time { return protocol.TimeOf(time.Now()) }
