package main

import (
	"bytes"
	"slices"

	"asappchat/protocol"
)

// makeGroup connects members, and makes a group of them. It returns the first
// one's sends to the group, and the event that such a send becomes.
func makeGroup(server *child, members int) (conns []*conn, request *template, event []byte, err error) {
	names := usernames("m", members)
	if conns, err = connectAll(server.Address, names); err != nil {
		return nil, nil, nil, err
	}
	defer func() {
		if err != nil {
			closeAll(conns)
		}
	}()
	// A message to oneself has the same length, and nobody else gets it.
	if event, err = conns[0].sample(names[0]); err != nil {
		return nil, nil, nil, err
	}
	var made protocol.ConversationResult
	if err = conns[0].call(protocol.Create.Name, protocol.CreateParams{Name: "bench", Members: names[1:]}, &made); err != nil {
		return nil, nil, nil, err
	}
	request, err = newTemplate(0, made.Conversation.ID)
	return conns, request, event, err
}

// sample sends one message and returns its event.
func (c *conn) sample(to string) ([]byte, error) {
	request, err := newTemplate(0, to)
	if err != nil {
		return nil, err
	}
	if err := c.write(request.next()); err != nil {
		return nil, err
	}
	for {
		message, err := c.next()
		if err != nil || bytes.HasPrefix(message, messagePrefix) {
			return slices.Clone(message), err
		}
	}
}
