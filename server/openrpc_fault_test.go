package server_test

import (
	"slices"
	"testing"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
	"asappchat/protocol/openrpc"
)

// faults are mistakes that a document could have, each of which some frame of
// some case shows.
var faults = map[string]func(doc members){
	"a member of a result has another type": func(doc members) {
		schema(doc, "Message", "properties", "rev")["type"] = "string"
	},
	"a result promises what does not come": func(doc members) {
		schema(doc, "SendResult")["required"] = []any{"conversation", "receipt"}
	},
	"a param is missing": func(doc members) {
		delete(schema(doc, "SendParams", "properties"), "reply_to")
	},
	"a method takes params that it does not know": func(doc members) {
		named(doc, "methods", "ping")["x-params"] = members{"type": "object"}
	},
	"a bound is too narrow": func(doc members) {
		schema(doc, "Body")["maxLength"] = 10
	},
	"a param that may be absent is required": func(doc members) {
		schema(doc, "SendParams")["required"] = []any{"to", "body", "client_id"}
	},
	"params are in another order": func(doc members) {
		slices.Reverse(named(doc, "methods", "read")["params"].([]any))
	},
	"a param goes by position that must not": func(doc members) {
		delete(named(doc, "methods", "create")["params"].([]any)[2].(members), "x-named")
	},
	"an error of a method is missing": func(doc members) {
		m := named(doc, "methods", "send")
		m["x-errors"] = slices.DeleteFunc(m["x-errors"].([]any), func(kind any) bool { return kind == "conflict" })
	},
	"a kind of error has another code": func(doc members) {
		at(doc, "x-error-kinds", "not_found")["code"] = 410
	},
	"a method is missing": func(doc members) {
		named(doc, "methods", "leave")["name"] = "quit"
	},
	"a notification is missing": func(doc members) {
		named(doc, "x-notifications", "message")["name"] = "new_message"
	},
	"a value of a member is missing": func(doc members) {
		schema(doc, "Change")["enum"] = []any{"created", "joined", "left"}
	},
}

type members = map[string]any

// at follows the names of members.
func at(doc members, names ...string) members {
	for _, name := range names {
		doc = doc[name].(members)
	}
	return doc
}

func schema(doc members, names ...string) members {
	return at(at(doc, "components", "schemas"), names...)
}

// named finds what has a name in a list.
func named(doc members, list, name string) members {
	all := doc[list].([]any)
	i := slices.IndexFunc(all, func(v any) bool { return v.(members)["name"] == name })
	return all[i].(members)
}

// checkFaults makes sure that the check of the frames finds something: of a
// document with a mistake it does.
func checkFaults(t *testing.T, heard []played) {
	limits := protocol.DefaultLimits()
	text, err := openrpc.Document(protocol.Server{Name: "test", Version: "0"}, &limits)
	if err != nil {
		t.Fatal(err)
	}
	for name, spoil := range faults {
		var doc members
		if err := json.Unmarshal(text, &doc); err != nil {
			t.Fatal(err)
		}
		spoil(doc)
		broken, err := json.Marshal(doc)
		if err != nil {
			t.Fatal(err)
		}
		d, err := readDescription(broken)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		found := slices.ContainsFunc(heard, func(p played) bool { return len(p.judge(d, &tally{beyond: map[string]bool{}})) > 0 })
		if !found {
			t.Errorf("%s, and no frame shows it", name)
		}
	}
}
