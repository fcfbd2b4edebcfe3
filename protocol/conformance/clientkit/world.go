package clientkit

import (
	"cmp"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"

	"asappchat/protocol/conformance/clientkit/stage"
)

// world is what a run takes place in: a server, reached by the client through a
// gate, and by the kit without one.
type world struct {
	gate   *gate
	url    string // through the gate
	direct string
	prefix string        // of usernames
	stage  *stage.Server // nil when the server is not the kit's own
	close  func()
}

// newStage makes a world of its own for a run.
func newStage(t stage.Tamper, c cut) (*world, error) {
	s := stage.New(t)
	through, err := listen(c)
	if err != nil {
		return nil, err
	}
	direct, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		through.Close()
		return nil, err
	}
	examined := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Serve(w, r, true) })}
	others := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Serve(w, r, false) })}
	go examined.Serve(through) // until close
	go others.Serve(direct)    // until close
	return &world{
		gate: through, url: "ws://" + through.Addr().String(), direct: "ws://" + direct.Addr().String(), stage: s,
		close: func() {
			through.releaseAll()
			examined.Close()
			through.closeAll()
			others.Close()
		},
	}, nil
}

func listen(c cut) (*gate, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	return &gate{Listener: l, cut: c}, nil
}

// ParseServer reads an address for Options.Server, which is of the scheme ws: what
// is encrypted cannot be cut at a place of the conversation.
func ParseServer(address string) (*url.URL, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil:
		return nil, fmt.Errorf("the server: %w", err)
	case u.Scheme != "ws" || u.Hostname() == "" || u.User != nil || u.Fragment != "":
		return nil, fmt.Errorf("the server %q is not an address like ws://127.0.0.1:8080", address)
	}
	return u, nil
}

// newProxy makes a world of a server that is there, for users whose names begin
// with a prefix.
func newProxy(address, prefix string, c cut) (*world, error) {
	server, err := ParseServer(address)
	if err != nil {
		return nil, err
	}
	through, err := listen(c)
	if err != nil {
		return nil, err
	}
	client := *server
	client.Host = through.Addr().String()
	tcp := net.JoinHostPort(server.Hostname(), cmp.Or(server.Port(), "80"))
	w := &world{gate: through, url: client.String(), direct: server.String(), prefix: prefix}
	w.close = func() {
		through.Close()
		through.releaseAll()
		through.closeAll()
	}
	go func() { // until close
		for {
			conn, err := through.Accept()
			if err != nil {
				return
			}
			go pass(conn, tcp) // ends with one of its two ends
		}
	}()
	return w, nil
}

// pass joins a connection to one of its own to an address, until one of the two
// ends.
func pass(client net.Conn, address string) {
	defer client.Close()
	server, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer server.Close()
	ended := make(chan struct{}, 2)
	go join(server, client, ended) // ends with one of the two
	go join(client, server, ended)
	<-ended
}

func join(to io.Writer, from io.Reader, ended chan<- struct{}) {
	io.Copy(to, from)
	ended <- struct{}{}
}
