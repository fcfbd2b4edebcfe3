package api

import (
	"asappchat/protocol"
	"asappchat/store"
)

func (a *API) changeMethods() []row {
	return []row{
		change(protocol.Edit, edit, replaced),
		change(protocol.Delete, deleteMessage, replaced),
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

// replaced is message, of commands that took out what it said.
func replaced(s *Session, o store.Outcome) protocol.MessageResult {
	s.rate.charge(s.api.Now(), o.Gone/gonePerMessage)
	return message(s, o)
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
