package openrpc

import (
	"bytes"
	_ "embed"
	"errors"
	"fmt"
	"io"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
)

//go:embed openrpc.json
var document []byte

// Document returns the OpenRPC document of a server, without white space
// between its tokens. It differs from the one in the repository where it tells
// of the program and of its limits: x-server is added to info, and x-limits and
// the bounds that stand behind x-limit in a schema are those of the server. The
// caller owns what it gets.
func Document(server protocol.Server, limits *protocol.Limits) (jsontext.Value, error) {
	r, err := newRewriter(server, limits)
	if err != nil {
		return nil, err
	}
	if err := r.rewrite(); err != nil {
		return nil, fmt.Errorf("openrpc.json at byte %d: %w", r.in.InputOffset(), err)
	}
	return bytes.TrimSpace(r.text.Bytes()), nil
}

// A rewriter copies the document, and puts values of a server into it.
type rewriter struct {
	in     *jsontext.Decoder
	out    *jsontext.Encoder
	text   *bytes.Buffer
	server jsontext.Value
	limits jsontext.Value
	byName map[string]jsontext.Value
}

func newRewriter(server protocol.Server, limits *protocol.Limits) (*rewriter, error) {
	r := &rewriter{in: jsontext.NewDecoder(bytes.NewReader(document)), text: new(bytes.Buffer)}
	r.out = jsontext.NewEncoder(r.text)
	var err error
	if r.server, err = json.Marshal(server); err != nil {
		return nil, err
	}
	if r.limits, err = json.Marshal(limits); err != nil {
		return nil, err
	}
	return r, json.Unmarshal(r.limits, &r.byName)
}

func (r *rewriter) rewrite() error {
	for {
		token, err := r.in.ReadToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := r.out.WriteToken(token); err != nil {
			return err
		}
		// The token is good until the next one is read.
		if err := r.behind(token); err != nil {
			return err
		}
	}
}

// behind replaces what follows the names of some members.
func (r *rewriter) behind(token jsontext.Token) error {
	if within, length := r.in.StackIndex(r.in.StackDepth()); within != '{' || length%2 == 0 {
		return nil // not a name: those come first of each two
	}
	switch token.String() {
	case "info":
		return r.addServer()
	case "x-limits":
		return r.replace(r.limits)
	case "x-limit":
		return r.replaceBound()
	}
	return nil
}

// addServer makes the program the first member of info.
func (r *rewriter) addServer() error {
	open, err := r.in.ReadToken()
	if err != nil {
		return err
	}
	if err := r.out.WriteToken(open); err != nil {
		return err
	}
	if err := r.out.WriteToken(jsontext.String("x-server")); err != nil {
		return err
	}
	return r.out.WriteValue(r.server)
}

// replace leaves a value out, and puts another one in its place.
func (r *rewriter) replace(value jsontext.Value) error {
	if err := r.in.SkipValue(); err != nil {
		return err
	}
	return r.out.WriteValue(value)
}

// replaceBound copies the name of a limit and the keyword behind it, and gives
// the keyword the value of the limit.
func (r *rewriter) replaceBound() error {
	limit, err := r.in.ReadToken()
	if err != nil {
		return err
	}
	value, ok := r.byName[limit.String()]
	if !ok {
		return fmt.Errorf("no limit %q", limit.String())
	}
	if err := r.out.WriteToken(limit); err != nil {
		return err
	}
	keyword, err := r.in.ReadToken()
	if err != nil {
		return err
	}
	if err := r.out.WriteToken(keyword); err != nil {
		return err
	}
	return r.replace(value)
}
