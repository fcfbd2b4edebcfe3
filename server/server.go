package server

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"asappchat/protocol"
	"asappchat/release"
	"asappchat/server/api"
	"asappchat/server/hub"
	"asappchat/server/journal"
	"asappchat/server/wire"
	"asappchat/store"
)

// Name is what the server calls itself.
const Name = "chatd"

// Self is what a server says of the program that it is.
func Self() protocol.Server { return protocol.Server{Name: Name, Version: release.Version} }

// Config is the settings of a server. Its zero value, with limits, serves.
type Config struct {
	Limits       protocol.Limits
	Node         string
	NameLogin    bool // offer login by name alone to accounts without a password
	Registration protocol.Registration
	Invitation   string
	Directory    protocol.Directory // whom users lists, everybody
	SessionTTL   time.Duration      // how long a session lasts without being seen, 90 days
	Origins      []string           // see wire.Options
	Proxies      []netip.Prefix
	Addr         func(*http.Request) netip.Addr // where a request comes from; its remote address
	Logger       *slog.Logger
	Now          func() time.Time
}

func (c Config) withDefaults() Config {
	if c.Limits == (protocol.Limits{}) {
		c.Limits = protocol.DefaultLimits()
	}
	if c.Registration == "" {
		c.Registration = protocol.RegistrationOpen
	}
	if c.Directory == "" {
		c.Directory = protocol.DirectoryEverybody
	}
	if c.SessionTTL == 0 {
		c.SessionTTL = 90 * 24 * time.Hour
	}
	if c.Logger == nil {
		c.Logger = slog.Default()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return c
}

// CheckLimits finds limits that contradict each other. An outbox takes at least two
// of the largest events there can be, or a replay could not go on.
func CheckLimits(l *protocol.Limits) error {
	const escaped = 6 // bytes that a byte of text may take in JSON
	const reaction = 128 + 36*protocol.ReactionUsersShown
	message := escaped*(l.Body+l.ClientID) + l.Data + 64*l.Mentions + reaction*l.Reactions + 1<<10
	group := escaped*4*l.GroupName + 1<<10
	if event := max(message, group); l.Outbox < 2*event {
		return fmt.Errorf("limits: an outbox of %d bytes is too small for the messages; it takes %d", l.Outbox, 2*event)
	}
	if l.Frame < l.Body+l.Data+1<<10 {
		return fmt.Errorf("limits: a frame of %d bytes is too small for the messages", l.Frame)
	}
	if l.SendRate > 0 && l.SendBurst < 1 {
		return fmt.Errorf("limits: nothing can be sent with a send_burst of %d", l.SendBurst)
	}
	return nil
}

// Server is a server on a store. Serve it on any number of listeners, then
// Shutdown; the store is the caller's to close, after that.
type Server struct {
	journal *journal.Journal
	hub     *hub.Hub
	api     *api.API
	wire    *wire.Server
	http    *http.Server
	ready   atomic.Bool
	failed  chan error

	background sync.WaitGroup
	stop       context.CancelFunc // ends what runs in the background

	mu       sync.Mutex
	sessions map[*wire.Conn]*api.Session
	drained  chan struct{} // closed when draining and no session is left
	draining bool
}

// New builds a server. Only Shutdown ends its goroutines.
func New(ctx context.Context, s store.Store, config Config) (*Server, error) {
	c := config.withDefaults()
	if err := CheckLimits(&c.Limits); err != nil {
		return nil, err
	}
	srv := &Server{
		failed:   make(chan error, 1),
		sessions: make(map[*wire.Conn]*api.Session),
		drained:  make(chan struct{}),
	}
	var err error
	srv.hub, err = hub.New(ctx, s, hub.Options{
		Frame: wire.TextFrame, Connections: c.Limits.Connections, Seen: s.Seen, Logger: c.Logger})
	if err != nil {
		return nil, err
	}
	srv.journal = journal.New(s, srv.hub, srv.fail, c.Logger)
	srv.api, err = api.New(ctx, s, srv.journal, srv.hub, api.Options{
		Limits:       c.Limits,
		Server:       Self(),
		Node:         c.Node,
		NameLogin:    c.NameLogin,
		Registration: c.Registration,
		Invitation:   c.Invitation,
		Directory:    c.Directory,
		SessionTTL:   c.SessionTTL,
		Proxies:      c.Proxies,
		Logger:       c.Logger,
		Now:          c.Now,
	})
	if err != nil {
		srv.journal.Close()
		return nil, err
	}
	srv.wire = wire.NewServer(wire.Options{
		FirstReadLimit: c.Limits.FrameBeforeLogin,
		Outbox:         c.Limits.Outbox,
		Stall:          time.Duration(c.Limits.StallMS) * time.Millisecond,
		LoginTimeout:   time.Duration(c.Limits.LoginMS) * time.Millisecond,
		Origins:        c.Origins,
		Proxies:        c.Proxies,
		Addr:           c.Addr,
		Hint:           hint,
		Logger:         c.Logger,
	}, srv.connected)
	srv.http = newHTTP(srv, c.Logger)
	var background context.Context
	background, srv.stop = context.WithCancel(context.Background())
	srv.background.Go(func() { srv.api.KeepSeen(background) }) // until Shutdown
	srv.ready.Store(true)
	return srv, nil
}

// Serve serves a listener until Shutdown, and closes it. It may be called
// from several goroutines.
func (s *Server) Serve(l net.Listener) error {
	if err := s.http.Serve(l); err != http.ErrServerClosed {
		return err
	}
	return nil
}

// Queued returns how many changes wait to be committed.
func (s *Server) Queued() int { return s.journal.Len() }

// Failed tells once why the server cannot go on: the store no longer knows what
// it holds. The process should end and start anew.
func (s *Server) Failed() <-chan error { return s.failed }

func (s *Server) fail(err error) {
	s.ready.Store(false)
	select {
	case s.failed <- err:
	default:
	}
}

// connected makes the session of a new connection.
func (s *Server) connected(c *wire.Conn) wire.Handler {
	session := s.api.NewSession(c)
	s.mu.Lock()
	s.sessions[c] = session
	s.mu.Unlock()
	return &tracked{session, s, c}
}

// tracked is a session that leaves the server's set when it is closed.
type tracked struct {
	*api.Session
	server *Server
	conn   *wire.Conn
}

func (t *tracked) Closed() {
	t.Session.Closed()
	s := t.server
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sessions, t.conn)
	s.checkDrainedLocked()
}

func (s *Server) checkDrainedLocked() {
	if s.draining && len(s.sessions) == 0 {
		select {
		case <-s.drained:
		default:
			close(s.drained)
		}
	}
}
