package load

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
	"time"

	"asappchat/protocol"
)

// Conn is a websocket connection of the load. It reads as much at once as has
// come, and copies nothing. It is for one goroutine, but Write and Close may
// be called from any.
type Conn struct {
	socket net.Conn
	in     *bufio.Reader
	frame  int    // bytes of the frame that is in use
	parts  []byte // of a message that comes in several frames
}

// readBytes is how much one read may take at first. A longer frame makes room
// for itself.
const readBytes = 16 << 10

// fewBytes is the same for who is told little.
const fewBytes = 4 << 10

// dialTime bounds the making of a connection.
const dialTime = 30 * time.Second

// CloseError says that the server has closed a connection with a close frame.
type CloseError struct {
	Code   protocol.CloseCode
	Reason string
}

func (e *CloseError) Error() string {
	return fmt.Sprintf("the server closed the connection: %d %s", e.Code, e.Reason)
}

// DialError says that a connection could not be made.
type DialError struct {
	URL string
	Err error
}

func (e *DialError) Error() string { return fmt.Sprintf("cannot reach %s: %v", e.URL, e.Err) }
func (e *DialError) Unwrap() error { return e.Err }

// Dial connects to ws://host:port/path, or wss://. The context is for
// the connecting alone.
func Dial(ctx context.Context, address string) (*Conn, error) { return dial(ctx, address, nil) }

func dial(ctx context.Context, address string, config *tls.Config) (*Conn, error) {
	c := newConn(nil)
	if err := c.redial(ctx, address, config); err != nil {
		return nil, err
	}
	return c, nil
}

// Redial is Dial with the buffers that a connection has, which is closed; a new
// Conn gets small ones.
func (c *Conn) Redial(ctx context.Context, address string) error {
	return c.redial(ctx, address, nil)
}

func (c *Conn) redial(ctx context.Context, address string, config *tls.Config) error {
	at, err := url.Parse(address)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTime)
	defer cancel()
	socket, err := dialSocket(ctx, at, config)
	if err != nil {
		return &DialError{address, err}
	}
	c.use(socket)
	defer context.AfterFunc(ctx, func() { socket.Close() })()
	if err := c.shakeHands(at); err != nil {
		socket.Close()
		return &DialError{address, err}
	}
	return nil
}

// use goes on with another socket.
func (c *Conn) use(socket net.Conn) {
	if c.in == nil {
		c.in = bufio.NewReaderSize(nil, fewBytes)
	}
	c.in.Reset(socket)
	c.socket, c.frame, c.parts = socket, 0, nil
}

func newConn(socket net.Conn) *Conn {
	return &Conn{socket: socket, in: bufio.NewReaderSize(socket, readBytes)}
}

func dialSocket(ctx context.Context, at *url.URL, config *tls.Config) (net.Conn, error) {
	port := at.Port()
	switch at.Scheme {
	case "ws":
		if port == "" {
			port = "80"
		}
		var d net.Dialer
		return d.DialContext(ctx, "tcp", net.JoinHostPort(at.Hostname(), port))
	case "wss":
		if port == "" {
			port = "443"
		}
		d := tls.Dialer{Config: config}
		return d.DialContext(ctx, "tcp", net.JoinHostPort(at.Hostname(), port))
	}
	return nil, fmt.Errorf("%q is neither ws:// nor wss://", at.Scheme)
}

// shakeHands opens the websocket (RFC 6455, section 4.1).
func (c *Conn) shakeHands(at *url.URL) error {
	key := base64.StdEncoding.EncodeToString([]byte(rand.Text())[:16])
	_, err := fmt.Fprintf(c.socket, "GET %s HTTP/1.1\r\nHost: %s\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"+
		"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: %s\r\n\r\n", at.RequestURI(), at.Host, key)
	if err != nil {
		return err
	}
	response, err := http.ReadResponse(c.in, nil)
	if err != nil {
		return err
	}
	if response.StatusCode != http.StatusSwitchingProtocols {
		return fmt.Errorf("the handshake was answered %s", response.Status)
	}
	accept := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if response.Header.Get("Sec-WebSocket-Accept") != base64.StdEncoding.EncodeToString(accept[:]) {
		return fmt.Errorf("the handshake was not answered by a websocket server")
	}
	return nil
}

// Write writes frames as they are.
func (c *Conn) Write(frames []byte) error {
	_, err := c.socket.Write(frames)
	return err
}

// Close cuts the connection, without ceremony.
func (c *Conn) Close() { c.socket.Close() }

// Reset cuts the connection as when what is between breaks down: the server
// reads an error in the place of an end, and this side keeps no port.
func (c *Conn) Reset() { reset(c.socket) }

func reset(socket net.Conn) {
	if secured, ok := socket.(*tls.Conn); ok {
		socket = secured.NetConn()
	}
	if tcp, ok := socket.(*net.TCPConn); ok {
		tcp.SetLinger(0)
	}
	socket.Close()
}
