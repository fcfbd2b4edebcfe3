package server_test

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"sync"
	"testing"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/protocol/conformance"
	"asappchat/server"
	"asappchat/server/servertest"
)

var update = flag.Bool("update", false, "write the examples of the OpenRPC document anew")

// Every frame of every conformance case, in both directions, is as the OpenRPC
// document says, and the examples in the document are what was said.
func TestOpenRPCDescribesEveryFrame(t *testing.T) {
	if testing.Short() {
		t.Skip("plays all cases, as another test does")
	}
	d := describe(t)
	heard := playAll(t)
	sum := tally{beyond: map[string]bool{}}
	failed := 0
	for _, h := range heard {
		if h.failed {
			t.Logf("%s did not pass, which another test judges", h.name)
			failed++
		}
		for _, problem := range h.judge(d, &sum) {
			t.Errorf("%s: %v", h.name, problem)
		}
	}
	t.Log(sum)
	if failed > len(heard)/50 {
		t.Errorf("%d of %d cases did not pass: what was heard is not what the protocol is", failed, len(heard))
	}
	for about := range beyond {
		if !sum.beyond[about] {
			t.Errorf("%q has no request beyond the schema: take it off the list", about)
		}
	}
	checkExamples(t, heard)
	checkFaults(t, heard)
}

// tally counts what was judged.
type tally struct {
	requests, refused, results, errors, events int
	beyond                                     map[string]bool // of the list, those that were needed
}

func (s tally) String() string {
	return fmt.Sprintf("as described: %d requests that succeeded, %d results, %d errors, %d notifications; %d invalid requests are refused by the schema",
		s.requests, s.results, s.errors, s.events, s.refused)
}

// played is a case and what was said in it, connection by connection.
type played struct {
	name, sentence string
	failed         bool
	steps          []conformance.Step
	talks          []conversation
}

// A conversation is one connection, message by message.
type conversation struct{ client, server []jsontext.Value }

// playAll plays the cases against a server with the default limits, those that
// restart it last.
func playAll(t *testing.T) []played {
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.Limits = protocol.DefaultLimits()
		c.Node = "chat-1"
	}))
	restart := func(context.Context) error { s.Restart(); return nil }
	all := make([]played, len(conformance.Cases()))
	var alone []func()
	var wg sync.WaitGroup
	free := make(chan struct{}, 8)
	for i, c := range conformance.Cases() {
		play := func() { all[i] = playCase(t, s.URL, c, restart) }
		if c.NeedsRestart() {
			alone = append(alone, play)
			continue
		}
		free <- struct{}{}
		wg.Go(func() { // ends with its case
			play()
			<-free
		})
	}
	wg.Wait()
	for _, play := range alone {
		play()
	}
	return all
}

func playCase(t *testing.T, url string, c conformance.Case, restart func(context.Context) error) played {
	a := newTap(t, url)
	report, err := conformance.Run(t.Context(), conformance.Options{URL: a.URL, Cases: []conformance.Case{c}, Restart: restart})
	if err != nil {
		t.Errorf("%s: %v", c.Name, err)
	}
	p := played{name: c.Name, sentence: c.Sentence, steps: c.Steps}
	for _, o := range report {
		p.failed = p.failed || o.Status == conformance.Failed
	}
	for _, k := range a.heard() {
		p.talks = append(p.talks, conversation{unpack(k.client.Bytes()), unpack(k.server.Bytes())})
	}
	return p
}

// unpack takes the JSON-RPC messages out of one direction of a connection.
// What is no JSON is left out: clients of cases say such things on purpose.
func unpack(stream []byte) (all []jsontext.Value) {
	for _, m := range messages(stream) {
		message := jsontext.Value(bytes.TrimSpace(m))
		var batch []jsontext.Value
		switch {
		case !message.IsValid():
		case message.Kind() == '[' && json.Unmarshal(message, &batch) == nil:
			all = append(all, batch...)
		default:
			all = append(all, message)
		}
	}
	return all
}

// rpcMessage is a message of JSON-RPC.
type rpcMessage struct {
	ID     jsontext.Value `json:"id"`
	Method jsontext.Value `json:"method"`
	Params jsontext.Value `json:"params"`
	Result jsontext.Value `json:"result"`
	Error  jsontext.Value `json:"error"`
}

// name is the method, if it is a string.
func (m *rpcMessage) name() (name string) {
	json.Unmarshal(m.Method, &name)
	return name
}

// read reads a message; what is no object has no members.
func read(message jsontext.Value) (m rpcMessage) {
	json.Unmarshal(message, &m)
	return m
}

// exchange is a request and its answer. A request without a readable id, or a
// notification, has no place in one.
type exchange struct{ request, answer rpcMessage }

// exchanges pairs the answers of a connection with their requests: of those
// with the same id, in their order.
func (c conversation) exchanges() (all []exchange, events, unpaired []rpcMessage) {
	asked := map[string][]rpcMessage{}
	for _, message := range c.client {
		if m := read(message); m.ID != nil {
			asked[string(m.ID)] = append(asked[string(m.ID)], m)
		}
	}
	for _, message := range c.server {
		m := read(message)
		waiting := asked[string(m.ID)]
		switch {
		case m.Method != nil:
			events = append(events, m)
		case len(waiting) == 0, m.ID.Kind() == 'n' && m.Error != nil: // of what was no request
			unpaired = append(unpaired, m)
		default:
			asked[string(m.ID)] = waiting[1:]
			all = append(all, exchange{waiting[0], m})
		}
	}
	return all, events, unpaired
}

// beyond are the params of methods that the server refuses by a rule which the
// schema does not tell, and why it does not.
var beyond = map[string]string{
	"conversations page":       "what next said is known to the server alone",
	"blocked page":             "what next said is known to the server alone",
	"users page":               "what next said is known to the server alone",
	"search page":              "what next said is known to the server alone",
	"search query":             "what words are takes tables of Unicode; and it is needed without sender and mentions",
	"search until":             "is later than since: a rule over several params",
	"history since":            "which cursors can be continued from is known to the server alone; and it goes with after alone",
	"history after":            "goes without before and around: a rule over several params",
	"history around":           "goes without before and after: a rule over several params",
	"login username":           "is needed without a token: a rule over several params",
	"login device":             "draft 7 has no classes of Unicode",
	"login token":              "goes without username and password: a rule over several params",
	"react emoji":              "what is one character as people see it takes tables of Unicode; and its bound is in bytes",
	"unreact emoji":            "what is one character as people see it takes tables of Unicode",
	"register password":        "its bounds are in bytes, those of a schema in characters",
	"set_password new":         "its bounds are in bytes, those of a schema in characters",
	"remove username":          "who the caller is stands in no schema",
	"rename name":              "draft 7 has no classes of Unicode",
	"set_profile display_name": "draft 7 has no classes of Unicode",
	"set_profile status":       "draft 7 has no classes of Unicode",
	"send reply_to":            "which messages there are is known to the server alone",
}

// judge holds all that was said in a case against the document.
func (p played) judge(d *description, sum *tally) (problems []error) {
	hold := func(err error, count *int, about string, frame rpcMessage) {
		*count++
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w\nin %.500s %.500s%.500s", about, err, frame.Params, frame.Result, frame.Error))
		}
	}
	for _, talk := range p.talks {
		exchanges, events, unpaired := talk.exchanges()
		for _, e := range events {
			hold(d.event(e.name(), e.Params), &sum.events, e.name(), e)
		}
		for _, e := range unpaired {
			hold(d.error("", e.Error), &sum.errors, "an answer to nothing", e)
		}
		for _, x := range exchanges {
			name := x.request.name()
			if x.answer.Error != nil {
				hold(d.error(name, x.answer.Error), &sum.errors, name, x.answer)
				problems = append(problems, judgeRefused(d, sum, x)...)
				continue
			}
			hold(d.request(name, x.request.Params), &sum.requests, name, x.request)
			hold(d.result(name, x.answer.Result), &sum.results, name, x.answer)
		}
	}
	return problems
}

// judgeRefused holds a request that was refused for its params against the
// schema, which refuses it too, or does not know that rule.
func judgeRefused(d *description, sum *tally, x exchange) []error {
	pointer, ok := invalidParam(x.answer.Error)
	if !ok {
		return nil
	}
	name := x.request.name()
	if d.request(name, x.request.Params) != nil {
		sum.refused++
		return nil
	}
	about := name + " " + d.methods[name].paramAt(pointer)
	if beyond[about] != "" {
		sum.beyond[about] = true
		return nil
	}
	return []error{fmt.Errorf("the schema takes what the server refuses; say why it does in beyond, by %q, or more in the schema:\n%.300s\n%.300s",
		about, x.request.Params, x.answer.Error)}
}

// invalidParam returns the pointer of an error that is about a param.
func invalidParam(object jsontext.Value) (pointer string, ok bool) {
	var e struct {
		Data struct {
			Kind    string `json:"kind"`
			Pointer string `json:"pointer"`
		} `json:"data"`
	}
	json.Unmarshal(object, &e)
	return e.Data.Pointer, e.Data.Kind == string(protocol.InvalidParams)
}
