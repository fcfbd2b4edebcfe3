package conformance

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha1"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// opening is the handshake of a connection (RFC 6455, section 4.1), as a
// case changes it.
type opening struct {
	request string // the first line, when it is not the usual one
	changes []change
	room    int // for what is not read yet, in bytes; 0 for the usual
}

// change replaces a header of the handshake, or takes it away.
type change struct {
	name, value string
	away        bool
}

// write returns the bytes of the request. header goes with every handshake.
func (o opening) write(u *url.URL, key string, header http.Header) string {
	lines := []change{
		{name: "Host", value: u.Host},
		{name: "Upgrade", value: "websocket"},
		{name: "Connection", value: "Upgrade"},
		{name: "Sec-WebSocket-Key", value: key},
		{name: "Sec-WebSocket-Version", value: "13"},
	}
	for name, values := range header {
		lines = append(lines, change{name: name, value: strings.Join(values, ", ")})
	}
	for _, c := range o.changes {
		lines = c.apply(lines)
	}
	request := o.request
	if request == "" {
		request = "GET " + u.RequestURI() + " HTTP/1.1"
	}
	for _, l := range lines {
		request += "\r\n" + l.name + ": " + l.value
	}
	return request + "\r\n\r\n"
}

func (c change) apply(lines []change) []change {
	var changed []change
	for _, l := range lines {
		if !strings.EqualFold(l.name, c.name) {
			changed = append(changed, l)
		}
	}
	if !c.away {
		changed = append(changed, c)
	}
	return changed
}

// dial opens a connection and asks for a websocket. The answer may be another
// than 101; the caller closes the connection then as well.
func dial(ctx context.Context, o Options, how opening) (*conn, *http.Response, error) {
	u, err := url.Parse(o.URL)
	if err != nil {
		return nil, nil, err
	}
	within, cancel := context.WithTimeout(ctx, o.Wait)
	defer cancel()
	tcp, err := connect(within, u, o.TLS)
	if err != nil {
		return nil, nil, err
	}
	if err := how.narrow(tcp); err != nil {
		tcp.Close()
		return nil, nil, err
	}
	c := newConn(ctx, tcp, o.Wait)
	response, err := c.shake(u, how, o.Header)
	if err != nil {
		c.cut()
		return nil, nil, err
	}
	return c, response, nil
}

// narrow leaves a connection as little room as the opening wants.
func (o opening) narrow(c net.Conn) error {
	if t, ok := c.(*tls.Conn); ok {
		c = t.NetConn()
	}
	if t, ok := c.(*net.TCPConn); ok && o.room > 0 {
		return t.SetReadBuffer(o.room)
	}
	return nil
}

// host returns host and port of the server as the address has them.
func (o Options) host() string {
	u, err := url.Parse(o.URL)
	if err != nil {
		return ""
	}
	return u.Host
}

func connect(ctx context.Context, u *url.URL, config *tls.Config) (net.Conn, error) {
	port, encrypted := "80", u.Scheme == "wss" || u.Scheme == "https"
	if encrypted {
		port = "443"
	}
	if u.Port() != "" {
		port = u.Port()
	}
	address := net.JoinHostPort(u.Hostname(), port)
	if encrypted {
		return (&tls.Dialer{Config: config}).DialContext(ctx, "tcp", address)
	}
	return (&net.Dialer{}).DialContext(ctx, "tcp", address)
}

// shake does the handshake. An answer of 101 is held against section 4.2.2.
func (c *conn) shake(u *url.URL, how opening, header http.Header) (*http.Response, error) {
	var nonce [16]byte
	rand.Read(nonce[:])
	key := base64.StdEncoding.EncodeToString(nonce[:])
	c.tcp.SetDeadline(time.Now().Add(c.wait))
	// A server may answer before it has read all, and then the rest fails.
	_, failed := c.tcp.Write([]byte(how.write(u, key, header)))
	response, err := http.ReadResponse(c.in, nil)
	switch {
	case err != nil && failed != nil:
		return nil, failed
	case err != nil:
		return nil, fmt.Errorf("no answer to the handshake: %w", err)
	case response.StatusCode == http.StatusSwitchingProtocols:
		return response, checkAccepted(response.Header, key, how)
	}
	return response, nil
}

// checkAccepted refuses a handshake that a server must not accept like this:
// without the proof that it read the key, or with what was not agreed on.
func checkAccepted(h http.Header, key string, how opening) error {
	for _, c := range how.changes {
		if strings.EqualFold(c.name, "Sec-WebSocket-Key") {
			key = strings.TrimSpace(c.value)
		}
	}
	sum := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	switch want := base64.StdEncoding.EncodeToString(sum[:]); {
	case !strings.EqualFold(h.Get("Upgrade"), "websocket"), !strings.EqualFold(h.Get("Connection"), "Upgrade"):
		return fmt.Errorf("the handshake was accepted with Upgrade: %q, Connection: %q", h.Get("Upgrade"), h.Get("Connection"))
	case h.Get("Sec-WebSocket-Accept") != want:
		return fmt.Errorf("the handshake was accepted with the key %q, want %q", h.Get("Sec-WebSocket-Accept"), want)
	case h.Get("Sec-WebSocket-Protocol") != "", h.Get("Sec-WebSocket-Extensions") != "":
		return fmt.Errorf("the server chose a subprotocol or an extension: %q, %q",
			h.Get("Sec-WebSocket-Protocol"), h.Get("Sec-WebSocket-Extensions"))
	}
	return nil
}

// newConn wraps a connection, which ends with ctx at the latest.
func newConn(ctx context.Context, tcp net.Conn, wait time.Duration) *conn {
	c := &conn{tcp: tcp, in: bufio.NewReader(tcp), wait: wait}
	c.release = context.AfterFunc(ctx, func() { tcp.SetDeadline(time.Unix(1, 0)) })
	return c
}
