package main

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
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
	CPU       float64 // microseconds for each
	P50, P99  float64 // microseconds for each group
}

// ask measures commits. What it takes to make the messages does not count.
func (c *ceiling) ask(q question) (any, error) {
	var spent, cpu time.Duration
	times, n := newTimes(), 0
	for spent < q.For {
		group := c.group(q.Group)
		used, err := cpuTime()
		if err != nil {
			return nil, err
		}
		begun := time.Now()
		if err := c.commit(group); err != nil {
			return nil, err
		}
		took := time.Since(begun)
		usedNow, err := cpuTime()
		if err != nil {
			return nil, err
		}
		times.RecordValue(took.Microseconds())
		spent, cpu, n = spent+took, cpu+usedNow-used, n+len(group)
	}
	return capacity{
		PerSecond: float64(n) / spent.Seconds(),
		CPU:       float64(cpu.Microseconds()) / float64(n),
		P50:       float64(times.ValueAtQuantile(50)),
		P99:       float64(times.ValueAtQuantile(99)),
	}, nil
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
