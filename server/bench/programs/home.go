package programs

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"time"

	"asappchat/store"
	"asappchat/store/sqlite"
)

// A home is a data folder in which users have few and many conversations with
// the same peers. Of ten conversations nine are direct, and the tenth is a
// group of homeGroup members, so that of a page, and of what changes (see
// Changed), always as much is of a group.
const (
	homeTen   = 10
	homeGroup = 10
	homeChunk = 100 // conversations whose messages are committed together
)

// HomeUser is who has n conversations.
func HomeUser(n int) string { return fmt.Sprintf("home%05d", n) }

// HomePeer is who speaks to users in their conversations of a number.
func HomePeer(number int) string { return fmt.Sprintf("peer%05d", number) }

// HomeWith is the conversation of a number of the user who has n, as the user
// and the peer name it.
func HomeWith(n, number int) (with, peerWith string) {
	if number%homeTen != homeTen-1 {
		return HomePeer(number), HomeUser(n)
	}
	digest := sha256.Sum256(fmt.Append(nil, n, " ", number))
	id := "c:" + base64.RawURLEncoding.EncodeToString(digest[:16])
	return id, id
}

// Changed are ten conversations of n, as far from each other as they are. One
// of them is a group.
func Changed(n int) []int {
	numbers := make([]int, homeTen)
	for i := range numbers {
		numbers[i] = i*n/homeTen/homeTen*homeTen + i
	}
	return numbers
}

// FillHome makes a home in a new folder, with users who have so many
// conversations, each a multiple of ten up to the first, and so many messages in
// each, by the user and the peer in turn. In each conversation the peer has
// spoken last. It does not wait for the disk.
func FillHome(ctx context.Context, dir string, conversations []int, messages int) error {
	s, err := sqlite.Open(ctx, dir, &sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		return err
	}
	var names []string
	for number := range conversations[0] {
		names = append(names, HomePeer(number))
	}
	for _, n := range conversations {
		names = append(names, HomeUser(n))
	}
	err = commit(s, newUsers(names...))
	for _, n := range conversations {
		if err == nil {
			err = converse(ctx, s, n, messages)
		}
	}
	return errors.Join(err, s.Close())
}

// converse has a user with n conversations and the peers talk.
func converse(ctx context.Context, s store.Store, n, messages int) error {
	var groups []store.Mutation
	for number := homeTen - 1; number < n; number += homeTen {
		id, _ := HomeWith(n, number)
		g := &store.CreateGroup{ID: id, Creator: HomePeer(number), Name: fmt.Sprint("group ", number), Members: []string{HomeUser(n)}, At: now()}
		for i := range homeGroup - 2 {
			g.Members = append(g.Members, HomePeer(number-1-i))
		}
		groups = append(groups, g)
	}
	err := commit(s, groups)
	for first := 0; err == nil && first < n; first += homeChunk {
		if err = ctx.Err(); err == nil {
			err = commit(s, talks(n, first, min(n, first+homeChunk), messages))
		}
	}
	return err
}

// talks are the messages of conversations from one number up to another.
func talks(n, from, to, messages int) []store.Mutation {
	group := make([]store.Mutation, 0, (to-from)*messages)
	for i := range messages {
		for number := from; number < to; number++ {
			with, peerWith := HomeWith(n, number)
			if (messages-i)%2 == 0 {
				group = append(group, message(HomeUser(n), with))
			} else {
				group = append(group, message(HomePeer(number), peerWith))
			}
		}
	}
	return group
}

// Listing is what is read of a user's list, over and over for some time: what
// has changed since a place, which are so many conversations.
type Listing struct {
	Username string
	Since    store.Place
	Limit    int
	Want     int
	For      time.Duration
}

// readHome reads a list straight from a store, by one goroutine.
func readHome(s store.Store, l Listing) (Capacity, error) {
	page := store.HomePage{Changed: true, Since: l.Since, Limit: l.Limit}
	return overAndOver(l.For, func() error {
		h, err := s.Home(context.Background(), l.Username, page)
		if err == nil && len(h.Items) != l.Want {
			err = fmt.Errorf("the store has %d conversations on the page, not %d", len(h.Items), l.Want)
		}
		return err
	})
}

// end is the last place of a store's log.
func end(s store.Log) (store.Place, error) {
	head, err := s.Head(context.Background())
	return head.Place, err
}

// awaitIndex waits until all is indexed that a store has.
func awaitIndex(ctx context.Context, s store.Store) error {
	place, err := end(s)
	if err != nil {
		return err
	}
	return s.AwaitIndex(ctx, place)
}
