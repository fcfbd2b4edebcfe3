package main

import (
	"fmt"
	"strings"

	"github.com/alecthomas/kong"

	"asappchat/clients/chatclient"
	"asappchat/protocol"
)

// groupPrefix makes the name of a group of what could be taken for a username.
const groupPrefix = "group:"

// settle puts the ids of groups in the place of their names, in the arguments
// that are tagged `place:"any"` or, where only groups will do, `place:"group"`.
func (a *app) settle(args []*kong.Positional) error {
	for _, arg := range args {
		if !arg.Tag.Has("place") || arg.Target.String() == "" {
			continue
		}
		id, err := a.place(arg.Target.String(), arg.Tag.Get("place") == "group")
		if err != nil {
			return err
		}
		arg.Target.SetString(id)
	}
	return nil
}

// place returns what a WITH or TO stands for: the id of a group for its name,
// everything else as it is. A message that was meant for a group must not go to
// a user who is called so: what can be a username is one, unless only groups
// will do.
func (a *app) place(with string, group bool) (string, error) {
	name, prefixed := strings.CutPrefix(with, groupPrefix)
	_, username := protocol.FoldUsername(with)
	if protocol.IsConversationID(with) || username && !group && !prefixed {
		return with, nil
	}
	client, err := a.connect(chatclient.Options{})
	if err != nil {
		return "", err
	}
	defer client.Close()
	var ids []string
	err = a.eachConversation(client, func(c *protocol.Conversation) error {
		if c.Kind == protocol.Group && c.Name == name {
			ids = append(ids, c.ID)
		}
		return nil
	})
	switch {
	case err != nil:
		return "", err
	case len(ids) == 0:
		return "", failure{fmt.Errorf("no group of yours is called %q", name), exitRefused, "chat home shows your conversations"}
	case len(ids) > 1:
		return "", failure{fmt.Errorf("%d groups of yours are called %q", len(ids), name), exitRefused, "use an id: " + printable(strings.Join(ids, " or "))}
	}
	return ids[0], nil
}

// eachConversation calls f with each of the user's conversations, newest first.
func (a *app) eachConversation(client *chatclient.Client, f func(*protocol.Conversation) error) error {
	var params protocol.ConversationsParams
	for {
		page, err := call(a, client, protocol.Conversations, params)
		if err != nil {
			return err
		}
		for i := range page.Conversations {
			if err := f(&page.Conversations[i]); err != nil {
				return err
			}
		}
		if params.Page = page.Next; params.Page == "" {
			return nil
		}
	}
}
