package stage

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// target finds a conversation by a username or an id. Its first message opens a
// direct one, so it may be made but not yet be known.
func (s *Server) target(user, with, pointer string, open bool) (*conversation, *Failure) {
	missing := &Failure{Kind: "not_found", Pointer: pointer}
	if c := s.conversations[with]; c != nil && slices.Contains(c.members, user) {
		return c, nil
	}
	if _, known := s.users[with]; !known {
		return nil, missing
	}
	members := slices.Compact(slices.Sorted(slices.Values([]string{user, with})))
	for _, c := range s.conversations {
		if c.kind == "direct" && slices.Equal(c.members, members) {
			return c, nil
		}
	}
	if !open {
		return nil, missing
	}
	return s.newConversation("direct", "", members), nil
}

func (s *Server) newConversation(kind, name string, members []string) *conversation {
	return &conversation{
		id:   fmt.Sprintf("c:%022d", len(s.conversations)+1),
		kind: kind, name: name, members: members, createdAt: timeOf(len(s.log) + 1),
		read: map[string]int{}, preferences: map[string]preferences{}, changed: map[string]int{},
	}
}

// open makes a conversation known, and returns the entry that says so, if it is
// new.
func (s *Server) open(c *conversation) []entry {
	if s.conversations[c.id] != nil {
		return nil
	}
	s.conversations[c.id] = c
	c.activity = len(s.log) + 1
	return []entry{c.event("created", "", func(e map[string]any) {
		e["members"] = c.members[:min(len(c.members), 10)]
	})}
}

// event makes an entry of a change of the conversation.
func (c *conversation) event(change, user string, more func(map[string]any)) entry {
	audience := c.members
	if change == "preferences" {
		audience = []string{user}
	}
	return entry{event: "conversation", key: fmt.Sprint(change, " ", c.id, user), audience: audience, params: func(cursor string) any {
		e := map[string]any{"conversation": c.id, "change": change, "kind": c.kind, "member_count": len(c.members), "cursor": cursor}
		if c.name != "" {
			e["name"] = c.name
		}
		more(e)
		return e
	}}
}

func (s *Server) create(c *Conn, p struct {
	Name    string   `json:"name"`
	Members []string `json:"members"`
}) (any, *Failure) {
	for _, m := range p.Members {
		if _, known := s.users[m]; !known {
			return nil, &Failure{Kind: "not_found", Pointer: "/members"}
		}
	}
	members := slices.Compact(slices.Sorted(slices.Values(append(slices.Clone(p.Members), c.user))))
	group := s.newConversation("group", p.Name, members)
	group.owner = c.user
	s.tell(group, s.open(group)...)
	return map[string]any{"conversation": group.view(c.user)}, nil
}

func (s *Server) rename(c *Conn, p struct {
	With string `json:"with"`
	Name string `json:"name"`
}) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	switch {
	case err != nil:
		return nil, err
	case in.owner != c.user:
		return nil, &Failure{Kind: "forbidden"}
	}
	if in.name != p.Name {
		in.name = p.Name
		s.tell(in, in.event("renamed", "", func(map[string]any) {}))
	}
	return map[string]any{"conversation": in.view(c.user)}, nil
}

func (s *Server) setPreferences(c *Conn, p struct {
	With   string `json:"with"`
	Muted  *bool  `json:"muted"`
	Pinned *bool  `json:"pinned"`
}) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	if err != nil {
		return nil, err
	}
	before, user := in.preferences[c.user], c.user
	after := before
	if p.Muted != nil {
		after.muted = *p.Muted
	}
	if p.Pinned != nil {
		after.pinned = *p.Pinned
	}
	in.preferences[user] = after
	if before != after {
		s.tell(in, in.event("preferences", user, func(e map[string]any) {
			e["username"], e["muted"], e["pinned"] = user, in.preferences[user].muted, in.preferences[user].pinned
		}))
	}
	return map[string]any{"conversation": in.view(user)}, nil
}

func (s *Server) read(c *Conn, p messageParams) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	if err != nil {
		return nil, err
	}
	user, seq := c.user, min(p.Seq, len(in.messages))
	if seq > in.read[user] {
		in.read[user] = seq
		s.tell(in, entry{event: "read", key: fmt.Sprint("read ", in.id, user), audience: in.members, params: func(cursor string) any {
			return map[string]any{"conversation": in.id, "username": user, "seq": in.read[user], "cursor": cursor}
		}})
	}
	unread, _ := in.unread(user)
	return map[string]any{"conversation": in.id, "read_seq": in.read[user], "unread": unread}, nil
}

func (s *Server) conversation(c *Conn, p messageParams) (any, *Failure) {
	in, err := s.target(c.user, p.With, "/with", false)
	if err != nil {
		return nil, err
	}
	return map[string]any{"conversation": in.view(c.user)}, nil
}

// list answers all conversations, or those that have changed, on one page.
func (s *Server) list(c *Conn, p struct {
	Since *string `json:"since"`
	Limit *int    `json:"limit"`
}) (any, *Failure) {
	since, ok := -1, true
	if p.Since != nil {
		if since, ok = s.place(*p.Since); !ok {
			since = -1
		}
	}
	views := []view{}
	newest := slices.SortedFunc(maps.Values(s.conversations), func(a, b *conversation) int {
		return cmp.Or(cmp.Compare(b.activity, a.activity), strings.Compare(a.id, b.id))
	})
	for _, in := range newest {
		if slices.Contains(in.members, c.user) && in.changed[c.user] > since {
			views = append(views, in.view(c.user))
		}
	}
	return map[string]any{"conversations": views, "left": []string{}, "cursor": cursorOf(len(s.log)), "reset": !ok}, nil
}
