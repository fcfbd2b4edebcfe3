package main

import (
	"bufio"
	"context"
	"database/sql"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"asappchat/store/sqlite"
)

var kills = flag.Int("kills", 20, "how often TestKill kills the server")

const (
	killWriters       = 50
	killConversations = 10
)

// The server is killed at random instants under writers that retry: no message
// that was acknowledged is lost, none is there twice, no seq is missing.
func TestKill(t *testing.T) {
	trial := newTrial(t, childServer)
	trial.run(*kills)
	if faults := trial.faults(); len(faults) > 0 {
		t.Errorf("%d faults, the first: %s", len(faults), faults[0])
	}
	t.Logf("%d kills, %d messages acknowledged, %d connections cut", *kills, trial.acknowledged(), trial.cuts())
}

// The trial sees a server that answers before it commits.
func TestKillSeesEarlyAnswers(t *testing.T) {
	wantFault(newTrial(t, childEarly), "lost")
}

// The trial sees clients that retry under another client id.
func TestKillSeesRetriesWithoutClientID(t *testing.T) {
	trial := newTrial(t, childServer)
	for _, w := range trial.writers {
		w.forgetful = true
	}
	wantFault(trial, "twice")
}

// wantFault kills until a fault is seen that must be there.
func wantFault(trial *trial, word string) {
	trial.t.Helper()
	for range 40 {
		if trial.run(3); contains(trial.faults(), word) {
			return
		}
	}
	trial.t.Errorf("nothing was seen to be %s", word)
}

func contains(faults []string, word string) bool {
	for _, f := range faults {
		if strings.Contains(f, word) {
			return true
		}
	}
	return false
}

// trial is a server that is killed again and again, and its clients.
type trial struct {
	t             *testing.T
	mode          string
	dir           string
	conversations []string
	writers       []*writer
	answered      <-chan struct{} // closed with the first answer of a round
	// history is what the server held in the end, by conversation.
	history map[string][]stored
}

func newTrial(t *testing.T, mode string) *trial {
	tr := &trial{t: t, mode: mode, dir: t.TempDir(), history: make(map[string][]stored)}
	for i := range killWriters {
		tr.writers = append(tr.writers, &writer{name: fmt.Sprintf("writer%d", i)})
	}
	server := tr.start(childServer)
	tr.conversations = tr.prepare(server.url)
	server.kill()
	for i, w := range tr.writers {
		w.conversation = tr.conversations[i%killConversations]
	}
	return tr
}

// prepare makes the accounts and the groups that all of them are in.
func (tr *trial) prepare(url string) (conversations []string) {
	c := dial(tr.t, url)
	defer c.close()
	var names []string
	for _, w := range tr.writers {
		c.call("register", map[string]any{"username": w.name})
		names = append(names, w.name)
	}
	c.call("login", map[string]any{"username": names[0]})
	for i := range killConversations {
		r := c.call("create", map[string]any{"name": fmt.Sprintf("group %d", i), "members": names})
		conversations = append(conversations, r.Result.Conversation.ID)
	}
	return conversations
}

// run kills the server n times, and then lets the writers come to an end.
func (tr *trial) run(n int) {
	for range n {
		server := tr.start(tr.mode)
		stop := tr.write(server.url, false)
		<-tr.answered
		<-time.After(rand.N(300 * time.Millisecond))
		server.kill()
		stop()
	}
	server := tr.start(childServer)
	tr.write(server.url, true)()
	for _, id := range tr.conversations {
		tr.history[id] = readAll(tr.t, server.url, tr.writers[0].name, id)
	}
	server.kill()
	tr.quickCheck()
}

// write lets all writers write until their connections end, or, when they are
// only to finish, until all that they have is acknowledged. stop waits for it.
func (tr *trial) write(url string, finish bool) (stop func()) {
	var all sync.WaitGroup
	answered := make(chan struct{})
	first := sync.OnceFunc(func() { close(answered) })
	tr.answered = answered
	for _, w := range tr.writers {
		all.Go(func() {
			defer first()
			w.write(url, finish, first)
		})
	}
	return all.Wait
}

func (tr *trial) acknowledged() (n int) {
	for _, w := range tr.writers {
		n += len(w.acknowledged)
	}
	return n
}

func (tr *trial) cuts() (n int) {
	for _, w := range tr.writers {
		n += w.cuts
	}
	return n
}

// faults compares what was acknowledged with what the server holds.
func (tr *trial) faults() (faults []string) {
	for id, messages := range tr.history {
		ids, bodies := make(map[string]bool), make(map[string]bool)
		for i, m := range messages {
			if m.Seq != int64(i+1) {
				faults = append(faults, fmt.Sprintf("%s: seq %d stands at %d", id, m.Seq, i+1))
			}
			if ids[m.ClientID] || bodies[m.Body] {
				faults = append(faults, fmt.Sprintf("%s: %q is there twice", id, m.Body))
			}
			ids[m.ClientID], bodies[m.Body] = true, true
		}
	}
	for _, w := range tr.writers {
		faults = append(faults, w.lost(tr.history[w.conversation])...)
	}
	if tr.acknowledged() == 0 {
		faults = append(faults, "nothing was acknowledged")
	}
	return faults
}

func (tr *trial) quickCheck() {
	tr.t.Helper()
	// The store opens first, because it decides how the process locks files.
	store, err := sqlite.Open(context.Background(), tr.dir, nil)
	if err != nil {
		tr.t.Fatal(err)
	}
	if err := store.Close(); err != nil {
		tr.t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(tr.dir, "chat.db"))
	if err != nil {
		tr.t.Fatal(err)
	}
	defer db.Close()
	var result string
	if err := db.QueryRow("PRAGMA quick_check").Scan(&result); err != nil || result != "ok" {
		tr.t.Errorf("quick_check: %s %v", result, err)
	}
}

// child is the server in a process of its own.
type child struct {
	cmd *exec.Cmd
	url string
}

// start runs this test binary as a server and waits until it listens.
func (tr *trial) start(mode string) *child {
	tr.t.Helper()
	cmd := exec.Command(os.Args[0], "--listen", "127.0.0.1:0", "--data", tr.dir, "--limit", "send_rate=0")
	cmd.Env = append(os.Environ(), childVariable+"="+mode)
	cmd.Stderr = tr.t.Output()
	out, err := cmd.StdoutPipe()
	if err != nil {
		tr.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		tr.t.Fatal(err)
	}
	tr.t.Cleanup(func() { cmd.Process.Kill() })
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if _, url, ok := strings.Cut(lines.Text(), "ws://"); ok {
			return &child{cmd, "ws://" + url}
		}
	}
	tr.t.Fatalf("the server did not start: %v", cmd.Wait())
	return nil
}

func (c *child) kill() {
	c.cmd.Process.Kill()
	c.cmd.Wait()
}
