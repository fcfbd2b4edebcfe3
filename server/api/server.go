package api

import (
	"context"

	"asappchat/protocol"
	"asappchat/protocol/openrpc"
)

func (a *API) serverMethods() []row {
	return []row{
		query(protocol.Ping, a.ping),
		query(protocol.ServerInfo, a.serverInfo),
		query(protocol.Discover, a.discover),
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

func (a *API) discover(context.Context, *Session, protocol.Empty) (protocol.Document, error) {
	return a.document()
}

// makeDocument makes the OpenRPC document of this server, when it is first
// asked for.
func (a *API) makeDocument() (protocol.Document, error) {
	return openrpc.Document(a.Server, &a.Limits)
}
