package api

import (
	"context"

	"asappchat/protocol"
)

func (a *API) serverMethods() []row {
	return []row{
		query(protocol.Ping, a.ping),
		query(protocol.ServerInfo, a.serverInfo),
	}
}

func (a *API) ping(_ context.Context, s *Session, _ protocol.Empty) (protocol.PingResult, error) {
	r := protocol.PingResult{At: a.now()}
	if s.subscriber != nil {
		r.Cursor = s.subscriber.Cursor()
	}
	return r, nil
}

func (a *API) serverInfo(context.Context, *Session, protocol.Empty) (protocol.ServerInfoResult, error) {
	return protocol.ServerInfoResult{
		Server:    a.Server,
		Protocols: []string{protocol.Version},
		Node:      a.Node,
		Limits:    a.Limits,
		Directory: a.Directory,
		Authentication: protocol.Authentication{
			Name: a.NameLogin, Password: true, Token: true, Registration: a.Registration,
		},
	}, nil
}
