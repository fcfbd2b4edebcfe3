package clientkit

import (
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
)

// watches notes whom the application watches.
func (t *toy) watches(c *toyCall) {
	if c.method == "presence" {
		t.watched = c.params["usernames"]
	}
}

// watchAgain asks a new connection for their presence, and tells how they are.
func (t *toy) watchAgain() {
	if t.number == 1 || len(t.watched) <= len("[]") || !t.ready || t.quirk == forgetsPresence {
		return
	}
	number := t.number
	t.request("presence", map[string]any{"usernames": t.watched}, func(a toyFrame) {
		if a.Error != nil {
			wait := time.Duration(a.Error.Data.After+5) * time.Millisecond
			t.later(wait, func() {
				if number == t.number {
					t.watchAgain()
				}
			})
			return
		}
		var r struct {
			Presence []jsontext.Value `json:"presence"`
		}
		if json.Unmarshal(a.Result, &r) != nil {
			t.dropped()
			return
		}
		for _, p := range r.Presence {
			t.tell(toyFrame{Method: "presence", Params: p})
		}
	})
}
