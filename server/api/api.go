package api

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"sync"
	"time"

	"asappchat/protocol"
	"asappchat/server/hub"
	"asappchat/server/journal"
	"asappchat/store"
)

// Store is what the handlers read.
type Store interface {
	store.Accounts
	store.Conversations
	store.Searcher
	store.Log
}

// Options are the settings of an API.
type Options struct {
	Limits protocol.Limits
	Server protocol.Server
	// Node names this process among others.
	Node string
	// NameLogin offers login by name alone to accounts without a password.
	NameLogin    bool
	Registration protocol.Registration
	// Invitation is the code that registration by invitation asks for.
	Invitation string
	// Directory says whom users lists.
	Directory protocol.Directory
	// SessionTTL is how long a session lasts without being seen.
	SessionTTL time.Duration
	// Proxies are networks that stand for many people, and are not bounded in
	// what they try.
	Proxies []netip.Prefix
	Logger  *slog.Logger
	// Now is the clock.
	Now func() time.Time
}

// API serves the methods. It is shared by all connections.
type API struct {
	Options
	store    Store
	journal  *journal.Journal
	hub      *hub.Hub
	epoch    string
	hashes   *hashGate
	attempts attempts
	rates    rates
	methods  map[string]row
	document func() (protocol.Document, error)
}

// New returns an API on a store, its journal and its hub.
func New(ctx context.Context, s Store, j *journal.Journal, h *hub.Hub, opts Options) (*API, error) {
	head, err := s.Head(ctx)
	if err != nil {
		return nil, err
	}
	if opts.Registration == protocol.RegistrationInvitation && opts.Invitation == "" {
		return nil, errors.New("registration by invitation needs an invitation code")
	}
	a := &API{Options: opts, store: s, journal: j, hub: h, epoch: head.Epoch, hashes: newHashGate()}
	a.attempts.exempt = func(addr netip.Addr) bool {
		return slices.ContainsFunc(opts.Proxies, func(p netip.Prefix) bool { return p.Contains(addr) })
	}
	a.document = sync.OnceValues(a.makeDocument)
	a.methods = table(
		a.accountMethods(),
		a.sessionMethods(),
		a.privacyMethods(),
		a.homeMethods(),
		a.conversationMethods(),
		a.groupMethods(),
		a.messageMethods(),
		a.changeMethods(),
		a.searchMethods(),
		a.subscriptionMethods(),
		a.presenceMethods(),
		a.serverMethods(),
	)
	return a, nil
}

// now returns the time as the store keeps it.
func (a *API) now() protocol.Time { return protocol.TimeOf(a.Now()) }
