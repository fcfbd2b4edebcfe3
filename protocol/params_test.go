package protocol_test

import (
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"asappchat/protocol"
)

func TestDecodeParams(t *testing.T) {
	limits := protocol.DefaultLimits()
	three := int64(3)
	want := protocol.SendParams{To: "bo", Body: "hello", ClientID: "x"}
	for raw, want := range map[string]protocol.SendParams{
		`{"to":"BO","body":"hello","client_id":"x"}`: want,
		`["Bo","hello","x"]`:                         want,
		`["bo","hello",null]`:                        {To: "bo", Body: "hello"},
		`["bo","hello"]`:                             {To: "bo", Body: "hello"},
		`{"to":"bo","body":"hello","client_id":null,"reply_to":null,"data":null}`:      {To: "bo", Body: "hello"},
		`{"to":"bo","body":"client_id"}`:                                               {To: "bo", Body: "client_id"},
		`{"to":"bo","body":"x","reply_to":3,"mentions":["Cy"],"data":{"client_id":1}}`: {To: "bo", Body: "x", ReplyTo: &three, Mentions: []string{"cy"}, Data: []byte(`{"client_id":1}`)},
	} {
		got, err := protocol.Send.Decode(jsontext.Value(raw), &limits)
		if err != nil {
			t.Errorf("%s: %v", raw, err)
		} else if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s: %s", raw, d)
		}
	}
}

func TestDecodeParamsRefuses(t *testing.T) {
	limits := protocol.DefaultLimits()
	for raw, pointer := range map[string]string{
		``:                                      "/to",
		`{}`:                                    "/to",
		`{"to":"bo"}`:                           "/body",
		`{"to":"bo","body":""}`:                 "/body",
		`{"to":"bo","body":null}`:               "/body",
		`{"to":"b","body":"x"}`:                 "/to",
		`{"to":"bo","body":7}`:                  "/body",
		`{"to":"bo","Body":"x"}`:                "/Body",
		`["bo"]`:                                "/1",
		`["bo",7]`:                              "/1",
		`[null,"x"]`:                            "/0",
		`["bo","x","y","z"]`:                    "/3",
		`["bo","x",""]`:                         "/2",
		`{"to":"bo","body":"x","client_id":""}`: "/client_id",
		`{"to":"bo","body":"x","client_\u0069d":""}`:             "/client_id",
		`{"to":"bo","body":"x","reply_to":0}`:                    "/reply_to",
		`{"to":"bo","body":"x","reply_to":1.5}`:                  "/reply_to",
		`{"to":"bo","body":"x","reply_to":99999999999999999999}`: "/reply_to",
		`{"to":"bo","body":"x","mentions":["cy",5]}`:             "/mentions/1",
		`{"to":"bo","body":"x","mentions":["cy","?"]}`:           "/mentions/1",
		`{"to":"bo","body":"x","data":[]}`:                       "/data",
	} {
		_, err := protocol.Send.Decode(jsontext.Value(raw), &limits)
		if err == nil || err.Kind != protocol.InvalidParams || err.Pointer != pointer {
			t.Errorf("%s: %+v, want %q", raw, err, pointer)
		}
	}
}

// The name of an unknown param is cut in the message, and left out of the
// pointer when it is long.
func TestUnknownParamIsNotRepeatedAtLength(t *testing.T) {
	limits := protocol.DefaultLimits()
	for name, pointer := range map[string]string{
		strings.Repeat("x", 255):                 "/" + strings.Repeat("x", 255),
		strings.Repeat("x", 256):                 "",
		strings.Repeat("/", 127):                 "/" + strings.Repeat("~1", 127),
		strings.Repeat("/", 128):                 "",
		strings.Repeat("\u00e9", limits.Frame/2): "",
	} {
		_, err := protocol.Send.Decode(jsontext.Value(`{"to":"bo","body":"x","`+name+`":1}`), &limits)
		if err == nil || err.Kind != protocol.InvalidParams || err.Pointer != pointer || len(err.Message) > 250 {
			t.Errorf("%.10q (%d bytes): %.300v", name, len(name), err)
		}
	}
}

// Who has taken another name for a param is told those that there are.
func TestUnknownParamIsAnsweredWithTheKnown(t *testing.T) {
	limits := protocol.DefaultLimits()
	_, err := protocol.History.Decode(jsontext.Value(`{"to":"bo"}`), &limits)
	if want := `unknown param "to"; history takes with, limit, before, after, around, since`; err == nil || err.Message != want {
		t.Errorf("%v, want %s", err, want)
	}
	_, err = protocol.Sessions.Decode(jsontext.Value(`{"page":""}`), &limits)
	if want := `unknown param "page"; sessions takes none`; err == nil || err.Message != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestTooManyParamsAreAnsweredWithThoseThatGoByName(t *testing.T) {
	limits := protocol.DefaultLimits()
	for want, decode := range map[string]func() *protocol.Error{
		"set_preferences takes at most 1 by position; by name it takes muted, pinned, too": func() *protocol.Error {
			_, err := protocol.SetPreferences.Decode(jsontext.Value(`["bo",true]`), &limits)
			return err
		},
		"leave takes at most 1 by position": func() *protocol.Error {
			_, err := protocol.Leave.Decode(jsontext.Value(`["bo",true]`), &limits)
			return err
		},
	} {
		if err := decode(); err == nil || err.Message != want || err.Pointer != "/1" {
			t.Errorf("%v, want %s", err, want)
		}
	}
}

// The size of a page that the caller left open is the server's, and not the
// place where the server keeps it.
func TestPageSizeIsTheCallersOwn(t *testing.T) {
	limits := protocol.DefaultLimits()
	p, err := protocol.History.Decode(jsontext.Value(`{"with":"bo"}`), &limits)
	if err != nil || *p.Limit != limits.Page {
		t.Fatalf("%+v, %v", p, err)
	}
	*p.Limit = 1
	if limits != protocol.DefaultLimits() {
		t.Error("params change the limits of the server")
	}
}

// Every required param has a place or a name, and no name stands twice.
func TestDeclarations(t *testing.T) {
	if len(protocol.Methods()) < 17 {
		t.Errorf("%d methods", len(protocol.Methods()))
	}
	for _, m := range protocol.Methods() {
		names, named := make(map[string]bool), false
		for _, p := range m.Params {
			if p.Name == "" || names[p.Name] {
				t.Errorf("%s: param %q", m.Name, p.Name)
			}
			if named && !p.Named {
				t.Errorf("%s: %s by position behind one by name", m.Name, p.Name)
			}
			names[p.Name], named = true, p.Named
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{"ana": "ana", "Ana.B_c-9": "ana.b_c-9", "a": "", "ä1": "", "a b": "", "": "", "\u212a1": "", "K1": "k1", "c:x": "", "abcdefghijklmnopqrstuvwxyz0123456": ""} {
		if got, ok := protocol.FoldUsername(name); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q %v", name, got, ok)
		}
	}
	for id, want := range map[string]bool{"c:AZaz09_-AZaz09_-AZaz09": true, "c:AZaz09_-AZaz09_-AZaz0": false, "c:AZaz09_-AZaz09_-AZaz0=": false, "x:AZaz09_-AZaz09_-AZaz09": false, "c:@Zaz09_-AZaz09_-AZaz09": false, "c:[Zaz09_-AZaz09_-AZaz09": false,
		"c:" + strings.Repeat("\x10", 22): false, "c:AZaz09_-AZaz09_-AZaz0\x19": false} {
		if protocol.IsConversationID(id) != want {
			t.Errorf("%q: %v", id, !want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := protocol.Time(1795428000007)
	text, _ := at.MarshalText()
	var back protocol.Time
	if err := back.UnmarshalText(text); err != nil || back != at || len(text) != len("2026-11-23T10:00:00.007Z") {
		t.Errorf("%s is %d, %v", text, back, err)
	}
	if err := back.UnmarshalText([]byte("yesterday")); err == nil {
		t.Error("yesterday is a time")
	}
}

// Whatever params are, decoding them ends in params that keep the limits, or
// in an error of a kind that says so.
func FuzzDecodeParams(f *testing.F) {
	for _, seed := range []string{`["bo","hello","x"]`, `{"to":"bo","body":"x","data":{"a":[]},"mentions":["cy"]}`, `{"with":"bo","after":0}`, `[null]`, `{"token":"t"}`} {
		f.Add(seed)
	}
	limits := protocol.DefaultLimits()
	f.Fuzz(func(t *testing.T, raw string) {
		v := jsontext.Value(raw)
		if !v.IsValid() || v.Kind() != '{' && v.Kind() != '[' {
			t.Skip("the frame is refused before")
		}
		send, err := protocol.Send.Decode(v, &limits)
		if err == nil && (send.Body == "" || len(send.Body) > limits.Body || len(send.Mentions) > limits.Mentions || send.ReplyTo != nil && *send.ReplyTo < 1) {
			t.Errorf("taken: %+v", send)
		}
		_, historyErr := protocol.History.Decode(v, &limits)
		_, loginErr := protocol.Login.Decode(v, &limits)
		for _, err := range []*protocol.Error{err, historyErr, loginErr} {
			if err != nil && err.Kind != protocol.InvalidParams && err.Kind != protocol.TooLarge {
				t.Errorf("%+v", err)
			}
		}
	})
}
