package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/store"
	"asappchat/store/sqlite"
)

// childVariable in the environment makes the test binary a server.
const (
	childVariable = "CHATD_TEST_CHILD"
	childServer   = "server" // as it is
	childEarly    = "early"  // answers before it commits
)

func TestMain(m *testing.M) {
	switch os.Getenv(childVariable) {
	case childServer:
		os.Exit(run(context.Background(), os.Args[1:], os.LookupEnv, os.Stdout, os.Stderr))
	case childEarly:
		serveEarly(os.Args[4])
	}
	goleak.VerifyTestMain(m)
}

// serveEarly is a server that answers before it commits.
func serveEarly(dir string) {
	ctx := context.Background()
	real, err := sqlite.Open(ctx, dir, nil)
	if err != nil {
		panic(err)
	}
	limits := protocol.DefaultLimits()
	limits.SendRate = 0
	srv, err := server.New(ctx, &early{Store: real, seqs: make(map[string]int64)}, server.Config{NameLogin: true, Limits: limits})
	if err != nil {
		panic(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Printf("ws://%s\n", listener.Addr())
	srv.Serve(listener)
}

// early is a store that answers appends at once, from what it guesses, and
// commits them behind.
type early struct {
	store.Store
	seqs map[string]int64
	mu   sync.Mutex
}

func (e *early) Commit(ctx context.Context, group []store.Mutation) ([]store.Outcome, error) {
	outcomes := make([]store.Outcome, len(group))
	for i, m := range group {
		a, ok := m.(*store.Append)
		if !ok {
			e.mu.Lock()
			defer e.mu.Unlock()
			return e.Store.Commit(ctx, group)
		}
		if e.seqs[a.To] == 0 {
			h, err := e.History(ctx, a.Message.Sender, a.To, store.Page{From: 1, To: 1 << 62, Limit: 1, Bytes: 1, FromEnd: true})
			if err != nil {
				return nil, err
			}
			e.seqs[a.To] = h.LastSeq
		}
		e.seqs[a.To]++
		outcomes[i].Value = protocol.SendResult{Conversation: a.To, Seq: e.seqs[a.To], At: a.Message.At}
	}
	group = append([]store.Mutation(nil), group...)
	go func() { // until the commit is done
		e.mu.Lock()
		defer e.mu.Unlock()
		<-time.After(10 * time.Millisecond) // a slow disk
		e.Store.Commit(ctx, group)
	}()
	return outcomes, nil
}
