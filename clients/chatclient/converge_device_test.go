package chatclient

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"asappchat/protocol"
)

const (
	patience = 20 * time.Second
	// kept is how many messages devices keep of conversations that they look at.
	kept = 4
)

// device is one of a user's, with a mirror that it saves and starts from. Its
// methods are for the goroutine of the test; it has one of its own, which follows
// the changes and ends with stop.
type device struct {
	url   string
	user  string
	spoil func(*device, Change)

	client *Client // nil while it is stopped
	mirror *Mirror
	state  []byte // what it starts from
	cancel context.CancelFunc
	ended  chan struct{}
	moved  chan struct{} // gets a token after a change

	mu      sync.Mutex
	refuse  bool // new connections
	conns   []net.Conn
	seen    map[string]int // how often an event about something came
	failure error
}

func newDevice(url, user string, spoil func(*device, Change)) *device {
	return &device{url: url, user: user, spoil: spoil, moved: make(chan struct{}, 1), seen: map[string]int{}}
}

// start starts the device, if it is stopped.
func (d *device) start() error {
	if d.client != nil {
		return nil
	}
	client, err := d.dial()
	if err != nil {
		return err
	}
	mirror, err := NewMirror(client, &MirrorOptions{State: d.state, Messages: kept})
	if err != nil {
		client.Close()
		return err
	}
	d.client, d.mirror, d.ended = client, mirror, make(chan struct{})
	var ctx context.Context
	ctx, d.cancel = context.WithCancel(context.Background())
	go d.follow(ctx) // until stop
	return nil
}

func (d *device) dial() (*Client, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	o := &Options{
		Credentials: Credentials{Username: d.user},
		Backoff:     Backoff{Base: 5 * time.Millisecond, Cap: 50 * time.Millisecond},
		Buffer:      3000, // so that it has to leave off and resume
		HTTPClient:  &http.Client{Transport: &http.Transport{DialContext: d.connect}},
	}
	return Dial(ctx, d.url, o)
}

func (d *device) connect(ctx context.Context, network, address string) (net.Conn, error) {
	d.mu.Lock()
	refuse := d.refuse
	d.mu.Unlock()
	if refuse {
		return nil, fmt.Errorf("no connection to be had")
	}
	var dialer net.Dialer
	conn, err := dialer.DialContext(ctx, network, address)
	if err == nil {
		d.mu.Lock()
		d.conns = append(d.conns, conn)
		d.mu.Unlock()
	}
	return conn, err
}

// drop breaks the connection or leaves it, and refuses to make another one or
// not.
func (d *device) drop(now, refuse bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.refuse = refuse; !now {
		return
	}
	for _, c := range d.conns {
		c.Close()
	}
	d.conns = nil
}

func (d *device) follow(ctx context.Context) {
	defer close(d.ended)
	for change, err := range d.mirror.Changes(ctx) {
		d.note(change, err)
		if err == nil && d.spoil != nil {
			d.spoil(d, change)
		}
		select {
		case d.moved <- struct{}{}:
		default:
		}
	}
}

func (d *device) note(change Change, err error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if err != nil {
		d.failure = err
	}
	if what := about(change.Event); what != "" {
		d.seen[what]++
	}
}

// save keeps the mirror's state for the next start.
func (d *device) save() (err error) {
	if d.client != nil {
		d.state, err = d.mirror.State()
	}
	return err
}

// stop ends the device as it is. Whether it saves before is another question.
func (d *device) stop() {
	if d.client == nil {
		return
	}
	d.cancel()
	d.client.Close()
	<-d.ended
	d.client, d.mirror, d.failure = nil, nil, nil
}

// await waits until the mirror shows the notes with a last message.
func (d *device) await(body string) error {
	late := time.NewTimer(patience)
	defer late.Stop()
	for {
		c, _ := d.mirror.Conversation(d.user)
		if c.LastMessage != nil && c.LastMessage.Body == body {
			return nil
		}
		select {
		case <-d.moved:
		case <-d.ended:
			return fmt.Errorf("%s: the changes ended: %w", d.user, d.failure)
		case <-late.C:
			return fmt.Errorf("%s: %q did not come in time; the last one is %+v", d.user, body, c.LastMessage)
		}
	}
}

// look makes the device keep messages and markers of a conversation, if it can
// have a connection.
func (d *device) look(with string) {
	d.mu.Lock()
	refuse := d.refuse
	d.mu.Unlock()
	if refuse {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	d.mirror.Messages(ctx, with) // there may be no such conversation
	d.mirror.Markers(ctx, with)
}

// fresh is what a fresh login is shown, read in small pages.
func (d *device) fresh() (home []protocol.Conversation, err error) {
	client, err := d.dial()
	if err != nil {
		return nil, err
	}
	defer client.Close()
	limit := 3
	params := protocol.ConversationsParams{Limit: &limit}
	for {
		page, err := Call(context.Background(), client, protocol.Conversations, params)
		if err != nil {
			return nil, err
		}
		home = append(home, page.Conversations...)
		if params.Page = page.Next; params.Page == "" {
			return home, nil
		}
	}
}
