package load

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

// receive gives a connection some bytes, and returns it.
func receive(t *testing.T, sent ...[]byte) *Conn {
	here, there := net.Pipe()
	t.Cleanup(func() { here.Close(); there.Close() })
	go there.Write(slices.Concat(sent...)) // until it is read, or the end of the test
	return newConn(here)
}

func unmasked(kind byte, payload string) []byte {
	return append(appendHeader(nil, kind, len(payload), 0), payload...)
}

// Messages come whole however they were framed (RFC 6455, section 5.4).
func TestNext(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	header := binary.BigEndian.AppendUint64([]byte{textFrame, 127}, uint64(len(long)))
	c := receive(t, unmasked(textFrame, "short"), unmasked(textFrame, long[:30_000]), header, []byte(long),
		unmasked(textPart, "in "), unmasked(pongFrame, ""), unmasked(continued, "three "), unmasked(lastPart, "parts"),
		unmasked(closeFrame, "\x0f\xa0too slow"))
	for _, want := range []string{"short", long[:30_000], long, "in three parts"} {
		if got, err := c.Next(); err != nil || string(got) != want {
			t.Fatalf("%.20q, %v; want %.20q", got, err, want)
		}
	}
	_, err := c.Next()
	var closed *CloseError
	if !errors.As(err, &closed) || *closed != (CloseError{protocol.CloseLagging, "too slow"}) {
		t.Errorf("got %v", err)
	}
}

// A ping behind the last message does not make the load wait for another one
// before it counts what it has.
func TestPingIsNotMore(t *testing.T) {
	event := unmasked(textFrame, string(messagePrefix)+"}")
	c := &client{Conn: receive(t, event, event, unmasked(pingFrame, ""))}
	if err := c.read(); err != nil || c.burst.events != 2 || len(c.burst.answers) != 0 {
		t.Errorf("%+v, %v", c.burst, err)
	}
}

// What another server writes in another way is understood, too.
func TestOtherSpelling(t *testing.T) {
	body := `000000000007 00001 0000000003 and more`
	d := &Drive{shape: Shape{Pairs: true}, senders: make([]*sender, 2)}
	c := &client{drive: d, Conn: receive(t, slices.Concat(
		unmasked(textFrame, `{ "params": {"message": {"body": "`+body+`"}}, "method": "message", "jsonrpc": "2.0" }`),
		unmasked(textFrame, `{"id": 1000000002, "result": {}, "jsonrpc": "2.0"}`),
		unmasked(textFrame, `{"method": "some_other_event", "params": {}}`)))}
	for range 3 {
		if err := c.read(); err != nil {
			t.Fatal(err)
		}
		if c.burst.events+len(c.burst.answers) > 0 {
			break
		}
	}
	if diff := cmp.Diff([]time.Duration{7 * time.Microsecond}, c.burst.dues); diff != "" || c.heard[1].next != 4 {
		t.Error(diff, c.heard)
	}
	if diff := cmp.Diff([]int64{2}, c.burst.answers); diff != "" {
		t.Error(diff)
	}
}

// What ends a load says why.
func TestUnwelcome(t *testing.T) {
	for message, want := range map[string]string{
		`{"jsonrpc":"2.0","method":"lagging","params":{"cursor":"x"}}`:                            "too slowly",
		`{"jsonrpc":"2.0","method":"draining","params":{"delay_ms":1}}`:                           "draining",
		`{"jsonrpc":"2.0","method":"message","params":{"message":{"body":"hello"},"cursor":"x"}}`: "none of ours",
		`nonsense`: "cannot be read",
		`{}`:       "neither",
	} {
		c := &client{drive: &Drive{}, Conn: receive(t, unmasked(textFrame, message))}
		if err := c.read(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", message, err)
		}
	}
}

func TestFlight(t *testing.T) {
	var f flight
	for n := range int64(100) {
		if got := f.add(time.Duration(n)); got != n {
			t.Fatal(got)
		}
	}
	for n := int64(99); n >= 0; n-- { // also out of order
		if due, ok := f.take(n); !ok || due != time.Duration(n) {
			t.Fatal(n, due, ok)
		}
		if _, ok := f.take(n); ok {
			t.Fatal(n, "was taken twice")
		}
	}
	if _, ok := f.take(100); ok || f.low != 100 || f.open != 0 {
		t.Error(f.low, f.open, ok)
	}
}

// The sends of a template are whole, differ in id and client id, and carry what
// their events are known by.
func TestTemplate(t *testing.T) {
	template, err := NewSend(7, "bo")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for n := range int64(3) {
		here, there := net.Pipe()
		go func() { here.Write(bytes.Clone(template.Frame(n, 5*time.Second))); here.Close() }() // one write
		message, err := readMasked(newConn(there).in)
		if err != nil {
			t.Fatal(err)
		}
		var r struct {
			JSONRPC, Method string
			ID              int64
			Params          protocol.SendParams
		}
		decode(t, message, &r)
		if bad := r.Params.Check(&protocol.Limits{Body: BodyBytes, ClientID: 36}); bad != nil || len(r.Params.Body) != BodyBytes {
			t.Error(bad, len(r.Params.Body))
		}
		if r.JSONRPC != "2.0" || r.Method != "send" || r.ID != firstID+n || r.Params.To != "bo" || seen[r.Params.ClientID] {
			t.Errorf("%+v", r)
		}
		seen[r.Params.ClientID] = true
		if got, err := readStamp([]byte(`{"body":"` + r.Params.Body + `"}`)); err != nil || got != (stamp{5 * time.Second, 7, n}) {
			t.Errorf("%+v, %v", got, err)
		}
	}
}
