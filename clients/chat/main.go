package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/alecthomas/kong"

	"asappchat/release"
)

// globals are the flags of all commands.
type globals struct {
	URL     string           `help:"Server, ws:// or wss://." env:"CHAT_URL" default:"ws://127.0.0.1:8080"`
	As      string           `help:"Act as this user; without it, as who logged in last." env:"CHAT_AS" placeholder:"NAME"`
	JSON    bool             `help:"Print one JSON object per line."`
	Version kong.VersionFlag `help:"Print the version and quit."`
	Timeout time.Duration    `help:"Time for an answer, reconnecting included." env:"CHAT_TIMEOUT" default:"30s"`
}

// commands is the grammar of the command line.
type commands struct {
	globals

	Register registerCommand `cmd:"" group:"account" help:"Open an account."`
	Login    loginCommand    `cmd:"" group:"account" help:"Log in, and stay so for the commands to come."`
	Whoami   whoamiCommand   `cmd:"" group:"account" help:"Show who commands act as, and at which server."`
	Logout   logoutCommand   `cmd:"" group:"account" help:"End the session."`
	Password passwordCommand `cmd:"" group:"account" help:"Set the account's password."`
	Sessions sessionsCommand `cmd:"" group:"account" help:"List the account's sessions."`
	Revoke   revokeCommand   `cmd:"" group:"account" help:"End one of the account's sessions."`
	Profile  profileCommand  `cmd:"" group:"account" help:"Change what others see of you, and show it."`
	Privacy  privacyCommand  `cmd:"" group:"account" help:"Change who may reach you and what they see, and show it."`

	Home    homeCommand    `cmd:"" group:"messages" help:"List the conversations, newest first, and what is unread."`
	Send    sendCommand    `cmd:"" group:"messages" help:"Send a message."`
	History historyCommand `cmd:"" group:"messages" help:"Show a page of a conversation."`
	Search  searchCommand  `cmd:"" group:"messages" help:"Find messages, newest first."`
	Read    readCommand    `cmd:"" group:"messages" help:"Mark messages as read."`
	Edit    editCommand    `cmd:"" group:"messages" help:"Change the text of a message of yours."`
	Delete  deleteCommand  `cmd:"" group:"messages" help:"Take away what a message says."`
	React   reactCommand   `cmd:"" group:"messages" help:"Put an emoji under a message."`
	Unreact unreactCommand `cmd:"" group:"messages" help:"Take an emoji of yours away."`
	Mute    muteCommand    `cmd:"" group:"messages" help:"Mark a conversation as muted."`
	Unmute  unmuteCommand  `cmd:"" group:"messages" help:"Mark it as not muted."`
	Pin     pinCommand     `cmd:"" group:"messages" help:"Mark a conversation as pinned."`
	Unpin   unpinCommand   `cmd:"" group:"messages" help:"Mark it as not pinned."`
	Tail    tailCommand    `cmd:"" group:"messages" help:"Follow what happens, over lost connections and restarts."`
	Talk    talkCommand    `cmd:"" group:"messages" help:"Hold a conversation: each line that is typed is sent."`

	Users   usersCommand   `cmd:"" group:"people" help:"List users."`
	Group   groupCommand   `cmd:"" group:"people" help:"Open and change groups."`
	Block   blockCommand   `cmd:"" group:"people" help:"Take no direct messages and invitations from a user."`
	Unblock unblockCommand `cmd:"" group:"people" help:"Take them again."`
	Blocked blockedCommand `cmd:"" group:"people" help:"List whom you block."`

	Ping pingCommand `cmd:"" group:"server" help:"Ask whether the server is there."`
	Info infoCommand `cmd:"" group:"server" help:"Show what the server is, and its limits."`
	Load loadCommand `cmd:"" group:"server" help:"Load the server, and report how it did."`
	Call callCommand `cmd:"" group:"server" help:"Call a method of the protocol and print its result as JSON."`
}

const description = `Chat from the command line.

A WITH or TO is a username, the id of a conversation, or the name of a group; group:NAME, where the name could be a
username.

The token of a login is in a file that only you may read, under $CHAT_HOME or else in the folder asappchat of your
configuration.

Exit codes: ` + exitCodes

// app is what a command works with.
type app struct {
	globals
	ctx    context.Context // ends with an interrupt
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
}

func main() { os.Exit(run(os.Args[1:])) }

func run(args []string) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var c commands
	parser := kong.Must(&c, kong.Name("chat"), kong.Description(description), kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
		kong.Vars{"version": release.Line("chat")},
		kong.WithHyphenPrefixedParameters(true), // a cursor may begin so
		kong.ExplicitGroups([]kong.Group{
			{Key: "account", Title: "Account:"}, {Key: "messages", Title: "Messages:"},
			{Key: "people", Title: "People:"}, {Key: "server", Title: "Server:"},
		}))
	command, err := parser.Parse(args)
	if err != nil {
		return report(os.Stderr, failure{err: misread(err, args), code: exitUsage, hint: "see " + helpOf(err) + " --help"})
	}
	a := &app{globals: c.globals, ctx: ctx, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr}
	if err := a.check(); err != nil {
		return report(os.Stderr, failure{err, exitUsage, "see chat --help"})
	}
	if err := a.settle(command.Selected().Positional); err != nil {
		return report(os.Stderr, err)
	}
	return report(os.Stderr, command.Run(a))
}

// check checks the flags of all commands.
func (g *globals) check() error {
	u, err := url.Parse(g.URL)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "ws" && u.Scheme != "wss":
		return fmt.Errorf("--url: %q is no address of a server: begin it with ws:// or wss://, as in ws://127.0.0.1:8080", g.URL)
	case g.Timeout <= 0:
		return fmt.Errorf("--timeout: %v is no time to wait, such as 30s", g.Timeout)
	}
	return nil
}

// misread words the error of a command line. What has one dash and several letters
// is read as several flags, and the error is about the first.
func misread(err error, args []string) error {
	for _, arg := range args {
		if len(arg) > 2 && arg[0] == '-' && arg[1] != '-' {
			return fmt.Errorf("%s: flags have two dashes, as in -%s; put -- before text that begins with one", arg, arg)
		}
	}
	return err
}

// helpOf returns the command that was used wrongly, as far as it was understood.
func helpOf(err error) string {
	var wrong *kong.ParseError
	if !errors.As(err, &wrong) || wrong.Context.Selected() == nil {
		return "chat"
	}
	return "chat " + wrong.Context.Selected().Path()
}

// note tells the user something that is no answer.
func (a *app) note(format string, args ...any) {
	fmt.Fprintf(a.stderr, "chat: %s\n", printable(fmt.Sprintf(format, args...)))
}
