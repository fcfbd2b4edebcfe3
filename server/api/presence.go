package api

import (
	"context"

	"asappchat/protocol"
)

func (a *API) presenceMethods() []row {
	return []row{
		query(protocol.Typing, a.typing),
		query(protocol.PresenceOf, a.presenceOf),
		query(protocol.SetPresence, a.setPresence),
	}
}

// typingMembers is how many members a conversation has at most whose members
// are told who is typing.
const typingMembers = 100

func (a *API) typing(ctx context.Context, s *Session, p protocol.TypingParams) (none protocol.Empty, err error) {
	if err := s.rate.allow(a.Now(), 1); err != nil {
		return none, err
	}
	id, hearers, err := a.store.Hearers(ctx, s.username, p.With, typingMembers)
	if err != nil || len(hearers) == 0 {
		return none, err
	}
	a.hub.Type(protocol.TypingEvent{Conversation: id, Username: s.username, On: p.On == nil || *p.On}, hearers)
	return none, nil
}

// watchesPerMessage is how many users that are watched count as much against
// the rate of sending as a message.
const watchesPerMessage = 10

func (a *API) presenceOf(ctx context.Context, s *Session, p protocol.PresenceParams) (r protocol.PresenceResult, err error) {
	if err := s.rate.allow(a.Now(), 1+len(p.Usernames)/watchesPerMessage); err != nil {
		return r, err
	}
	r.Presence, s.hold, err = s.subscriber.Watch(ctx, p.Usernames)
	return r, err
}

func (a *API) setPresence(_ context.Context, s *Session, p protocol.SetPresenceParams) (none protocol.Empty, err error) {
	if err := s.rate.allow(a.Now(), 1); err != nil {
		return none, err
	}
	s.subscriber.SetAway(p.State == protocol.Away)
	return none, nil
}
