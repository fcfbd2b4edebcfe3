package main

import (
	"slices"

	"asappchat/clients/load"
	"asappchat/protocol"
)

// makeGroup connects members, and makes a group of them. It returns the first
// one's sends to the group, and the event that such a send becomes.
func makeGroup(l *lab, server *child, members int) (conns []*load.Conn, request *load.Template, event []byte, err error) {
	names := load.Usernames("m", members)
	if conns, err = connectAll(l, server.Address, names); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			load.CloseAll(conns)
		}
	}()
	// A message to oneself has the same length, and nobody else gets it.
	if event, err = sample(conns[0], names[0]); err != nil {
		return nil, nil, nil, err
	}
	var made protocol.ConversationResult
	if err = conns[0].Call(protocol.Create.Name, protocol.CreateParams{Name: "bench", Members: names[1:]}, &made); err != nil {
		return nil, nil, nil, err
	}
	request, err = load.NewSend(0, made.Conversation.ID)
	return conns, request, event, err
}

// sample sends one message and returns its event.
func sample(c *load.Conn, to string) ([]byte, error) {
	request, err := load.NewSend(0, to)
	if err != nil {
		return nil, err
	}
	if err := c.Write(request.Frame(0, 0)); err != nil {
		return nil, err
	}
	for {
		message, err := c.Next()
		if err != nil || load.IsMessage(message) {
			return slices.Clone(message), err
		}
	}
}

// connectAll connects once for each name, registered, logged in and subscribed.
func connectAll(l *lab, address string, names []string) ([]*load.Conn, error) {
	return load.Connect(l.ctx, "ws://"+address, len(names), func(c *load.Conn, i int) error { return c.Enter(names[i]) })
}
