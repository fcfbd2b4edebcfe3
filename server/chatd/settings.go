package main

import (
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"time"
	"unicode"

	"github.com/alecthomas/kong"

	"asappchat/protocol"
	"asappchat/release"
	"asappchat/server"
	"asappchat/store/sqlite"
)

// settings is what the operator may choose. A flag beats the environment,
// which beats the configuration file, which beats the default.
type settings struct {
	Listen         string            `default:"127.0.0.1:8080" help:"Address to listen on. Port 0 takes any free one."`
	Data           string            `default:"./data" help:"Folder to keep the data in. It is created."`
	Config         string            `help:"File with settings, a line each: \"listen = 127.0.0.1:9000\"." placeholder:"FILE"`
	NameLogin      string            `enum:"loopback,always,never" default:"loopback" help:"Whether accounts without a password log in by name alone: only while listening on loopback, always, or never (${enum})."`
	Registration   string            `enum:"open,closed,invitation" default:"open" help:"Who may register: anybody, nobody, or who has the invitation code (${enum})."`
	InvitationFile string            `help:"File that holds the invitation code." placeholder:"FILE"`
	Directory      string            `enum:"everybody,shared,nobody" default:"everybody" help:"Whom users lists: all accounts, those who share a conversation with the caller, or none (${enum})."`
	Origins        []string          `help:"Hosts whose web pages may connect, beside the server's own: \"chat.example.com\", \"*.example.com\", \"https://example.com:8443\"."`
	SessionTTL     string            `name:"session-ttl" default:"2160h" help:"How long a session lasts without being seen."`
	Durability     string            `enum:"full,normal" default:"full" help:"When a message counts as stored: after an fsync (full), or when the operating system has it, which a power loss undoes (normal)."`
	Limit          map[string]string `mapsep:"," help:"A limit by its name in server_info: \"body=32768,send_rate=0\"." placeholder:"NAME=N,..."`
	Proxies        []string          `help:"Networks of proxies, from which any number of connections may wait for login: \"10.0.0.0/8\"."`
	LogLevel       string            `enum:"debug,info,warn,error" default:"info" help:"The least that is logged (${enum})."`
	Version        kong.VersionFlag  `help:"Print the version and quit."`

	Serve   struct{} `cmd:"" default:"1" help:"Serve, as without a command."`
	OpenRPC struct{} `cmd:"" name:"openrpc" help:"Print the OpenRPC document of this build with these settings, and quit."`

	command    string
	limits     protocol.Limits
	sessionTTL time.Duration
	origins    []string // patterns of package path
	proxies    []netip.Prefix
	invitation string
}

// parse reads the settings. done says that what was asked for, help or the
// version, has been printed.
func parse(args []string, env func(string) (string, bool), stdout, stderr io.Writer) (s *settings, done bool, err error) {
	s = new(settings)
	from := &sources{env: env}
	parser, err := kong.New(s,
		kong.Name("chatd"),
		kong.Description("A chat server that speaks JSON-RPC 2.0 over websocket.\n\nEach flag may also be given in the environment, as CHATD_ and its name (CHATD_LISTEN), or in the file of --config."),
		kong.Vars{"version": release.Line("chatd")},
		kong.Writers(stdout, stderr),
		kong.Exit(func(int) { done = true }),
		kong.Resolvers(from),
	)
	if err != nil {
		return nil, false, err
	}
	if err := from.readFile(args, parser.Model.Flags); err != nil {
		return nil, false, err
	}
	context, err := parser.Parse(args)
	if done || err != nil {
		return nil, done, misread(err, args)
	}
	if err := given(context); err != nil {
		return nil, false, err
	}
	s.command = context.Command()
	return s, false, s.complete()
}

// misread words the error of a command line. What has one dash and several letters
// is read as several flags, and the error is about the first.
func misread(err error, args []string) error {
	for _, arg := range args {
		if len(arg) > 2 && arg[0] == '-' && unicode.IsLetter(rune(arg[1])) {
			return fmt.Errorf("%s: flags have two dashes, as in -%s", arg, arg)
		}
	}
	return err
}

func (s *settings) level() (level slog.Level) {
	level.UnmarshalText([]byte(s.LogLevel)) // the parser has checked it
	return level
}

func (s *settings) durability() sqlite.Durability {
	if s.Durability == "normal" {
		return sqlite.Normal
	}
	return sqlite.Full
}

// config makes the server's configuration, now that it is known where it
// listens.
func (s *settings) config(addr net.Addr, log *slog.Logger) server.Config {
	tcp, ok := addr.(*net.TCPAddr)
	loopback := ok && tcp.IP.IsLoopback()
	host, _ := os.Hostname()
	return server.Config{
		Limits:       s.limits,
		Node:         host,
		NameLogin:    s.NameLogin == "always" || s.NameLogin == "loopback" && loopback,
		Registration: protocol.Registration(s.Registration),
		Invitation:   s.invitation,
		Directory:    protocol.Directory(s.Directory),
		SessionTTL:   s.sessionTTL,
		Origins:      s.origins,
		Proxies:      s.proxies,
		Logger:       log,
	}
}
