package clientkit

import (
	"io"
	"net"
	"net/http"
	"strings"

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

// newProxy makes a world of a server that is there, for users whose names begin
// with a prefix.
func newProxy(url, prefix string, c cut) (*world, error) {
	through, err := listen(c)
	if err != nil {
		return nil, err
	}
	w := &world{gate: through, url: "ws://" + through.Addr().String(), direct: url, prefix: prefix}
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
			go pass(conn, strings.TrimPrefix(url, "ws://"))
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
