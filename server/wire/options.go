package wire

import (
	"cmp"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"asappchat/protocol"
)

// Options are the bounds and habits of a [Server]. The zero value is ready
// for use: what is zero takes the default of [protocol.DefaultLimits] where
// there is one, or else the one named here.
type Options struct {
	// FirstReadLimit bounds a message before [Conn.Admit] and after
	// [Conn.Dismiss], in bytes.
	FirstReadLimit int
	// Outbox bounds what waits for a connection, in bytes, beyond what its
	// socket holds.
	Outbox int
	// Stall is how long an outbox may wait without any progress, which is
	// when nothing of 16 KiB, or 64 KiB of one long frame, has gone.
	Stall time.Duration
	// LoginTimeout is how long a connection may wait for [Conn.Admit], from
	// its start or from Conn.Dismiss on. It is 10 s, if that is less, while
	// newcomers run short.
	LoginTimeout time.Duration
	// KeepAlive is how long a connection may be silent before it is pinged;
	// after twice that it is closed. 25 s.
	KeepAlive time.Duration
	// Grace is how long a closing connection may make no progress, be it
	// with what still waits or with the answer of the peer, and how long a
	// close by the peer waits for what is in hand. 5 s.
	Grace time.Duration

	// Newcomers bounds the connections that wait for Admit, 2,000, and
	// NewcomersFrom those of them from one address (of IPv6, one /64), 100.
	// Loopback and Proxies, which stand for many, are exempt from the latter.
	Newcomers     int
	NewcomersFrom int
	Proxies       []netip.Prefix
	// Addr tells where a request comes from; by default it is its RemoteAddr,
	// and the zero Addr when that is not an IP address.
	Addr func(*http.Request) netip.Addr

	// Origins lists whose pages may connect, beside those of the requested
	// host: patterns of package path, for the host ("*.example.com") or, with
	// "://", for scheme and host ("https://example.com:8443"). A port that is
	// not the scheme's own belongs to the host. A request without Origin, so
	// one that no browser made, passes.
	Origins []string
	// Hint makes the one line that answers a request which is no websocket
	// handshake. By default it says no more than that this is a websocket.
	Hint func(*http.Request) string
	// Logger is told of panics; slog.Default() if nil.
	Logger *slog.Logger
}

// shortLoginTimeout is the time to log in while newcomers run short.
const shortLoginTimeout = 10 * time.Second

func (o Options) withDefaults() Options {
	limits := protocol.DefaultLimits()
	o.FirstReadLimit = cmp.Or(o.FirstReadLimit, limits.FrameBeforeLogin)
	o.Outbox = cmp.Or(o.Outbox, limits.Outbox)
	o.Stall = cmp.Or(o.Stall, milliseconds(limits.StallMS))
	o.LoginTimeout = cmp.Or(o.LoginTimeout, milliseconds(limits.LoginMS))
	o.KeepAlive = cmp.Or(o.KeepAlive, 25*time.Second)
	o.Grace = cmp.Or(o.Grace, 5*time.Second)
	o.Newcomers = cmp.Or(o.Newcomers, 2000)
	o.NewcomersFrom = cmp.Or(o.NewcomersFrom, 100)
	o.Logger = cmp.Or(o.Logger, slog.Default())
	if o.Addr == nil {
		o.Addr = remoteAddr
	}
	if o.Hint == nil {
		o.Hint = func(*http.Request) string { return "this is a websocket" }
	}
	return o
}

func milliseconds(n int) time.Duration { return time.Duration(n) * time.Millisecond }

func remoteAddr(r *http.Request) netip.Addr {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return netip.Addr{}
	}
	addr, _ := netip.ParseAddr(host)
	return addr.Unmap()
}
