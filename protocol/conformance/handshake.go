package conformance

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/coder/websocket"
)

// The steps about what comes before a connection.
const (
	Get     Op = "get"     // a plain HTTP request is answered with the status Count
	Refused Op = "refused" // a handshake with the header Text is answered with the status Count
	Offered Op = "offered" // a handshake with the header Text is accepted, by an answer without that header
)

var handshakeLine = regexp.MustCompile(`^(get|refused|offered)(?: ([1-5][0-9][0-9]))?(?: ([A-Za-z-]+: .+))?$`)

// parseHandshake reads "get 426", "refused 403 Origin: https://elsewhere.example" and
// "offered Sec-WebSocket-Protocol: chat".
func parseHandshake(text string) (Step, bool, error) {
	m := handshakeLine.FindStringSubmatch(text)
	if m == nil {
		return Step{}, false, nil
	}
	op, status := Op(m[1]), http.StatusSwitchingProtocols
	if op == Offered != (m[2] == "") || op == Offered && m[3] == "" {
		return Step{}, true, fmt.Errorf("%s needs a status, or the header that is offered", op)
	}
	var err error
	if m[2] != "" {
		status, err = strconv.Atoi(m[2])
	}
	return Step{Op: op, Count: status, Text: m[3]}, true, err
}

func (p *player) handshake(ctx context.Context, s Step) error {
	ctx, cancel := context.WithTimeout(ctx, p.options.Wait)
	defer cancel()
	header := p.options.Header.Clone()
	name, value, ok := strings.Cut(s.Text, ": ")
	if ok {
		if header == nil {
			header = http.Header{}
		}
		header.Set(name, value)
	}
	do := p.shake
	if s.Op == Get {
		do = p.get
	}
	response, err := do(ctx, header)
	if err != nil {
		return err
	}
	p.transcript.note(fmt.Sprintf("%s %s: %s", s.Op, s.Text, response.Status))
	if response.StatusCode != s.Count {
		return fmt.Errorf("HTTP status %d, want %d", response.StatusCode, s.Count)
	}
	if chosen := response.Header.Get(name); s.Op == Offered && chosen != "" {
		return fmt.Errorf("the answer has %s: %s", name, chosen)
	}
	return nil
}

// once returns a client that keeps no connection.
func once() *http.Client {
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.DisableKeepAlives = true
	return &http.Client{Transport: transport}
}

// get makes a plain HTTP request, whose answer must hold a line for people.
func (p *player) get(ctx context.Context, header http.Header) (*http.Response, error) {
	address := "http" + strings.TrimPrefix(p.options.URL, "ws")
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	request.Header = header
	response, err := once().Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	line, err := io.ReadAll(io.LimitReader(response.Body, 4<<10))
	if err == nil && len(strings.TrimSpace(string(line))) == 0 {
		err = errors.New("the answer to an HTTP request says nothing")
	}
	return response, err
}

// shake tries a handshake.
func (p *player) shake(ctx context.Context, header http.Header) (*http.Response, error) {
	ws, response, err := websocket.Dial(ctx, p.options.URL, &websocket.DialOptions{HTTPHeader: header, HTTPClient: once()})
	if err == nil {
		ws.CloseNow()
	}
	if response == nil {
		return nil, err
	}
	return response, nil
}
