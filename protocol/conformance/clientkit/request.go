package clientkit

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/docs"
)

// message is a request of a case.
type message struct {
	Version string         `json:"jsonrpc"`
	ID      jsontext.Value `json:"id"`
	Method  string         `json:"method"`
	Params  jsontext.Value `json:"params"`
}

// longNumber is one that not every language holds as it is written.
var longNumber = regexp.MustCompile(`(?:":|[,\[])\s*-?(?:[0-9.]{16}|[0-9]+[eE.]|0[0-9])|":\s*-0`)

// itself are the methods that a client calls by itself.
var itself = []string{"login", "logout", "unsubscribe", "ping", "rpc.discover"}

// sameRequest holds a request against the one of the case. A client may add the
// client id of a send.
func sameRequest(method string, params map[string]jsontext.Value, wire jsontext.Value) error {
	var got message
	if err := json.Unmarshal(wire, &got); err != nil {
		return err
	}
	sent := map[string]jsontext.Value{}
	if got.Params.Kind() == '{' {
		if err := json.Unmarshal(got.Params, &sent); err != nil {
			return err
		}
	}
	if got.Method != method {
		return fmt.Errorf("the client calls %s, want %s", got.Method, method)
	}
	if _, given := params["client_id"]; method == "send" && !given {
		delete(sent, "client_id")
	}
	maps.DeleteFunc(sent, func(_ string, v jsontext.Value) bool { return v.Kind() == 'n' })
	want, err := plain(params)
	if err != nil {
		return err
	}
	is, err := plain(sent)
	if err == nil && is != want {
		err = fmt.Errorf("the params of %s are %s, want %s", method, is, want)
	}
	return err
}

// positions says in which order the params of a method stand, as section 11 of
// the specification does.
var positions = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	row := regexp.MustCompile("(?m)^\\| (`[a-z_.`, ]+`) \\|[^|]*\\| ([^|]*) \\|")
	_, section, _ := strings.Cut(docs.Protocol, "\n## 11 ")
	section, _, _ = strings.Cut(section, "\n## 12 ")
	for _, m := range row.FindAllStringSubmatch(section, -1) {
		byPosition, _, _ := strings.Cut(m[2], ";")
		var names []string
		for name := range strings.SplitSeq(byPosition, ",") {
			names = append(names, strings.Trim(name, " ?–"))
		}
		for method := range strings.SplitSeq(m[1], ",") {
			all[strings.Trim(method, "` ")] = slices.DeleteFunc(names, func(n string) bool { return n == "" })
		}
	}
	return all
})

// byName makes params by name, without those that are null. It is not ok where
// params are wrong in a way that an application cannot make them.
func byName(method string, raw jsontext.Value) (params map[string]jsontext.Value, ok bool) {
	params = map[string]jsontext.Value{}
	switch raw.Kind() {
	case 0, 'n':
		return params, true
	case '{':
		ok = json.Unmarshal(raw, &params) == nil
	case '[':
		var values []jsontext.Value
		names := positions()[method]
		if json.Unmarshal(raw, &values) != nil || len(values) > len(names) {
			return nil, false
		}
		for i, v := range values {
			params[names[i]] = v
		}
		ok = true
	}
	maps.DeleteFunc(params, func(_ string, v jsontext.Value) bool { return v.Kind() == 'n' })
	return params, ok
}
