package server_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/server/servertest"
)

// actors are who may call a method. The blocked one is a member of the group,
// whom the newcomer blocks.
var actors = []string{"nobody", "stranger", "member", "former", "blocked", "admin", "owner"}

// The table of who may do what: a method, its params, and what each of the
// actors is answered when what it is about exists. In the params
//
//	$C  a group; one that the actor has left; one that never existed
//	$S  a session of the actor; of somebody else; that never existed
//	$U  the newcomer; two names that nobody has
//
// and whatever has one of these is not_found in the second and the third case.
// Message 1 is the actor's own, message 2 is of another member. A method whose
// line begins with + is called by a new user in each case.
const authorisation = `
#                                                      nobody          stranger  member    former    blocked       admin     owner
send             ["$C","x"]                            unauthenticated not_found ok        not_found ok            ok        ok
send             ["$U","x"]                            unauthenticated ok        ok        ok        not_accepting ok        ok
history          ["$C"]                                unauthenticated not_found ok        not_found ok            ok        ok
search           ["x","$C"]                            unauthenticated not_found ok        not_found ok            ok        ok
search           ["x"]                                 unauthenticated ok        ok        ok        ok            ok        ok
edit             ["$C",1,"y"]                          unauthenticated not_found ok        not_found ok            ok        ok
edit             ["$C",2,"y"]                          unauthenticated not_found forbidden not_found forbidden     forbidden forbidden
delete           ["$C",1]                              unauthenticated not_found ok        not_found ok            ok        ok
delete           ["$C",2]                              unauthenticated not_found forbidden not_found forbidden     ok        ok
react            ["$C",2,"x"]                          unauthenticated not_found ok        not_found ok            ok        ok
unreact          ["$C",2,"x"]                          unauthenticated not_found ok        not_found ok            ok        ok
read             ["$C",2]                              unauthenticated not_found ok        not_found ok            ok        ok
conversation     ["$C"]                                unauthenticated not_found ok        not_found ok            ok        ok
set_preferences  {"with":"$C","muted":true}            unauthenticated not_found ok        not_found ok            ok        ok
members          ["$C"]                                unauthenticated not_found ok        not_found ok            ok        ok
invite           ["$C","newcomer"]                     unauthenticated not_found ok        not_found not_accepting ok        ok
remove           ["$C","other"]                        unauthenticated not_found forbidden not_found forbidden     ok        ok
leave            ["$C"]                                unauthenticated not_found ok        not_found ok            ok        ok
rename           ["$C","h"]                            unauthenticated not_found forbidden not_found forbidden     ok        ok
set_role         ["$C","other","admin"]                unauthenticated not_found forbidden not_found forbidden     forbidden ok
set_state        ["$C","closed"]                       unauthenticated not_found forbidden not_found forbidden     ok        ok
create           ["g",["newcomer"]]                    unauthenticated ok        ok        ok        not_accepting ok        ok
conversations    []                                    unauthenticated ok        ok        ok        ok            ok        ok
users            []                                    unauthenticated ok        ok        ok        ok            ok        ok
block            ["$U"]                                unauthenticated ok        ok        ok        ok            ok        ok
unblock          ["$U"]                                unauthenticated ok        ok        ok        ok            ok        ok
blocked          []                                    unauthenticated ok        ok        ok        ok            ok        ok
privacy          []                                    unauthenticated ok        ok        ok        ok            ok        ok
set_privacy      {"presence":false}                    unauthenticated ok        ok        ok        ok            ok        ok
set_profile      ["Somebody"]                          unauthenticated ok        ok        ok        ok            ok        ok
sessions         []                                    unauthenticated ok        ok        ok        ok            ok        ok
typing           ["$C"]                                unauthenticated not_found ok        not_found ok            ok        ok
presence         [["newcomer"]]                        unauthenticated ok        ok        ok        ok            ok        ok
set_presence     ["away"]                              unauthenticated ok        ok        ok        ok            ok        ok
subscribe        []                                    unauthenticated ok        ok        ok        ok            ok        ok
unsubscribe      []                                    unauthenticated ok        ok        ok        ok            ok        ok
ping             []                                    ok              ok        ok        ok        ok            ok        ok
rpc.discover     []                                    ok              ok        ok        ok        ok            ok        ok
server_info      []                                    ok              ok        ok        ok        ok            ok        ok
+register        ["$me-2"]                             ok              ok        ok        ok        ok            ok        ok
+login           ["$me"]                               ok              ok        ok        ok        ok            ok        ok
+revoke          ["$S"]                                unauthenticated ok        ok        ok        ok            ok        ok
+set_password    ["correct-horse"]                     unauthenticated ok        ok        ok        ok            ok        ok
+logout          []                                    unauthenticated ok        ok        ok        ok            ok        ok
`

// authorisationRow is a line of the table.
type authorisationRow struct {
	method, params string
	fresh          bool
	want           []string // by actor
}

func authorisationRows(t *testing.T) (rows []authorisationRow) {
	for line := range strings.Lines(authorisation) {
		words := strings.Fields(line)
		if len(words) == 0 || words[0] == "#" {
			continue
		}
		if len(words) != 2+len(actors) {
			t.Fatalf("a line of %d words: %s", len(words), line)
		}
		method, fresh := strings.CutPrefix(words[0], "+")
		rows = append(rows, authorisationRow{method, words[1], fresh, words[2:]})
	}
	return rows
}

// about says whether the row's params have a placeholder.
func (r authorisationRow) about(placeholder string) bool {
	return strings.Contains(r.params, placeholder)
}

// Every method answers each actor as the table says, and what is hidden is
// answered, byte for byte, as what never existed.
func TestAuthorisation(t *testing.T) {
	rows := authorisationRows(t)
	for _, m := range protocol.Methods() {
		if !slices.ContainsFunc(rows, func(r authorisationRow) bool { return r.method == m.Name }) {
			t.Errorf("%s is not in the table", m.Name)
		}
	}
	w := newAuthorisationWorld(t)
	for _, r := range rows {
		t.Run(r.method+" "+r.params, func(t *testing.T) {
			w.t = t
			hidden := make(map[string]string) // answers, and whose
			for i, actor := range actors {
				w.exists(r, actor, r.want[i], hidden)
				if r.about("$C") || r.about("$S") || r.about("$U") {
					w.hidden(r, actor, hidden)
				}
			}
			if len(hidden) > 1 {
				t.Errorf("what is hidden can be told apart: %v", hidden)
			}
		})
	}
}

// authorisationWorld is a server with the actors, logged in.
type authorisationWorld struct {
	t       *testing.T
	server  *servertest.Server
	clients map[string]*servertest.Client
	foreign string // a session of somebody else
	fresh   int    // users that were made
}

func newAuthorisationWorld(t *testing.T) *authorisationWorld {
	w := &authorisationWorld{t: t, server: servertest.New(t), clients: make(map[string]*servertest.Client)}
	for _, name := range append([]string{"other", "newcomer", "apart"}, actors[1:]...) {
		w.clients[name] = w.server.Login(name)
	}
	w.clients["nobody"] = w.server.Dial()
	w.clients["newcomer"].Call("block", []any{"blocked"})
	login := w.clients["other"].Call("login", []any{"other"})
	w.foreign = servertest.Decode[protocol.LoginResult](t, login).Session
	return w
}

const (
	neverConversation = "c:AAAAAAAAAAAAAAAAAAAAAA"
	neverSession      = "s:AAAAAAAAAAAAAAAAAAAAAA"
)

// exists calls a method on what exists.
func (w *authorisationWorld) exists(r authorisationRow, actor, want string, hidden map[string]string) {
	w.t.Helper()
	client, me, session := w.client(r, actor)
	params := strings.NewReplacer("$C", w.group(r, actor), "$S", session, "$U", "newcomer", "$me", me).Replace(r.params)
	answer := w.ask(client, r.method, params)
	if got := outcome(w.t, answer); got != want {
		w.t.Errorf("%s: %s, want %s", actor, answer, want)
	}
	if want == string(protocol.NotFound) {
		hidden[answer] = actor
	}
}

// hidden calls a method on what the actor may not know of: what they left and
// what is of others, what never existed, and for a conversation also people
// with whom there is none, and names that nobody has.
func (w *authorisationWorld) hidden(r authorisationRow, actor string, hidden map[string]string) {
	w.t.Helper()
	cases := []*strings.Replacer{
		strings.NewReplacer("$C", w.left(r, actor), "$S", w.foreign, "$U", "nobody-1"),
		strings.NewReplacer("$C", neverConversation, "$S", neverSession, "$U", "nobody-2"),
	}
	if r.about("$C") && r.method != protocol.Send.Name {
		cases = append(cases, strings.NewReplacer("$C", "apart"), strings.NewReplacer("$C", "nobody-3"))
	}
	want := string(protocol.NotFound)
	if actor == "nobody" {
		want = string(protocol.Unauthenticated)
	}
	for i, replacer := range cases {
		client, _, _ := w.client(r, actor)
		answer := w.ask(client, r.method, replacer.Replace(r.params))
		if got := outcome(w.t, answer); got != want {
			w.t.Errorf("%s, hidden %d: %s, want %s", actor, i, answer, want)
		}
		if actor != "nobody" {
			hidden[answer] = fmt.Sprintf("%s %d", actor, i)
		}
	}
}

// client returns the connection of an actor, or of a new user, and a session of
// theirs.
func (w *authorisationWorld) client(r authorisationRow, actor string) (c *servertest.Client, me, session string) {
	w.t.Helper()
	if !r.fresh {
		return w.clients[actor], actor, neverSession
	}
	w.fresh++
	me = fmt.Sprintf("%s-%d", actor, w.fresh)
	c = w.server.Login(me)
	if actor == "nobody" {
		c = w.server.Dial()
	}
	other := w.server.Dial()
	session = servertest.Decode[protocol.LoginResult](w.t, other.Call("login", []any{me})).Session
	return c, me, session
}

// group makes a group as the actor of a row finds it.
func (w *authorisationWorld) group(r authorisationRow, actor string) string {
	w.t.Helper()
	if !r.about("$C") {
		return ""
	}
	owner := w.clients["owner"]
	id := w.create(owner, []string{"admin", "member", "former", "blocked", "other"})
	owner.Call("set_role", []any{id, "admin", "admin"})
	author := w.clients[actor]
	if actor == "nobody" || actor == "stranger" {
		author = owner
	}
	author.Call("send", []any{id, "the actor's own"})
	w.clients["other"].Call("send", []any{id, "of another"})
	owner.Call("remove", []any{id, "former"})
	return id
}

// left makes a group that the actor has left.
func (w *authorisationWorld) left(r authorisationRow, actor string) string {
	w.t.Helper()
	if !r.about("$C") || actor == "nobody" {
		return ""
	}
	id := w.create(w.clients["other"], []string{actor})
	w.clients[actor].Call("send", []any{id, "the actor's own"})
	w.clients[actor].Call("leave", []any{id})
	return id
}

func (w *authorisationWorld) create(c *servertest.Client, members []string) string {
	w.t.Helper()
	return servertest.Decode[protocol.ConversationResult](w.t, c.Call("create", []any{"g", members})).Conversation.ID
}

// ask returns an answer as it stands on the wire.
func (w *authorisationWorld) ask(c *servertest.Client, method, params string) string {
	w.t.Helper()
	c.Write(fmt.Sprintf(`{"jsonrpc":"2.0","id":"x","method":%q,"params":%s}`, method, params))
	for {
		raw, err := c.ReadRaw()
		if err != nil {
			w.t.Fatalf("%s %s: %v", method, params, err)
		}
		if m := servertest.Decode[servertest.Message](w.t, jsontext.Value(raw)); m.ID != nil {
			return string(raw)
		}
	}
}

// outcome is "ok", or the kind of the error.
func outcome(t *testing.T, answer string) string {
	m := servertest.Decode[servertest.Message](t, jsontext.Value(answer))
	if m.Error != nil {
		return string(m.Error.Data.Kind)
	}
	return "ok"
}
