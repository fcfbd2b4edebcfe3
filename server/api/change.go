package api

import (
	"github.com/go-json-experiment/json/jsontext"

	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) changeMethods() []row {
	return []row{
		takingOut(protocol.Edit, edit),
		takingOut(protocol.Delete, deleteMessage),
		change(protocol.React, react, message),
		change(protocol.Unreact, unreact, message),
	}
}

// message is the result of commands whose outcome is one.
func message(_ *Session, o store.Outcome) protocol.MessageResult {
	return protocol.MessageResult{Message: o.Value.(protocol.Message)}
}

// gonePerMessage is how many bytes of a body that an edit or a deletion takes out
// count as a message against the rate of sending: for the index to look for its
// words and overwrite them costs as much as a hundred messages.
const gonePerMessage = 512

// takingOut makes a row of a change of a message that takes out what it said. It waits
// for what is in flight: until that is done nobody knows what it is charged, and a
// connection could have as much done as it has in flight for next to nothing.
func takingOut[P any](m protocol.Method[P, protocol.MessageResult], mutation func(*Session, P) store.Mutation) row {
	counted := change(m, mutation, message)
	return row{m.Spec, func(c *call, raw jsontext.Value) {
		c.session.Settle()
		counted.serve(c, raw)
	}}
}

func edit(s *Session, p protocol.EditParams) store.Mutation {
	return &store.Edit{Actor: s.username, With: p.With, Seq: p.Seq, Body: p.Body, At: s.api.now()}
}

func deleteMessage(s *Session, p protocol.DeleteParams) store.Mutation {
	return &store.Delete{Actor: s.username, With: p.With, Seq: p.Seq}
}

func react(s *Session, p protocol.ReactParams) store.Mutation { return reaction(s, p, false) }

func unreact(s *Session, p protocol.ReactParams) store.Mutation { return reaction(s, p, true) }

func reaction(s *Session, p protocol.ReactParams, remove bool) store.Mutation {
	return &store.React{Actor: s.username, With: p.With, Seq: p.Seq, Emoji: p.Emoji,
		Remove: remove, Max: s.api.Limits.Reactions}
}
