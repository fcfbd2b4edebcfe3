package jsonrpc_test

import (
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
	"asappchat/protocol/jsonrpc"
)

var limits = protocol.DefaultLimits()

// view is a request as the tables write it.
type view struct {
	ID, Method, Params string
	Kind               protocol.Kind
}

func decode(frame string) (views []view, batch bool, kind protocol.Kind) {
	requests, batch, err := jsonrpc.Decode([]byte(frame), &limits, nil)
	if err != nil {
		return nil, batch, err.Kind
	}
	for _, r := range requests {
		v := view{ID: string(r.ID), Method: r.Method, Params: string(r.Params)}
		if r.Err != nil {
			v.Kind = r.Err.Kind
		}
		views = append(views, v)
	}
	return views, batch, ""
}

func TestDecodeKeepsRequestsAsWritten(t *testing.T) {
	for _, c := range []struct {
		name, frame string
		want        []view
	}{
		{"by name", `{"jsonrpc":"2.0","id":1,"method":"send","params":{"to":"bo"}}`, []view{{ID: "1", Method: "send", Params: `{"to":"bo"}`}}},
		{"members in any order, with spaces", ` { "params" : [ 1 ] , "method":"a" , "id" : "x","jsonrpc":"2.0" } `, []view{{ID: `"x"`, Method: "a", Params: `[ 1 ]`}}},
		{"ids keep their form", `{"jsonrpc":"2.0","id":1e2,"method":"a"}`, []view{{ID: "1e2", Method: "a"}}},
		{"id above 2^64", `{"jsonrpc":"2.0","id":18446744073709551617,"method":"a"}`, []view{{ID: "18446744073709551617", Method: "a"}}},
		{"id null is an id", `{"jsonrpc":"2.0","id":null,"method":"a"}`, []view{{ID: "null", Method: "a"}}},
		{"no id is a notification", `{"jsonrpc":"2.0","method":"a"}`, []view{{Method: "a"}}},
		{"params null are none", `{"jsonrpc":"2.0","method":"a","params":null}`, []view{{Method: "a"}}},
		{"escapes in names and methods", `{"jsonr\u0070c":"2.0","\u0069d":2,"method":"\u0061b"}`, []view{{ID: "2", Method: "ab"}}},
		{"unknown members are ignored", `{"jsonrpc":"2.0","method":"a","x":{"y":[1]}}`, []view{{Method: "a"}}},
		{"names are case-sensitive", `{"jsonrpc":"2.0","id":1,"Method":"a"}`, []view{{ID: "1", Kind: protocol.InvalidRequest}}},
		{"scalar params", `{"jsonrpc":"2.0","id":1,"method":"a","params":3}`, []view{{ID: "1", Params: "3", Kind: protocol.InvalidRequest}}},
		{"object id", `{"jsonrpc":"2.0","id":{},"method":"a"}`, []view{{Kind: protocol.InvalidRequest}}},
		{"wrong version", `{"jsonrpc":"1.0","id":1,"method":"a"}`, []view{{ID: "1", Kind: protocol.InvalidRequest}}},
		{"version as a number", `{"jsonrpc":2.0,"id":1,"method":"a"}`, []view{{ID: "1", Kind: protocol.InvalidRequest}}},
		{"a scalar", `17`, []view{{Kind: protocol.InvalidRequest}}},
		{"method and result", `{"jsonrpc":"2.0","id":1,"method":"a","result":1}`, []view{{ID: "1", Kind: protocol.InvalidRequest}}},
		{"an answer nobody asked for", `{"jsonrpc":"2.0","id":1,"result":1}`, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, batch, kind := decode(c.frame)
			if kind != "" || batch {
				t.Fatalf("kind %q, batch %v", kind, batch)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestDecodeRefusesFrames(t *testing.T) {
	nested := func(n int) string {
		return `{"jsonrpc":"2.0","method":"a","params":` + strings.Repeat("[", n) + strings.Repeat("]", n) + `}`
	}
	for _, c := range []struct {
		name, frame string
		want        protocol.Kind
	}{
		{"nothing", ``, protocol.Parse},
		{"cut off", `{"jsonrpc":"2.0"`, protocol.Parse},
		{"trailing bytes", `{"jsonrpc":"2.0","method":"a"} x`, protocol.Parse},
		{"two values", `{"jsonrpc":"2.0","method":"a"}{}`, protocol.Parse},
		{"a byte-order mark", "\ufeff" + `{"jsonrpc":"2.0","method":"a"}`, protocol.Parse},
		{"a name twice in the envelope", `{"jsonrpc":"2.0","method":"a","method":"a"}`, protocol.Parse},
		{"a name twice with an escape", `{"jsonrpc":"2.0","method":"a","\u006dethod":"a"}`, protocol.Parse},
		{"a name twice deep in params", `{"jsonrpc":"2.0","method":"a","params":{"x":[{"y":1,"y":2}]}}`, protocol.Parse},
		{"a lone surrogate", `{"jsonrpc":"2.0","method":"a","params":["\ud800"]}`, protocol.Parse},
		{"nested to the limit", nested(63), ""},
		{"nested beyond it", nested(64), protocol.Parse},
		{"brackets in strings do not nest", `{"jsonrpc":"2.0","method":"a","params":["` + strings.Repeat(`[{\"`, 100) + `"]}`, ""},
		{"an empty batch", `[]`, protocol.InvalidRequest},
		{"a batch with bad JSON", `[{"jsonrpc":"2.0","method":"a"},{]`, protocol.Parse},
		{"a batch at its limit", `[` + strings.Repeat("1,", 99) + `1]`, ""},
		{"a batch beyond it", `[` + strings.Repeat("1,", 100) + `1]`, protocol.TooLarge},
		{"bad JSON beyond it", `[` + strings.Repeat("1,", 100) + `{]`, protocol.Parse},
		{"a name twice beyond it", `[` + strings.Repeat("1,", 100) + `{"a":1,"a":1}]`, protocol.Parse},
		{"a batch beyond it, cut off", `[` + strings.Repeat("1,", 100) + `1`, protocol.Parse},
		{"a batch beyond it, and trailing bytes", `[` + strings.Repeat("1,", 100) + `1]x`, protocol.Parse},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, _, kind := decode(c.frame); kind != c.want {
				t.Errorf("kind %q, want %q", kind, c.want)
			}
		})
	}
}

func TestDecodeBatchKeepsOrderAndPlaces(t *testing.T) {
	got, batch, kind := decode(`[{"jsonrpc":"2.0","id":1,"method":"a"},[],{"jsonrpc":"2.0","id":9,"result":0},{"jsonrpc":"2.0","method":"b"}]`)
	want := []view{{ID: "1", Method: "a"}, {Kind: protocol.InvalidRequest}, {Method: "b"}}
	if d := cmp.Diff(want, got); d != "" || !batch || kind != "" {
		t.Error(batch, kind, d)
	}
}

// A batch beyond its limit costs no memory for what is beyond: 131,000
// members would make 131,000 requests.
func TestBatchBeyondTheLimitTakesNoMemory(t *testing.T) {
	frame := []byte("[" + strings.Repeat("1,", limits.Frame/2-1) + "1]")
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, _, err := jsonrpc.Decode(frame, &limits, nil)
	runtime.ReadMemStats(&after)
	if err == nil || err.Kind != protocol.TooLarge {
		t.Error(err)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 256<<10 {
		t.Errorf("%d bytes to refuse a frame of %d", used, len(frame))
	}
}

// What is said about bad JSON does not repeat it.
func TestParseErrorIsShort(t *testing.T) {
	long := strings.Repeat("x", 100_000)
	for _, frame := range []string{`{"` + long + `":1,"` + long + `":1}`, `{"jsonrpc":` + long + `}`, `{"jsonrpc":"\ud800` + long + `"}`} {
		if _, _, err := jsonrpc.Decode([]byte(frame), &limits, nil); err == nil || err.Kind != protocol.Parse || len(err.Message) > 200 {
			t.Errorf("%.40s: %.300v", frame, err)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add(`{"jsonrpc":"2.0","id":1,"method":"send","params":["bo","hello"]}`)
	f.Add(`[{"jsonrpc":"2.0","id":null,"method":"\u0061"},1]`)
	f.Fuzz(func(t *testing.T, frame string) {
		requests, _, err := jsonrpc.Decode([]byte(frame), &limits, nil)
		for _, r := range requests {
			if r.Params != nil && !r.Params.IsValid() || r.ID != nil && !r.ID.IsValid() {
				t.Errorf("not JSON: id %s, params %s", r.ID, r.Params)
			}
		}
		if err != nil && requests != nil {
			t.Error("an error and requests")
		}
	})
}
