package clientkit

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// quirk is a mistake that a client may make.
type quirk string

const (
	losesCursor      quirk = "loses its cursor"
	neverRetries     quirk = "does not retry a send"
	newClientID      quirk = "retries with a new client id"
	noClientID       quirk = "sends without a client id"
	disorder         quirk = "repeats in another order"
	repeatsHarm      quirk = "repeats what its connection was closed for"
	repeatsAll       quirk = "repeats commands that may have been done"
	doublesEvents    quirk = "tells events twice after it has come back"
	ignoresDraining  quirk = "ignores the delay of draining"
	ignoresLagging   quirk = "does not subscribe again when it lags"
	ignoresReset     quirk = "does not tell of a reset"
	ignoresWait      quirk = "repeats at once what was refused for a while"
	oldToken         quirk = "uses the first token for ever"
	expiredToken     quirk = "uses a token that has expired"
	comesBackRevoked quirk = "comes back after its session has ended"
	diesOfUnknown    quirk = "ends with an event that it does not know"
	neverPings       quirk = "does not notice a dead connection"
	hasteWhenIdle    quirk = "comes back with nothing to say"
	losesPointer     quirk = "does not tell where an error is"
	renamesKind      quirk = "tells a kind that it does not know as another one"
	forgetsPresence  quirk = "leaves the watching of presence to the application"
	sameID           quirk = "uses an id twice"
	losesParam       quirk = "leaves out a param"
	sendsTooDeep     quirk = "sends what no server reads"
	leavesOpen       quirk = "leaves its connection open when it is closed"
	pingsOnly        quirk = "pings, and sends nothing else"
	neverSure        quirk = "says of every command that its outcome is unknown"
	tellsForEver     quirk = "tells events in place of an answer"
	neverAsks        quirk = "takes a call, and does nothing"
	decidesByName    quirk = "decides by the names of kinds alone"
	namesItsOwn      quirk = "takes a kind of the server's for one of its own"
	sendsEmptyID     quirk = "takes an empty client id for one"
)

// toy is a small client in the clothes of a driver, which makes one mistake, or
// none. All its work is done in one goroutine, that of run, in turn.
type toy struct {
	quirk quirk
	out   io.Writer
	desk

	open     toyCommand
	opened   bool
	token    string
	cursor   string
	kept     string // the cursor of the application
	follows  bool
	mirror   int64 // the command that waits for its filling
	seqs     map[string]int64
	calls    []*toyCall
	gone     bool // for good, or closed
	why      map[string]any
	paused   time.Time
	away     time.Duration
	resumed  bool
	backoffs int
	watched  jsontext.Value // the usernames of the latest presence

	// Of a connection:
	ws         *websocket.Conn
	number     int // of connections so far
	connecting bool
	ready      bool
	ids        int
	waits      map[int]func(toyFrame)
	heard      time.Time
}

type toyCommand struct {
	ID       int64          `json:"id"`
	Do       string         `json:"do"`
	Method   string         `json:"method"`
	Params   jsontext.Value `json:"params"`
	Call     int64          `json:"call"`
	URL      string         `json:"url"`
	Username string         `json:"username"`
	Password string         `json:"password"`
	Token    string         `json:"token"`
	Cursor   string         `json:"cursor"`
	Answer   int64          `json:"answer_timeout_ms"`
	Ping     int64          `json:"ping_interval_ms"`
}

type toyCall struct {
	id     int64
	method string
	params map[string]jsontext.Value
	flying bool
}

type toyFrame struct {
	ID     int            `json:"id"`
	Method string         `json:"method"`
	Params jsontext.Value `json:"params"`
	Result jsontext.Value `json:"result"`
	Error  *struct {
		Code int `json:"code"`
		Data struct {
			Kind      string `json:"kind"`
			Retryable bool   `json:"retryable"`
			After     int64  `json:"retry_after_ms"`
			Pointer   string `json:"pointer"`
			Incident  string `json:"incident"`
		} `json:"data"`
	} `json:"error"`
}

// startToy returns what Options.Start wants: a driver in this process.
func startToy(q quirk) func(context.Context) (*Driver, error) {
	return func(ctx context.Context) (*Driver, error) {
		inRead, inWrite := io.Pipe()
		outRead, outWrite := io.Pipe()
		done := make(chan error, 1)
		go func() { // ends with the input
			err := (&toy{quirk: q, out: outWrite}).run(ctx, inRead)
			outWrite.Close()
			done <- err
		}()
		kill := func() {
			inWrite.Close()
			outRead.Close()
		}
		return begin(inWrite, outRead, kill, func() error { return <-done })
	}
}

// run does the work until the input ends.
func (t *toy) run(ctx context.Context, in io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	t.desk = desk{ctx, make(chan func())}
	desk := t.desk
	t.print(map[string]any{"driver": 1, "client": "toy"})
	ended := make(chan error, 1)
	go func() { // ends with the input
		lines := bufio.NewScanner(in)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			var c toyCommand
			if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
				ended <- err
				return
			}
			desk.do(func() { t.command(c) })
		}
		ended <- lines.Err()
	}()
	for {
		select {
		case f := <-t.work:
			f()
		case err := <-ended:
			t.hangUp()
			return err
		}
	}
}

// desk is where run takes its work from. Other goroutines keep a copy of it, since
// the client is made anew by open.
type desk struct {
	ctx  context.Context
	work chan func()
}

// do lets run do something. It may be called from any other goroutine.
func (d desk) do(f func()) {
	select {
	case d.work <- f:
	case <-d.ctx.Done():
	}
}

// later is do after a while, for the client that there is now.
func (t *toy) later(d time.Duration, f func()) {
	opened, desk := t.open.ID, t.desk
	url := t.open.URL
	time.AfterFunc(d, func() {
		desk.do(func() {
			if t.open.ID == opened && t.open.URL == url && !t.gone {
				f()
			}
		})
	})
}

func (t *toy) print(line map[string]any) {
	raw, err := json.Marshal(line, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	t.out.Write(append(raw, '\n'))
}

func (t *toy) answer(id int64, result any, failure map[string]any) {
	if failure != nil {
		t.print(map[string]any{"id": id, "error": failure})
		return
	}
	t.print(map[string]any{"id": id, "result": result})
}

func (t *toy) hangUp() {
	if t.ws != nil {
		ws := t.ws
		t.ws, t.ready = nil, false
		go ws.Close(websocket.StatusNormalClosure, "") // ends with the handshake, after 5 s at most
	}
}

func (t *toy) command(c toyCommand) {
	switch c.Do {
	case "open":
		*t = toy{quirk: t.quirk, out: t.out, desk: t.desk, number: t.number}
		t.open, t.token, t.cursor, t.kept, t.seqs = c, c.Token, c.Cursor, c.Cursor, map[string]int64{}
		t.connect(0)
		t.watch()
	case "events":
		t.answer(c.ID, struct{}{}, nil)
		t.follows = true
		t.subscribe()
	case "mirror":
		t.mirror = c.ID
		t.fill()
	case "home", "cursor":
		if c.Do == "cursor" {
			t.answer(c.ID, map[string]any{"cursor": t.kept}, nil)
			return
		}
		t.make(c.ID, "conversations", nil)
	case "call":
		var params map[string]jsontext.Value
		if err := json.Unmarshal(c.Params, &params); err != nil {
			panic(err)
		}
		t.make(c.ID, c.Method, params)
	case "cancel":
		if i := t.find(c.Call); i >= 0 {
			t.answer(c.Call, nil, map[string]any{"kind": "cancelled"})
			t.calls = slices.Delete(t.calls, i, i+1)
		}
		t.answer(c.ID, struct{}{}, nil)
	case "logout":
		t.request("logout", nil, func(a toyFrame) {
			if a.Error != nil && !t.unauthenticated(a) {
				t.answer(c.ID, nil, failureOf(a))
				return
			}
			t.end(c.ID)
		})
	case "close":
		t.end(c.ID)
	}
}

// end closes the client for the application.
func (t *toy) end(id int64) {
	t.give("closed", 0)
	if t.quirk != leavesOpen {
		t.hangUp()
	}
	t.gone = true
	t.answer(id, struct{}{}, nil)
}

// give answers all calls with an error of the client's own.
func (t *toy) give(kind string, code int) {
	for _, c := range t.calls {
		t.answer(c.id, nil, map[string]any{"kind": kind, "code": code})
	}
	t.calls = nil
}

// final ends the client, and says why.
func (t *toy) final(why map[string]any) {
	if !t.opened {
		t.answer(t.open.ID, nil, why)
	} else if t.follows {
		t.print(map[string]any{"end": why})
	}
	for _, c := range t.calls {
		t.answer(c.id, nil, why)
	}
	t.calls, t.gone, t.why = nil, true, why
	t.hangUp()
}

func (t *toy) find(id int64) int {
	return slices.IndexFunc(t.calls, func(c *toyCall) bool { return c.id == id })
}

func (t *toy) make(id int64, method string, params map[string]jsontext.Value) {
	if t.gone {
		t.answer(id, nil, t.why)
		return
	}
	if t.endless(id, method) {
		return
	}
	if id, given := params["client_id"]; method == "send" && (!given || string(id) == `""` && t.quirk != sendsEmptyID) && t.quirk != noClientID {
		params["client_id"] = newUUID()
	}
	if depthOf(params) > 62 && t.quirk != sendsTooDeep {
		t.answer(id, nil, map[string]any{"kind": "parse", "code": -32700, "retryable": false})
		return
	}
	if t.quirk == losesParam {
		delete(params, "reply_to")
	}
	t.calls = append(t.calls, &toyCall{id: id, method: method, params: params})
	if t.ws == nil && !t.connecting {
		t.connect(0)
	}
	t.flush()
}

// depthOf counts the arrays inside each other at the beginning of a param.
func depthOf(params map[string]jsontext.Value) (deepest int) {
	for _, v := range params {
		deepest = max(deepest, len(v)-len(bytes.TrimLeft(v, "[")))
	}
	return deepest
}

func newUUID() jsontext.Value {
	n := time.Now().UnixNano()
	return jsontext.Value(fmt.Sprintf(`"01a2098f-%04x-7%03x-8%03x-%012x"`, n>>48&0xffff, n>>36&0xfff, n>>24&0xfff, n&0xffffffffffff))
}
