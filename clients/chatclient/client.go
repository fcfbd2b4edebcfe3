package chatclient

import (
	"cmp"
	"context"
	"net/http"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"asappchat/protocol"
)

// Options says how a client logs in and behaves. The zero value, and nil, make
// a client that is not logged in, which can do little more than register.
type Options struct {
	Credentials

	// Cursor is where events begin. Without it they begin where the log ended
	// at the first login. An application that keeps what it was told keeps
	// the cursor of the last event with it, or Client.Cursor.
	Cursor string

	// OnToken is given the token of every login, before it is used: the next
	// login takes it, and to use an older one after that ends the session. So
	// an application that logs in again later stores it here. After an error
	// the token is not used: the client goes on with the one before.
	OnToken func(token string) error

	// Exchange, when it is set, keeps the token in place of the client, of
	// Credentials.Token and of OnToken. It is called for every login, and calls
	// login with the token that it has; login returns the next one, which
	// Exchange stores before it returns. Programs that share a session do all
	// that under a lock. Its error fails the login.
	Exchange func(login func(token string) (next string, err error)) error

	// OnEphemeral is told of typing and presence, which have no place in the log:
	// protocol.TypingEvent and protocol.Presence, while Events are followed. Whom
	// the application watches by its latest call of presence, the client asks for
	// again on each new connection, and then tells how all of them are. It is called
	// by the goroutine that reads, so it must not wait for the client.
	OnEphemeral func(event any)

	// OnRetry is told of every lost or failed connection, and for how long
	// the client waits before it tries again.
	OnRetry func(err error, delay time.Duration)

	Backoff Backoff

	// AnswerTimeout is how long a connection may take to be made, or to
	// answer a request, before it is given up. 0 is for 30 s.
	AnswerTimeout time.Duration
	// PingInterval is how long a connection may be quiet before the server is
	// asked whether it is there. 0 is for 30 s.
	PingInterval time.Duration
	// InFlight bounds the calls that are written before they are answered; 0
	// is for 64. The server stops reading at its limit of the same name.
	InFlight int
	// Buffer bounds the events that wait for the application, in bytes as they
	// came; 0 is for 1 MiB.
	Buffer int

	// HTTPClient makes the connections; nil is for http.DefaultClient.
	HTTPClient *http.Client
}

// Credentials are what a client logs in with: a name, with or without a
// password, or a token, or both. The token goes first, and the name serves
// when the token is not good any more.
type Credentials struct {
	Username string
	Password string
	Token    string
	Device   string // what the user's list of sessions shows
}

// anonymous says whether there is nothing to log in with.
func (o *Options) anonymous() bool { return o.Username == "" && o.Token == "" && o.Exchange == nil }

// defaults returns a copy of o, which may be nil, with everything set.
func (o *Options) defaults() Options {
	var d Options
	if o != nil {
		d = *o
	}
	d.Backoff.Base = cmp.Or(d.Backoff.Base, 250*time.Millisecond)
	d.Backoff.Cap = cmp.Or(d.Backoff.Cap, 30*time.Second)
	d.AnswerTimeout = cmp.Or(d.AnswerTimeout, 30*time.Second)
	d.PingInterval = cmp.Or(d.PingInterval, 30*time.Second)
	d.InFlight = cmp.Or(d.InFlight, 64)
	d.Buffer = cmp.Or(d.Buffer, 1<<20)
	if d.OnToken == nil {
		d.OnToken = func(string) error { return nil }
	}
	if d.OnEphemeral == nil {
		d.OnEphemeral = func(any) {}
	}
	if d.OnRetry == nil {
		d.OnRetry = func(error, time.Duration) {}
	}
	return d
}

// Client is a user's connection to a chat server, made again whenever it is
// lost. All its methods, and the functions that take it, may be called from
// any goroutine.
type Client struct {
	url       string
	options   Options
	anonymous bool
	outbox    *outbox
	inbox     *inbox
	watch     watch

	login   atomic.Pointer[protocol.LoginResult] // the latest
	trouble atomic.Pointer[error]                // why there is no connection, nil when there is one
	wake    chan struct{}                        // pokes the goroutine of run
	cancel  context.CancelFunc
	done    chan struct{} // closed at the end of run

	// These belong to the goroutine of run.
	token    string
	failures int // in a row
}

// Dial connects to the server at url (ws:// or wss://) and logs in. It tries
// once, so that what is wrong from the start is told, as a *protocol.Error
// where the server said it; a connection that is lost later is made again
// until Close, or until the server says for good that it does not want the
// client ([CloseError], or a *protocol.Error of the login). The context is for
// Dial alone. The functions in the options are called from one goroutine at a
// time, and the client waits for them; they must not call Close.
func Dial(ctx context.Context, url string, options *Options) (*Client, error) {
	o := options.defaults()
	if !utf8.ValidString(o.Cursor) {
		return nil, protocol.Errorf(protocol.Parse, "cursor %q is not UTF-8", o.Cursor)
	}
	c := &Client{
		url:       url,
		options:   o,
		anonymous: o.anonymous(),
		outbox:    newOutbox(o.InFlight, o.Backoff),
		inbox:     newInbox(o.Buffer, o.Cursor),
		wake:      make(chan struct{}, 1),
		done:      make(chan struct{}),
		token:     o.Token,
	}
	if o.Exchange == nil {
		c.options.Exchange = c.exchange
	}
	l, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	ctx, c.cancel = context.WithCancel(context.Background())
	go c.run(ctx, l) // ends with Close, or when the client gives up
	return c, nil
}

// Login returns what the server answered to the latest login: the user, the
// session, the limits. It is zero for a client that is not logged in.
func (c *Client) Login() protocol.LoginResult {
	if login := c.login.Load(); login != nil {
		return *login
	}
	return protocol.LoginResult{}
}

// Logout ends the session, for all its connections, and closes the client. It
// is no error when the session had ended before.
func (c *Client) Logout(ctx context.Context) error {
	call := c.enqueue(ctx, newCall(protocol.Logout.Name, nil, true))
	<-call.done
	if call.err != nil && kindOfError(call.err) != protocol.Unauthenticated {
		return call.err
	}
	return c.Close()
}

// Close ends the connection and all that waits for something, with ErrClosed.
// It returns when all goroutines of the client have ended, which takes a few
// seconds when the server does not answer. The session goes on: its token
// stays good.
func (c *Client) Close() error {
	c.end(ErrClosed)
	c.cancel()
	<-c.done
	return nil
}

func (c *Client) end(err error) {
	c.outbox.close(err)
	c.inbox.close(err)
}

// poke makes the goroutine of run look again at what there is to do.
func (c *Client) poke() {
	select {
	case c.wake <- struct{}{}:
	default:
	}
}
