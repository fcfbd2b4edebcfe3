package clientkit

import (
	"context"
	"fmt"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// peer is a bare connection of the kit's own, used by one goroutine.
type peer struct {
	ws     *websocket.Conn
	ids    int
	events []jsontext.Value // as notifications, those that came while an answer was awaited
}

func dialPeer(ctx context.Context, url string) (*peer, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	ws, _, err := websocket.Dial(ctx, url, nil)
	if err != nil {
		return nil, err
	}
	ws.SetReadLimit(4 << 20)
	return &peer{ws: ws}, nil
}

type answer struct {
	ID     jsontext.Value `json:"id"`
	Result jsontext.Value `json:"result"`
	Error  jsontext.Value `json:"error"`
	Method string         `json:"method"`
}

// call makes a request and waits for its answer, which is to be a result.
func (p *peer) call(ctx context.Context, method, params string) (jsontext.Value, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	p.ids++
	frame := fmt.Sprintf(`{"jsonrpc":"2.0","id":%d,"method":%q,"params":%s}`, p.ids, method, params)
	if err := p.ws.Write(ctx, websocket.MessageText, []byte(frame)); err != nil {
		return nil, err
	}
	for {
		_, raw, err := p.ws.Read(ctx)
		if err != nil {
			return nil, fmt.Errorf("the kit's own %s: %w", method, err)
		}
		var a answer
		if err := json.Unmarshal(raw, &a); err != nil {
			return nil, err
		}
		switch {
		case a.Method != "":
			p.events = append(p.events, raw)
		case a.Error != nil:
			return nil, fmt.Errorf("the kit's own %s: %s", method, a.Error)
		default:
			return a.Result, nil
		}
	}
}

// join opens an account, which may be there, and logs in.
func (p *peer) join(ctx context.Context, username string, fresh bool) error {
	name := fmt.Sprintf(`{"username":%q}`, username)
	if fresh {
		if _, err := p.call(ctx, "register", name); err != nil {
			return err
		}
	}
	_, err := p.call(ctx, "login", name)
	return err
}
