package sqlite

import (
	"context"
	"slices"

	"asappchat/protocol"
)

// Users lists users by the beginning of their names.
func (s *Store) Users(ctx context.Context, sharing, prefix, after string, limit int) (users []protocol.User, err error) {
	// The least string after one adds a zero byte; a byte that UTF-8 does not
	// have ends what begins with the prefix.
	from, to := max(prefix, after+"\x00"), prefix+"\xff"
	err = s.readers.snapshot(ctx, func(c *conn) (err error) {
		if sharing == "" {
			users, err = c.users(listUsers, from, to, limit)
			return err
		}
		n := names{from: from, to: to, limit: limit}
		n.add(sharing)
		if err := c.peers(ctx, sharing, &n); err != nil {
			return err
		}
		users, err = c.usersNamed(n.sorted)
		return err
	})
	return users, err
}

func (c *conn) users(q query, args ...any) (users []protocol.User, err error) {
	var u protocol.User
	for err := range c.each(scan{&u.Username, &u.DisplayName, &u.Status}, q, args...) {
		if err != nil {
			return nil, err
		}
		users = append(users, u)
	}
	return users, nil
}

func (c *conn) usersNamed(names []string) (users []protocol.User, err error) {
	for _, name := range names {
		a, err := c.account(name)
		if err != nil {
			return nil, err
		}
		if a != nil {
			users = append(users, a.User)
		}
	}
	return users, nil
}

// peers adds the members of a user's conversations. Of each it reads no more
// names than go on the page.
func (c *conn) peers(ctx context.Context, username string, n *names) error {
	keys, err := c.keysOf(username)
	if err != nil {
		return err
	}
	for _, key := range keys {
		if err := ctx.Err(); err != nil {
			return err
		}
		var name string
		for err := range c.each(scan{&name}, namesBetween, key, n.from, n.to, n.limit) {
			if err != nil {
				return err
			}
			n.add(name)
		}
	}
	return nil
}

// keysOf returns the keys of a user's conversations.
func (c *conn) keysOf(username string) (keys []int64, err error) {
	var key int64
	for err := range c.each(scan{&key}, conversationsOf, username) {
		if err != nil {
			return nil, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// names keeps the least names, up to limit, of those that are added from from
// on and before to. When there are as many, to moves to the last of them.
type names struct {
	from, to string
	limit    int
	sorted   []string
}

func (n *names) add(name string) {
	i, known := slices.BinarySearch(n.sorted, name)
	if known || name < n.from || name >= n.to {
		return
	}
	n.sorted = slices.Insert(n.sorted, i, name)
	if len(n.sorted) >= n.limit {
		n.sorted = n.sorted[:n.limit]
		n.to = n.sorted[n.limit-1]
	}
}
