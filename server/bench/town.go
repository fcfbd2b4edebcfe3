package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"asappchat/protocol"
)

// town is a server with a crowd, each of whom belongs to two teams, one who
// tells all teams something, and others who send to each other.
type town struct {
	users, pairs []string // of the crowd, and of those who send to each other

	daemon  *daemon
	crowd   *crowd
	herald  *conn
	ids     []string // of the teams
	senders *windows
	idle    int64 // bytes of memory, when all had been there for some time
}

const (
	// teamSize is how many of the crowd a team has.
	teamSize = 100
	// missedMessages is how many each team is told in a storm.
	missedMessages = 2

	heraldName = "herald"
)

// anyRate takes the limit on how fast a user may send from the command.
var anyRate = []string{"--limit", "send_rate=0"}

// teamsOf returns the teams of one of a crowd: one with the next in its row,
// and one with those in its column.
func teamsOf(number, crowd int) [2]int {
	rows := crowd / teamSize
	return [2]int{number / teamSize, rows + number%rows}
}

// openTown makes a town, and runs the command for it.
func (l *lab) openTown() (t *town, err error) {
	dir, t, err := l.foundTown()
	if err != nil {
		return nil, err
	}
	// Opening accounts leaves memory behind that has nothing to do with storms.
	if t.daemon, err = l.daemon(dir, anyRate...); err != nil {
		return nil, err
	}
	if err = t.settle(l, t.daemon.address); err == nil {
		t.idle, err = t.daemon.memory()
	}
	if err != nil {
		return nil, errors.Join(err, t.daemon.end(syscall.SIGKILL))
	}
	return t, nil
}

// foundTown opens the accounts and makes the teams, in a data folder.
func (l *lab) foundTown() (dir string, t *town, err error) {
	if dir, err = os.MkdirTemp(l.dir, "storm"); err != nil {
		return dir, nil, err
	}
	t = &town{users: usernames("user", l.storm.crowd), pairs: usernames("sender", sendersAtOnce)}
	return dir, t, t.found(l, dir)
}

func (t *town) found(l *lab, dir string) error {
	d, err := l.daemon(dir, anyRate...)
	if err != nil {
		return err
	}
	err = register(d.address, slices.Concat([]string{heraldName}, t.users, t.pairs))
	if err == nil {
		err = t.makeTeams(d.address)
	}
	if err != nil {
		return errors.Join(err, d.end(syscall.SIGKILL))
	}
	return d.end(syscall.SIGTERM)
}

func (t *town) makeTeams(address string) error {
	members := make([][]string, 2*len(t.users)/teamSize)
	for i, name := range t.users {
		for _, team := range teamsOf(i, len(t.users)) {
			members[team] = append(members[team], name)
		}
	}
	herald, err := dialHerald(address)
	if err != nil {
		return err
	}
	defer herald.close()
	for i, team := range members {
		var made protocol.ConversationResult
		if err := herald.call(protocol.Create.Name, protocol.CreateParams{Name: fmt.Sprint("team ", i), Members: team}, &made); err != nil {
			return err
		}
		t.ids = append(t.ids, made.Conversation.ID)
	}
	return nil
}

// dialHerald connects who tells the teams, and does not subscribe.
func dialHerald(address string) (*conn, error) {
	c, err := dial(address)
	if err != nil {
		return nil, err
	}
	return c, c.call(protocol.Login.Name, protocol.LoginParams{Username: heraldName}, nil)
}

// settle has everybody come, and then waits until the memory of their logins
// has been given back.
func (t *town) settle(l *lab, address string) (err error) {
	if t.herald, err = dialHerald(address); err != nil {
		return err
	}
	sources := make([]source, len(t.pairs))
	for i := range sources {
		if sources[i], err = newTemplate(i, t.pairs[i^1]); err != nil {
			return err
		}
	}
	conns, err := dialAll(address, len(t.pairs), func(c *conn, i int) error { return c.login(t.pairs[i]) })
	if err != nil {
		return err
	}
	t.senders = newWindows(nil, conns, sources, 2)
	t.crowd = newCrowd(address, t.users)
	if err := t.crowd.comeBack(l, 0); err != nil {
		return err
	}
	return t.crowd.stay(l, l.storm.settle)
}

// tell tells each team n messages, and waits until they are acknowledged. Each
// says its number: those of the first team are the first.
func (t *town) tell(n int) error {
	for i, id := range t.ids {
		var frames []byte
		for k := range n {
			message, err := newTemplate(i*n+k, id)
			if err != nil {
				return err
			}
			frames = append(frames, message.next()...)
		}
		if err := t.herald.write(frames); err != nil {
			return err
		}
	}
	for range n * len(t.ids) {
		if err := t.herald.answer(nil); err != nil {
			return err
		}
	}
	return nil
}

// send has the senders send, until quieten.
func (t *town) send() error {
	t.senders.on.Store(true)
	for _, w := range t.senders.all {
		if err := w.begin(sendWindow); err != nil {
			return err
		}
	}
	return nil
}

func (t *town) quieten(l *lab) error {
	t.senders.on.Store(false)
	return t.senders.settle(l, t.senders.settled)
}

// rate returns how many sends are acknowledged in a second while something is
// done.
func (t *town) rate(do func() error) (float64, error) {
	before, _ := t.senders.count()
	begun := time.Now()
	if err := do(); err != nil {
		return 0, err
	}
	after, _ := t.senders.count()
	return float64(after-before) / time.Since(begun).Seconds(), nil
}
