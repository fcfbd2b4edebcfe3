package openrpc

import (
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

// What a server says of itself differs from what is committed in its program
// and its limits alone.
func TestDocumentIsOfTheServer(t *testing.T) {
	program := protocol.Server{Name: "x", Version: "7.8.9"}
	limits := protocol.DefaultLimits()
	limits.Body, limits.PageMax, limits.Mentions = 7, 8, 9
	text, err := Document(program, &limits)
	if err != nil {
		t.Fatal(err)
	}
	got, want := decode(t, text), decode(t, document)
	want["info"].(map[string]any)["x-server"] = map[string]any{"name": "x", "version": "7.8.9"}
	for name, value := range map[string]float64{"body": 7, "page_max": 8, "mentions": 9} {
		want["x-limits"].(map[string]any)[name] = value
		if bound(want, name, value) == 0 {
			t.Errorf("no schema has the limit %s", name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func decode(t *testing.T, text []byte) (v map[string]any) {
	t.Helper()
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// bound gives the schemas that a limit bounds its value, and counts them.
func bound(place any, limit string, value float64) (count int) {
	switch place := place.(type) {
	case []any:
		for _, v := range place {
			count += bound(v, limit, value)
		}
	case map[string]any:
		for name, v := range place {
			if place["x-limit"] == limit && (name == "maxLength" || name == "maximum" || name == "maxItems") {
				place[name] = value
				count++
			}
			count += bound(v, limit, value)
		}
	}
	return count
}
