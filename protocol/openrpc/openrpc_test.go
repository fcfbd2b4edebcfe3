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
	want["x-limits"].(map[string]any)["body"] = 7.0
	want["x-limits"].(map[string]any)["page_max"] = 8.0
	want["x-limits"].(map[string]any)["mentions"] = 9.0
	schema := func(name string) map[string]any {
		return want["components"].(map[string]any)["schemas"].(map[string]any)[name].(map[string]any)
	}
	schema("Body")["maxLength"] = 7.0
	schema("PageSize")["maximum"] = 8.0
	schema("SendParams")["properties"].(map[string]any)["mentions"].(map[string]any)["maxItems"] = 9.0
	for _, m := range want["methods"].([]any) {
		m := m.(map[string]any)
		for _, p := range m["params"].([]any) {
			if p := p.(map[string]any); m["name"] == "send" && p["name"] == "mentions" {
				p["schema"].(map[string]any)["maxItems"] = 9.0
			}
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
