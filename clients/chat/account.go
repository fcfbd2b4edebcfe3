package main

import (
	"bufio"
	"errors"
	"io"
	"os"
	"strings"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

// secret is how a command gets a password: never from its arguments, which
// all users of the machine may see.
type secret struct {
	PasswordStdin bool `help:"Read the password from the first line of stdin. Without this flag it is in $$CHAT_PASSWORD, or there is none."`
}

func (s secret) read(stdin *bufio.Reader) (string, error) {
	if !s.PasswordStdin {
		return os.Getenv("CHAT_PASSWORD"), nil
	}
	return line(stdin)
}

// line reads a line, without its end.
func line(r *bufio.Reader) (string, error) {
	s, err := r.ReadString('\n')
	if err != nil && (!errors.Is(err, io.EOF) || s == "") {
		return "", failure{errors.New("no password on stdin"), exitUsage, "give it in a line"}
	}
	return strings.TrimRight(s, "\r\n"), nil
}

type registerCommand struct {
	secret
	Name        string `arg:"" help:"Username: 2 to 32 of a-z 0-9 . _ -"`
	DisplayName string `help:"Name that is shown to people."`
	Invitation  string `help:"Invitation code, where the server wants one." env:"CHAT_INVITATION"`
}

func (c *registerCommand) Run(a *app) error {
	password, err := c.read(bufio.NewReader(a.stdin))
	if err != nil {
		return err
	}
	result, err := anyone(a, protocol.Register, protocol.RegisterParams{
		Username: c.Name, Password: password, DisplayName: c.DisplayName, Invitation: c.Invitation,
	})
	if errors.Is(err, &protocol.Error{Kind: protocol.Forbidden}) && c.Invitation == "" {
		return failure{err, exitRefused, "chat info shows who may register; a code goes with --invitation or in CHAT_INVITATION"}
	}
	if err != nil {
		return err
	}
	return a.print(result, "registered %s", printable(result.User.Username))
}

type loginCommand struct {
	secret
	Name string `arg:"" help:"Username."`
}

func (c *loginCommand) Run(a *app) error {
	password, err := c.read(bufio.NewReader(a.stdin))
	if err != nil {
		return err
	}
	id, err := a.identity(c.Name)
	if err != nil {
		return err
	}
	unlock, err := id.lock(a.ctx)
	if err != nil {
		return err
	}
	defer unlock()
	host, _ := os.Hostname()
	client, err := a.dial(&chatclient.Options{
		Credentials: chatclient.Credentials{Username: id.name, Password: password, Device: "chat on " + host},
		OnToken:     id.save,
	})
	if err != nil {
		return err
	}
	defer client.Close()
	if _, err := id.token(); err != nil {
		return err // it could not be stored
	}
	if err := id.remember(); err != nil {
		return err
	}
	login := client.Login()
	login.Token = "" // which is nobody's business
	return a.print(login, "logged in as %s at %s", id.name, a.URL)
}

type whoamiCommand struct{}

// standing is who a command acts as, and where.
type standing struct {
	User   protocol.User   `json:"user"`
	URL    string          `json:"url"`
	Server protocol.Server `json:"server"`
}

func (c *whoamiCommand) Run(a *app) error {
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return err
	}
	defer client.Close()
	login := client.Login()
	return a.print(standing{login.User, a.URL, login.Server}, "%s at %s, %s %s", printable(login.User.Username), a.URL,
		printable(login.Server.Name), printable(login.Server.Version))
}

type logoutCommand struct{}

func (c *logoutCommand) Run(a *app) error {
	id, err := a.identity(a.As)
	if err != nil {
		return err
	}
	client, err := a.connect(chatclient.Options{})
	if err == nil {
		defer client.Close()
		ctx, cancel := a.patience()
		defer cancel()
		err = client.Logout(ctx)
	}
	if err != nil && !errors.Is(err, &protocol.Error{Kind: protocol.Unauthenticated}) {
		return err
	}
	if err := id.forget(); err != nil {
		return err
	}
	if others := id.loggedIn(); len(others) > 0 {
		a.note("still logged in: %s", strings.Join(others, ", "))
	}
	return a.print(protocol.Empty{}, "%s is logged out", id.name)
}

type passwordCommand struct {
	PasswordStdin bool `help:"Read the new password from the first line of stdin, and the old one, if there is one, from the second. Without this flag they are in $$CHAT_NEW_PASSWORD and $$CHAT_PASSWORD."`
}

func (c *passwordCommand) Run(a *app) error {
	params := protocol.SetPasswordParams{New: os.Getenv("CHAT_NEW_PASSWORD"), Old: os.Getenv("CHAT_PASSWORD")}
	if c.PasswordStdin {
		in := bufio.NewReader(a.stdin)
		var err error
		if params.New, err = line(in); err != nil {
			return err
		}
		params.Old, _ = line(in) // there may be none
	}
	if params.New == "" {
		return failure{errors.New("no new password"), exitUsage, "give it with --password-stdin or in $CHAT_NEW_PASSWORD"}
	}
	if _, err := as(a, protocol.SetPassword, params); err != nil {
		return err
	}
	return a.print(protocol.Empty{}, "the password is set; other sessions have ended")
}

type sessionsCommand struct{}

func (c *sessionsCommand) Run(a *app) error {
	result, err := as(a, protocol.Sessions, protocol.Empty{})
	if err != nil {
		return err
	}
	for _, s := range result.Sessions {
		mark := " "
		if s.Current {
			mark = "*"
		}
		err := a.print(s, "%s %s  since %s  seen %s  %s", mark, printable(s.Session), clock(s.CreatedAt), clock(s.LastSeenAt), printable(s.Device))
		if err != nil {
			return err
		}
	}
	return nil
}

type revokeCommand struct {
	Session string `arg:"" help:"Session, as chat sessions lists them."`
}

func (c *revokeCommand) Run(a *app) error {
	_, err := as(a, protocol.Revoke, protocol.RevokeParams{Session: c.Session})
	if errors.Is(err, &protocol.Error{Kind: protocol.NotFound}) {
		return failure{err, exitRefused, "chat sessions lists yours"}
	}
	if err != nil {
		return err
	}
	return a.print(protocol.Empty{}, "revoked")
}
