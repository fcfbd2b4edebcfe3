package conformance

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		pattern, frame string
		want           string // part of the error, empty when it matches
	}{
		{`{}`, `{"a":1}`, ""},
		{`{"a":1}`, `{"b":2,"a":1}`, ""},
		{`{"a":1}`, `{"b":1}`, "/a is missing"},
		{`{"a":1}`, `[1]`, "the frame is [1]"},
		{`{"a/b":{"c":1}}`, `{"a/b":{"c":2}}`, "/a~1b/c is 2, want 1"},
		{`{"<exact>":true,"a":1}`, `{"a":1}`, ""},
		{`{"<exact>":true,"a":1}`, `{"a":1,"b":2}`, "/b is not expected"},
		{`{"<exact>":true,"a":1,"b":"<absent>"}`, `{"a":1}`, ""},
		{`{"a":"<absent>"}`, `{"b":1}`, ""},
		{`{"a":"<absent>"}`, `{"a":null}`, "/a is null, want absent"},
		{`{"a":"<any>"}`, `{"a":null}`, ""},
		{`{"a":"<any>"}`, `{}`, "/a is missing"},
		{`[1,{"a":1}]`, `[1,{"a":1,"b":2}]`, ""},
		{`[1]`, `[1,2]`, "the frame has 2 elements, want 1"},
		{`{"a":[]}`, `{"a":[1]}`, "/a has 1 elements, want 0"},
		{`[1,2]`, `[2,1]`, "/0 is 2, want 1"},
		{`"é"`, `"\u00e9"`, ""},
		{`"a"`, `"A"`, `the frame is "A"`},
		{`"1"`, `1`, "the frame is 1"},
		{`"\u003cany>"`, `"<any>"`, ""},
		{`"\u003cany>"`, `"x"`, "the frame is"},
		{`100`, `1e2`, ""},
		{`1`, `1.0`, ""},
		{`0.1`, `0.10`, "the frame is 0.10"},
		{`9007199254740993`, `9007199254740992`, "the frame is"},
		{`18446744073709551616`, `18446744073709551616`, ""},
		{`{"id":1e2}`, `{"id":1e2}`, ""},
		{`{"id":1e2}`, `{"id":100}`, "/id is 100, want the bytes 1e2"},
		{`{"id":"é"}`, `{"id":"\u00e9"}`, "/id is"},
		{`{"id":"<any>"}`, `{"id":5}`, ""},
		{`null`, `false`, "the frame is false"},
		{`true`, `true`, ""},
		{`"<bool>"`, `false`, ""},
		{`"<bool>"`, `0`, "want bool"},
		{`"<int>"`, `-5`, ""},
		{`"<int>"`, `5.0`, "want int"},
		{`"<number>"`, `5.5`, ""},
		{`"<string>"`, `""`, ""},
		{`"<object>"`, `[]`, "want object"},
		{`"<array>"`, `[]`, ""},
		{`"<cursor>"`, `""`, "want cursor"},
		{`"<conversation>"`, `"c:AAAAAAAAAAAAAAAAAAAA_-"`, ""},
		{`"<conversation>"`, `"c:AAAAAAAAAAAAAAAAAAAA+/"`, "want conversation"},
		{`"<time>"`, `"2026-11-23T10:00:00.120Z"`, ""},
		{`"<time>"`, `"2026-11-23T10:00:00Z"`, "want time"},
		{`"<time>"`, `"2026-11-23T10:00:00.12Z"`, "want time"},
		{`"<time>"`, `"2026-11-23T10:00:00.120456Z"`, "want time"},
		{`"<time>"`, `"2026-11-23T10:00:00.120+00:00"`, "want time"},
		{`"<time>"`, `"2026-02-30T10:00:00.120Z"`, "want time"},
		{`"<string != Old>"`, `"new"`, ""},
		{`"<string != Old>"`, `"old"`, "want another value than $Old"},
		{`"<time >= At + 250>"`, `"2026-11-23T10:00:01.250Z"`, ""},
		{`"<time >= At + 250>"`, `"2026-11-23T10:00:01.249Z"`, "want a time not before $At + 250 ms"},
	} {
		_, err := match([]byte(c.pattern), []byte(c.frame), map[string]string{"Old": "old", "At": "2026-11-23T10:00:01.000Z"})
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s does not match %s: %v", c.pattern, c.frame, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s for %s: error %v, want %q", c.pattern, c.frame, err, c.want)
		}
	}
}

func TestCaptures(t *testing.T) {
	before := map[string]string{"Kept": "k"}
	pattern := `{"a":"<string:S>","b":["<int:N>"],"c":"<object:O>"}`
	got, err := match([]byte(pattern), []byte(`{"a":"x\n","b":[5],"c":{"d": 1}}`), before)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"Kept": "k", "S": `x\n`, "N": "5", "O": `{"d": 1}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if got, err = match([]byte(pattern), []byte(`{"a":"x"}`), before); err == nil || len(got) != 1 {
		t.Errorf("a pattern that does not match captured %v", got)
	}
}

func TestCheckFrame(t *testing.T) {
	for frame, want := range map[string]string{
		`{"jsonrpc":"2.0","id":1,"result":{}}`:                                                              "",
		`{"jsonrpc":"2.0","id":null,"result":null}`:                                                         "",
		`{"jsonrpc":"2.0","method":"message","params":{}}`:                                                  "",
		`[{"jsonrpc":"2.0","id":1,"result":{}}]`:                                                            "",
		`{"jsonrpc":"2.0","id":1,"error":{"code":999,"message":"","data":{"kind":"new","retryable":true}}}`: "",
		``:                                      "not JSON",
		`{"jsonrpc":"2.0","id":1,"result":{}`:   "not JSON",
		`{"jsonrpc":"2.0","id":1,"result":{}}{`: "not JSON",
		"{\"jsonrpc\":\"2.0\",\"id\":\"\xff\",\"result\":{}}": "not JSON",
		`{"jsonrpc":"2.0","id":1,"id":1,"result":{}}`:         "not JSON",
		`1`:  "not an object",
		`[]`: "empty array",
		`[{"jsonrpc":"2.0","method":"message","params":{}}]`: "an event in the answer",
		`[1]`:                                "/0: the message is not an object",
		`{"id":1,"result":{}}`:               "jsonrpc is not",
		`{"jsonrpc":2.0,"id":1,"result":{}}`: "jsonrpc is not",
		`{"jsonrpc":"2.0","result":{}}`:      "without an id",
		`{"jsonrpc":"2.0","id":1}`:           "a result or an error",
		`{"jsonrpc":"2.0","id":1,"result":{},"error":null}`:                                                           "a result or an error",
		`{"jsonrpc":"2.0","id":1,"method":"message","params":{}}`:                                                     "an event has",
		`{"jsonrpc":"2.0","method":"message","params":[]}`:                                                            "an event has",
		`{"jsonrpc":"2.0","id":1,"error":{"code":"1","message":""}}`:                                                  "an error needs",
		`{"jsonrpc":"2.0","id":1,"error":{"code":1,"message":"","data":{}}}`:                                          "needs a kind",
		`{"jsonrpc":"2.0","id":1,"error":{"code":404,"message":"","data":{"kind":"conflict","retryable":false}}}`:     "goes with code 409",
		`{"jsonrpc":"2.0","id":1,"error":{"code":429,"message":"","data":{"kind":"rate_limited","retryable":false}}}`: "retryable true",
	} {
		err := checkFrame([]byte(frame))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", frame, err, want)
		}
	}
}
