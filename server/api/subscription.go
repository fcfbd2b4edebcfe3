package api

import (
	"context"

	"asappchat/protocol"
)

func (a *API) subscriptionMethods() []row {
	return []row{
		query(protocol.Subscribe, a.subscribe),
		query(protocol.Unsubscribe, a.unsubscribe),
	}
}

func (a *API) subscribe(_ context.Context, s *Session, p protocol.SubscribeParams) (r protocol.SubscribeResult, _ error) {
	r.Cursor, r.Reset, s.hold = s.subscriber.Subscribe(p.Cursor)
	return r, nil
}

func (a *API) unsubscribe(_ context.Context, s *Session, _ protocol.Empty) (protocol.UnsubscribeResult, error) {
	return protocol.UnsubscribeResult{Cursor: s.subscriber.Unsubscribe()}, nil
}
