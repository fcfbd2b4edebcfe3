package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"syscall"
	"time"

	"asappchat/clients/load"
	"asappchat/protocol"
)

// town is a server with a crowd, each of whom belongs to two teams, one who
// tells all teams something, and others who send to each other.
type town struct {
	users, pairs []string // of the crowd, and of those who send to each other

	daemon  *daemon
	crowd   *load.Crowd
	herald  *load.Conn
	teams   []*load.Template // the herald's sends to each
	told    int64            // messages to each
	senders *load.Drive
	idle    int64 // bytes of memory, when all had been there for some time
}

const (
	// teamSize is how many of the crowd a team has.
	teamSize = 100
	// missedMessages is how many each team is told in a storm.
	missedMessages = 2

	// comingAtOnce is how many dial, shake hands and log in at the same time. With
	// more, those who send are not held up by the server but by this process,
	// in which they wait behind all that are coming.
	comingAtOnce = 256

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
	t = &town{users: load.Usernames("user", l.storm.crowd), pairs: load.Usernames("sender", sendersAtOnce)}
	return dir, t, t.found(l, dir)
}

func (t *town) found(l *lab, dir string) error {
	d, err := l.daemon(dir, anyRate...)
	if err != nil {
		return err
	}
	err = register(l, d.address, slices.Concat([]string{heraldName}, t.users, t.pairs))
	if err == nil {
		err = t.makeTeams(l, d.address)
	}
	if err != nil {
		return errors.Join(err, d.end(syscall.SIGKILL))
	}
	return d.end(syscall.SIGTERM)
}

func (t *town) makeTeams(l *lab, address string) error {
	members := make([][]string, 2*len(t.users)/teamSize)
	for i, name := range t.users {
		for _, team := range teamsOf(i, len(t.users)) {
			members[team] = append(members[team], name)
		}
	}
	herald, err := dialHerald(l, address)
	if err != nil {
		return err
	}
	defer herald.Close()
	t.teams = make([]*load.Template, len(members))
	for i, team := range members {
		var made protocol.ConversationResult
		if err := herald.Call(protocol.Create.Name, protocol.CreateParams{Name: fmt.Sprint("team ", i), Members: team}, &made); err != nil {
			return err
		}
		if t.teams[i], err = load.NewSend(i, made.Conversation.ID); err != nil {
			return err
		}
	}
	return nil
}

// dialHerald connects who tells the teams, and does not subscribe.
func dialHerald(l *lab, address string) (*load.Conn, error) {
	c, err := load.Dial(l.ctx, "ws://"+address)
	if err != nil {
		return nil, err
	}
	return c, c.Call(protocol.Login.Name, protocol.LoginParams{Username: heraldName}, nil)
}

// settle has everybody come, and then waits until the memory of their logins
// has been given back.
func (t *town) settle(l *lab, address string) (err error) {
	if t.herald, err = dialHerald(l, address); err != nil {
		return err
	}
	if err = t.openSenders(l, address); err != nil {
		return err
	}
	guests := make([]load.Guest, len(t.users))
	for i, name := range t.users {
		teams := teamsOf(i, len(t.users))
		guests[i] = load.Guest{Name: name, Groups: teams[:], Login: loginOf(name)}
	}
	t.crowd = load.NewCrowd("ws://"+address, guests, comingAtOnce)
	if _, err := t.crowd.ComeBack(l.ctx, time.Now()); err != nil {
		return err
	}
	return t.crowd.Wait(l.ctx, l.storm.settle)
}

func (t *town) openSenders(l *lab, address string) (err error) {
	sources := make([]load.Source, len(t.pairs))
	for i := range sources {
		if sources[i], err = load.NewSend(i, t.pairs[i^1]); err != nil {
			return err
		}
	}
	conns, err := load.Connect(l.ctx, "ws://"+address, len(t.pairs), func(c *load.Conn, i int) error { return c.Login(t.pairs[i]) })
	if err == nil {
		t.senders = load.NewDrive(conns, sources, load.Shape{Copies: 2, Pairs: true})
	}
	return err
}

// loginOf logs in by name, and from then on by token, for which there is a new
// one each time.
func loginOf(name string) func(context.Context, *load.Conn) error {
	var last protocol.LoginResult
	return func(_ context.Context, c *load.Conn) error {
		params := protocol.LoginParams{Token: last.Token}
		if last.Token == "" {
			params.Username = name
		}
		return c.Call(protocol.Login.Name, params, &last)
	}
}

// tell tells each team n messages, and waits until they are acknowledged.
func (t *town) tell(n int) error {
	t.crowd.Expect(n)
	for _, team := range t.teams {
		var frames []byte
		for k := range n {
			frames = append(frames, team.Frame(t.told+int64(k), 0)...)
		}
		if err := t.herald.Write(frames); err != nil {
			return err
		}
	}
	t.told += int64(n)
	return t.herald.Await(n*len(t.teams), 0)
}

// rate returns how many sends are acknowledged in a second while something is
// done. They begin before, and end after it.
func (t *town) rate(l *lab, do func() error) (float64, error) {
	span := load.Span{WarmUp: l.warmUp, While: do}
	got, err := t.senders.Round(l.ctx, span, load.Pace{Senders: len(t.pairs), InFlight: sendWindow})
	if err == nil {
		err = got.Failed()
	}
	return float64(got.Answers) / got.Took.Seconds(), err
}
