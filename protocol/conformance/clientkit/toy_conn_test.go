package clientkit

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// connect makes a connection after a while, and logs in.
func (t *toy) connect(after time.Duration) {
	if t.connecting || t.ws != nil {
		return
	}
	t.connecting = true
	t.later(after, func() {
		limit := patience
		if t.open.Answer > 0 {
			limit = time.Duration(t.open.Answer) * time.Millisecond
		}
		url, desk := t.open.URL, t.desk
		go func() { // ends with the handshake
			ctx, cancel := context.WithTimeout(desk.ctx, limit)
			defer cancel()
			ws, _, err := websocket.Dial(ctx, url, nil)
			desk.do(func() { t.connected(url, ws, err) })
			if err == nil && desk.ctx.Err() != nil { // perhaps nobody has taken it
				ws.CloseNow()
			}
		}()
	})
}

func (t *toy) connected(url string, ws *websocket.Conn, err error) {
	switch {
	case t.gone || t.open.URL != url:
		if err == nil {
			ws.CloseNow()
		}
		return
	case err != nil && !t.opened:
		t.final(map[string]any{"kind": "other"})
		return
	case err != nil:
		t.connecting = false
		t.connect(t.jitter())
		return
	}
	ws.SetReadLimit(1 << 20)
	t.number++
	t.ws, t.connecting, t.waits, t.heard = ws, false, map[int]func(toyFrame){}, time.Now()
	number, desk := t.number, t.desk
	go func() { // ends with the connection
		for {
			_, raw, err := ws.Read(context.Background())
			// A frame that was cut short is told from a whole one by its last byte.
			if err == nil && !strings.HasSuffix(string(raw), "}") {
				err = fmt.Errorf("cut short")
				ws.CloseNow()
			}
			desk.do(func() {
				if number != t.number || t.ws == nil {
					return
				}
				if err != nil {
					t.lost(int(websocket.CloseStatus(err)))
					return
				}
				t.frame(raw)
			})
			if err != nil {
				return
			}
		}
	}()
	t.login()
}

func (t *toy) jitter() time.Duration {
	t.backoffs++
	return time.Duration(1+t.backoffs%5) * time.Millisecond
}

func (t *toy) request(method string, params any, then func(toyFrame)) {
	t.ids++
	id := t.ids
	if t.quirk == sameID && id > 2 {
		id = 2
	}
	t.waits[id] = then
	if params == nil {
		params = struct{}{}
	}
	raw, err := json.Marshal(map[string]any{"jsonrpc": "2.0", "id": id, "method": method, "params": params}, json.Deterministic(true))
	if err != nil {
		panic(err)
	}
	ctx, cancel := context.WithTimeout(t.ctx, patience)
	defer cancel()
	t.ws.Write(ctx, websocket.MessageText, raw) // a failure shows in reading
}

func (t *toy) login() {
	params := map[string]any{"token": t.token}
	switch {
	case t.token != "":
	case t.open.Username == "":
		t.begin()
		return
	default:
		params = map[string]any{"username": t.open.Username}
		if t.open.Password != "" {
			params["password"] = t.open.Password
		}
	}
	t.request("login", params, func(a toyFrame) {
		switch {
		case a.Error != nil && t.unauthenticated(a) && t.token != "" && t.open.Username != "":
			t.token = ""
			t.login()
		case a.Error != nil && a.Error.Data.Retryable && t.opened:
			t.away = time.Duration(a.Error.Data.After) * time.Millisecond
			t.dropped()
		case a.Error != nil:
			t.final(failureOf(a))
		default:
			t.loggedIn(a.Result)
		}
	})
}

// unauthenticated judges a refusal: the code of a kind that is not known counts.
func (t *toy) unauthenticated(a toyFrame) bool {
	switch kind := a.Error.Data.Kind; {
	case t.quirk == decidesByName:
		return kind == "unauthenticated"
	case t.quirk == namesItsOwn && (kind == "close" || kind == "closed" || kind == "lost"):
		return false
	}
	return a.Error.Code == 401
}

func (t *toy) loggedIn(raw jsontext.Value) {
	var r struct {
		Token    string `json:"token"`
		Cursor   string `json:"cursor"`
		Protocol string `json:"protocol"`
	}
	if err := json.Unmarshal(raw, &r); err != nil || r.Protocol != "1" {
		t.final(map[string]any{"kind": "other"})
		return
	}
	if t.token == "" || t.quirk != oldToken {
		t.token = r.Token
	}
	if t.cursor == "" {
		t.cursor, t.kept = r.Cursor, r.Cursor
	}
	t.begin()
}

func (t *toy) begin() {
	t.ready = true
	if !t.opened {
		t.opened = true
		result := map[string]any{}
		if t.open.Username != "" || t.token != "" {
			result["username"] = "ana"
		}
		t.answer(t.open.ID, result, nil)
	}
	if t.mirror != 0 {
		t.fill()
	}
	t.subscribe()
	t.watchAgain()
	t.flush()
}

func (t *toy) fill() {
	if !t.ready {
		return
	}
	t.request("conversations", nil, func(a toyFrame) {
		var list struct {
			Cursor string `json:"cursor"`
		}
		if a.Error != nil || json.Unmarshal(a.Result, &list) != nil {
			t.dropped()
			return
		}
		t.cursor, t.follows = list.Cursor, true
		t.answer(t.mirror, struct{}{}, nil)
		t.mirror = 0
		t.subscribe()
	})
}

func (t *toy) subscribe() {
	if !t.follows || !t.ready {
		return
	}
	params := map[string]any{"cursor": t.cursor}
	if t.quirk == losesCursor && t.number > 1 {
		params = nil
	}
	t.request("subscribe", params, func(a toyFrame) {
		var r struct {
			Cursor string `json:"cursor"`
			Reset  bool   `json:"reset"`
		}
		if a.Error != nil || json.Unmarshal(a.Result, &r) != nil {
			t.dropped()
			return
		}
		t.resumed = true
		if r.Reset {
			t.cursor, t.kept, t.seqs = r.Cursor, r.Cursor, map[string]int64{}
		}
		if r.Reset && t.quirk != ignoresReset {
			t.print(map[string]any{"event": "reset", "params": map[string]any{"cursor": r.Cursor}})
		}
	})
}

// dropped gives up the connection.
func (t *toy) dropped() {
	t.ws.CloseNow()
	t.lost(-1)
}

// lost does what a close code asks for.
func (t *toy) lost(code int) {
	t.ws, t.ready = nil, false
	harm := code == 1003 || code == 1007 || code == 1009
	for _, c := range slices.Clone(t.calls) {
		if !c.flying {
			continue
		}
		c.flying = false
		i := t.find(c.id)
		switch {
		case harm && t.quirk != repeatsHarm:
			t.answer(c.id, nil, map[string]any{"kind": "close", "code": code})
		case c.repeatable() && t.quirk == neverRetries && c.method == "send", !c.repeatable() && t.quirk != repeatsAll:
			t.answer(c.id, nil, map[string]any{"kind": "unknown_outcome", "code": 504, "retryable": true})
		default:
			t.again(c)
			continue
		}
		t.calls = slices.Delete(t.calls, i, i+1)
	}
	if t.quirk == disorder {
		slices.Reverse(t.calls)
	}
	switch {
	case !t.opened:
		t.final(map[string]any{"kind": "other"})
		return
	case (code == 4001 || code == 4008) && t.quirk != comesBackRevoked, code == 4002 && t.open.Username == "":
		t.final(map[string]any{"kind": "close", "code": code})
		return
	case code == 4002 && t.quirk != expiredToken:
		t.token = ""
	case code == 4003 && !t.follows && len(t.calls) == 0 && t.quirk != hasteWhenIdle:
		return
	}
	away := t.away
	t.away = 0
	if away == 0 || t.quirk == ignoresDraining {
		away = t.jitter()
	}
	t.connect(away)
}

// again readies a call to be written once more.
func (t *toy) again(c *toyCall) {
	c.flying = false
	if c.method == "send" && t.quirk == newClientID {
		c.params["client_id"] = newUUID()
	}
}

func (c *toyCall) repeatable() bool {
	return slices.Contains([]string{"send", "read", "delete", "history", "conversations", "conversation", "members", "server_info", "ping"}, c.method)
}

// flush writes what may be written: nothing while what was refused waits.
func (t *toy) flush() {
	if !t.ready || time.Now().Before(t.paused) {
		return
	}
	refused := !t.paused.IsZero()
	if refused && slices.ContainsFunc(t.calls, func(c *toyCall) bool { return c.flying }) {
		return
	}
	t.paused = time.Time{}
	for _, c := range t.calls {
		if c.flying {
			continue
		}
		c.flying = true
		t.request(c.method, c.params, func(a toyFrame) { t.settle(c, a) })
	}
}

func (t *toy) settle(c *toyCall, a toyFrame) {
	defer t.flush()
	i := t.find(c.id)
	if i < 0 {
		return // it was cancelled
	}
	if a.Error != nil && a.Error.Data.Retryable && (a.Error.Code == 429 || a.Error.Code == 503 ||
		a.Error.Data.Kind == "unknown_outcome" && c.repeatable() && t.quirk != neverRetries) {
		t.again(c)
		wait := time.Duration(a.Error.Data.After+5) * time.Millisecond
		if t.quirk == ignoresWait {
			wait = time.Millisecond
		}
		t.paused = time.Now().Add(wait)
		t.later(wait+time.Millisecond, t.flush)
		return
	}
	t.calls = slices.Delete(t.calls, i, i+1)
	if a.Error == nil {
		t.watches(c)
		t.answer(c.id, a.Result, nil)
		return
	}
	f := failureOf(a)
	switch {
	case t.quirk == losesPointer:
		delete(f, "pointer")
	case t.quirk == renamesKind && f["kind"] == "too_many_bees":
		f["kind"] = "conflict"
	}
	t.answer(c.id, nil, f)
}

func failureOf(a toyFrame) map[string]any {
	d := a.Error.Data
	f := map[string]any{"kind": d.Kind, "code": a.Error.Code, "retryable": d.Retryable}
	if d.Pointer != "" {
		f["pointer"] = d.Pointer
	}
	if d.Incident != "" {
		f["incident"] = d.Incident
	}
	return f
}

// frame takes an answer or an event.
func (t *toy) frame(raw []byte) {
	t.heard = time.Now()
	var f toyFrame
	if err := json.Unmarshal(raw, &f); err != nil {
		t.dropped()
		return
	}
	if f.Method == "" {
		if then := t.waits[f.ID]; then != nil {
			delete(t.waits, f.ID)
			then(f)
		}
		return
	}
	t.event(f)
}

func (t *toy) event(f toyFrame) {
	var e struct {
		Cursor  string `json:"cursor"`
		Delay   int64  `json:"delay_ms"`
		Message struct {
			Conversation string `json:"conversation"`
			Seq          int64  `json:"seq"`
		} `json:"message"`
	}
	if err := json.Unmarshal(f.Params, &e); err != nil {
		t.dropped()
		return
	}
	switch f.Method {
	case "draining":
		t.away = time.Duration(e.Delay) * time.Millisecond
	case "lagging":
		if t.quirk != ignoresLagging {
			t.subscribe()
		}
	case "message", "message_updated", "read", "conversation":
		seen := f.Method == "message" && e.Message.Seq <= t.seqs[e.Message.Conversation]
		if e.Cursor == t.cursor || seen {
			return
		}
		if f.Method == "message" {
			t.seqs[e.Message.Conversation] = e.Message.Seq
		}
		t.cursor, t.kept = e.Cursor, e.Cursor
		t.tell(f)
		if t.resumed && t.number > 1 && t.quirk == doublesEvents {
			t.tell(f)
		}
		t.resumed = false
	case "typing", "presence":
		t.tell(f)
	default:
		if t.quirk == diesOfUnknown {
			t.final(map[string]any{"kind": "other"})
		}
	}
}

func (t *toy) tell(f toyFrame) { t.print(map[string]any{"event": f.Method, "params": f.Params}) }

// watch looks after a quiet connection.
func (t *toy) watch() {
	if t.open.Ping == 0 || t.quirk == neverPings {
		return
	}
	interval := time.Duration(t.open.Ping) * time.Millisecond
	t.later(interval/2, func() {
		defer t.watch()
		quiet := time.Since(t.heard)
		switch {
		case t.ws == nil:
		case len(t.waits) > 0 && quiet > time.Duration(t.open.Answer)*time.Millisecond:
			t.dropped()
		case len(t.waits) == 0 && quiet > interval && t.ready:
			t.request("ping", nil, func(toyFrame) {})
		}
	})
}
