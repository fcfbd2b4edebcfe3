package conformance

import (
	"strings"
	"testing"
	"time"
)

// replaced makes a server whose frames have one text for another.
func replaced(text, by string) tampering {
	return tampering{frames: func(_ string, answers []string) []string {
		for i := range answers {
			answers[i] = strings.ReplaceAll(answers[i], text, by)
		}
		return answers
	}}
}

// replacedFor is replaced for the answers to requests with a text in them.
func replacedFor(request, text, by string) tampering {
	all := replaced(text, by)
	return tampering{frames: func(r string, answers []string) []string {
		if strings.Contains(r, request) {
			return all.frames(r, answers)
		}
		return answers
	}}
}

// taking makes a server that answers what it should refuse, when a text is in it.
func taking(text string) tampering {
	return tampering{frames: func(request string, answers []string) []string {
		if strings.Contains(request, text) {
			return []string{success("1", `{"at":"2026-11-23T10:00:00.000Z"}`)}
		}
		return answers
	}}
}

// delayed makes a server that answers each of its frames after the next.
func delayed() tampering {
	var held []string
	return tampering{frames: func(_ string, answers []string) []string {
		if held == nil {
			held = answers
			return nil
		}
		answers = append(answers, held...)
		held = nil
		return answers
	}}
}

// The servers that a conformance kit exists for: each has one fault, which the
// named case must find.
var broken = map[string]struct {
	filter string
	tamper tampering
}{
	"answers requests out of order": {"jsonrpc/order/many*", delayed()},
	"answers a batch in reverse": {"jsonrpc/batch/two", tampering{frames: func(_ string, answers []string) []string {
		batch := children([]byte(answers[0]))
		if answers[0][0] == '[' && len(batch) == 2 {
			return []string{"[" + string(batch[1].value) + "," + string(batch[0].value) + "]"}
		}
		return answers
	}}},
	"reads ids as floats":   {"jsonrpc/id/echoed-in-a-result.22", replaced(`"id":1e2`, `"id":100`)},
	"drops fractions":       {"jsonrpc/id/echoed-in-a-result.19", replaced(`"id":1.0`, `"id":1`)},
	"rounds ids":            {"jsonrpc/id/echoed-in-a-result.14", replaced("9007199254740993", "9007199254740992")},
	"unescapes ids":         {"jsonrpc/id/echoed-in-a-result.6", replaced(`\u00e9`, `é`)},
	"guesses an id":         {"jsonrpc/parse/broken", replaced(`"id":null`, `"id":1`)},
	"answers notifications": {"jsonrpc/notification/unanswered", tampering{frames: answerAll}},
	"answers failed notifications only": {"jsonrpc/notification/fails-unanswered", tampering{frames: func(request string, answers []string) []string {
		if strings.Contains(request, "nothing") {
			return answerAll(request, answers)
		}
		return answers
	}}},
	"answers a batch of notifications by []": {"jsonrpc/batch/notifications-only", tampering{frames: func(_ string, answers []string) []string {
		if answers == nil {
			return []string{"[]"}
		}
		return answers
	}}},
	"answers twice": {"server/ping/before*", tampering{frames: func(_ string, answers []string) []string {
		return append(answers, answers...)
	}}},
	"loses the last of a batch": {"jsonrpc/batch/mixed", tampering{frames: func(_ string, answers []string) []string {
		if answers[0][0] == '[' {
			answers[0] = answers[0][:strings.LastIndex(answers[0], `,{"jsonrpc"`)] + "]"
		}
		return answers
	}}},
	"answers a batch piece by piece": {"jsonrpc/batch/two", tampering{frames: func(_ string, answers []string) []string {
		if answers[0][0] != '[' {
			return answers
		}
		var pieces []string
		for _, m := range children([]byte(answers[0])) {
			pieces = append(pieces, string(m.value))
		}
		return pieces
	}}},
	"leaves out a member":          {"server/ping/before*", replaced(`"at"`, `"when"`)},
	"adds a member":                {"server/ping/before*", replaced(`"at"`, `"more":1,"at"`)},
	"tells time without millis":    {"server/ping/before*", replaced(`.000Z`, `Z`)},
	"tells local time":             {"server/ping/before*", replaced(`.000Z`, `.000+01:00`)},
	"forgets the version":          {"server/ping/before*", replaced(`"jsonrpc":"2.0",`, ``)},
	"adds an error to a result":    {"server/ping/before*", replaced(`"result"`, `"error":null,"result"`)},
	"names a member twice":         {"server/ping/before*", replaced(`"at"`, `"at":1,"at"`)},
	"gives an error no kind":       {"jsonrpc/parse/empty*", replaced(`"kind":"parse",`, ``)},
	"gives a kind another code":    {"jsonrpc/parse/empty*", replaced(`"code":-32700`, `"code":-32000`)},
	"calls an error retryable":     {"jsonrpc/parse/empty*", replaced(`"retryable":false`, `"retryable":true`)},
	"points at another param":      {"server/ping/unknown*", replaced(`"/payload"`, `"/params/payload"`)},
	"takes a name twice":           {"jsonrpc/parse/duplicate-names", taking(`"b":1,"b":2`)},
	"takes a comma at the end":     {"json/field_refuse/values", taking(`"ie":0,}`)},
	"takes NaN":                    {"json/field_refuse/values", taking("-NaN")},
	"takes comments":               {"json/refuse/comments", taking("/*")},
	"takes text in apostrophes":    {"json/field_refuse/values", taking("'single'")},
	"takes control characters":     {"json/field_refuse/values", taking("\x01")},
	"takes half a pair":            {"json/field_either/refused", taking(`\ud801`)},
	"takes a byte-order mark":      {"json/field_either/byte-order-mark", taking("\xef\xbb\xbf")},
	"takes any depth":              {"json/field_either/nested", taking("[[[[")},
	"takes what follows":           {"jsonrpc/parse/trailing-bytes", taking("}{")},
	"refuses large numbers":        {"json/field_either/numbers", replacedFor("e+8888", "result", "refused")},
	"refuses noncharacters":        {"json/field_accept/values", replacedFor(`\uFFFE`, "result", "refused")},
	"ignores the limit of a batch": {"jsonrpc/batch/of-101", replaced(`"code":413`, `"code":-32600`)},
}

// answerAll answers what should not be answered.
func answerAll(_ string, answers []string) []string {
	if answers == nil {
		return []string{`{"jsonrpc":"2.0","id":null,"result":{}}`}
	}
	return answers
}

func TestBrokenServersAreCaught(t *testing.T) {
	for name, b := range broken {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught(t, b.filter, b.tamper)
		})
	}
}

// caught holds that a case finds a server broken, and the same server without
// its fault right.
func caught(t *testing.T, filter string, tamper tampering) {
	wholesome := run(t, Options{URL: serve(t, tampering{}), Filter: filter})
	if wholesome.Count(Failed) > 0 {
		t.Fatalf("the server that behaves rightly fails:\n%s", printed(t, wholesome, false))
	}
	// What never comes is not to be waited for.
	report, err := Run(t.Context(), Options{URL: serve(t, tamper), Filter: filter, Wait: 500 * time.Millisecond})
	if err == nil && report.Count(Failed) == 0 {
		t.Errorf("not caught:\n%s", text(t, report))
	}
}
