package programs

import (
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/server/wire"
)

// echo answers each request with as many bytes as the server answers a ping
// with. It is strict, but knows no methods, users or order.
type echo struct{ conn *wire.Conn }

func startEcho() (*Program, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	conns := wire.NewServer(wire.Options{}, func(c *wire.Conn) wire.Handler { return echo{c} })
	web := &http.Server{Handler: conns}
	go web.Serve(listener) // until close
	return &Program{Address: listener.Addr().String(), close: web.Close}, nil
}

type echoRequest struct {
	JSONRPC string         `json:"jsonrpc"`
	ID      jsontext.Value `json:"id"`
	Method  string         `json:"method"`
	Params  struct{}       `json:"params"`
}

type echoAnswer struct {
	JSONRPC string         `json:"jsonrpc"`
	ID      jsontext.Value `json:"id"`
	Result  echoResult     `json:"result"`
}

type echoResult struct {
	At     string `json:"at"`
	Cursor string `json:"cursor"`
}

var echoed = echoResult{At: "2026-01-02T03:04:05.678Z", Cursor: strings.Repeat("c", 22)}

func (e echo) Message(data []byte) {
	e.conn.Admit(16 << 10)
	var r echoRequest
	err := json.Unmarshal(data, &r, json.RejectUnknownMembers(true))
	if err != nil || r.JSONRPC != "2.0" {
		e.conn.Close(protocol.CloseInvalidData, errors.Join(err, errors.New("not a request")).Error())
		return
	}
	answer, err := json.Marshal(echoAnswer{JSONRPC: "2.0", ID: r.ID, Result: echoed})
	if err != nil {
		panic(err)
	}
	e.conn.Send(answer)
}

func (echo) Closed() {}
