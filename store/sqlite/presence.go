package sqlite

import (
	"context"

	"asappchat/protocol"
)

// Seen returns whose presence the viewer may see.
func (s *Store) Seen(ctx context.Context, viewer string, usernames []string) (map[string]protocol.Time, error) {
	seen := make(map[string]protocol.Time)
	err := s.readers.snapshot(ctx, func(c *conn) error {
		for _, username := range usernames {
			if err := ctx.Err(); err != nil {
				return err
			}
			var at protocol.Time
			found, err := c.get(scan{&at}, maySee, viewer, username)
			if err != nil {
				return err
			}
			if found {
				seen[username] = at
			}
		}
		return nil
	})
	return seen, err
}

// Hearers returns who hears that the viewer types.
func (s *Store) Hearers(ctx context.Context, viewer, with string, max int) (id string, names []string, err error) {
	err = s.readers.snapshot(ctx, func(c *conn) error {
		v, err := c.view(viewer, with)
		if err != nil {
			return err
		}
		id = v.ID
		if v.State == protocol.Closed || v.MemberCount > max {
			return nil
		}
		names, err = c.hearers(&v)
		return err
	})
	return id, names, err
}

func (c *conn) hearers(v *view) (names []string, err error) {
	var name string
	for err := range c.each(scan{&name}, hearers, v.key, v.viewer) {
		if err != nil {
			return nil, err
		}
		names = append(names, name)
	}
	if v.Kind == protocol.Group || len(names) == 0 {
		return names, nil
	}
	how, _, err := c.contactOf(name, v.viewer)
	if err != nil {
		return nil, err
	}
	if refusal, err := c.refuse(how, name, v.viewer); err != nil || refusal != nil {
		return nil, err
	}
	return names, nil
}
