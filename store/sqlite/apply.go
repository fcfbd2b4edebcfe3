package sqlite

import (
	"fmt"
	"runtime/debug"

	"asappchat/store"
)

// apply applies one mutation. What its preconditions forbid is an outcome
// without changes; an error, or a panic, spoils the transaction.
func (w *writer) apply(m store.Mutation) (o store.Outcome, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v\n%s", p, debug.Stack())
		}
	}()
	switch m := m.(type) {
	case *store.Append:
		return w.append(m)
	case *store.MarkRead:
		return w.markRead(m)
	case *store.Edit:
		return w.edit(m)
	case *store.Delete:
		return w.delete(m)
	case *store.React:
		return w.react(m)
	case *store.SetPreferences:
		return w.setPreferences(m)
	case *store.CreateGroup:
		return w.createGroup(m)
	case *store.AddMember:
		return w.addMember(m)
	case *store.RemoveMember:
		return w.removeMember(m)
	case *store.Rename:
		return w.rename(m)
	case *store.SetRole:
		return w.setRole(m)
	case *store.SetState:
		return w.setState(m)
	}
	return w.applyAccount(m)
}

// applyAccount applies a mutation of users and their sessions.
func (w *writer) applyAccount(m store.Mutation) (o store.Outcome, err error) {
	switch m := m.(type) {
	case *store.CreateUser:
		return w.createUser(m)
	case *store.SetPassword:
		return w.setPassword(m)
	case *store.CreateSession:
		return w.createSession(m)
	case *store.ExchangeToken:
		return w.exchangeToken(m)
	case *store.SeeSession:
		return w.seeSession(m)
	case *store.EndSession:
		return w.endSession(m)
	case *store.SetProfile:
		return w.setProfile(m)
	case *store.SetPrivacy:
		return w.setPrivacy(m)
	case *store.Block:
		return w.block(m)
	}
	return o, fmt.Errorf("unknown mutation %T", m)
}
