package programs

import (
	"context"
	"errors"
	"math/rand/v2"

	"asappchat/store"
	"asappchat/store/sqlite"
)

// An archive is a data folder in which one user has a long conversation and a
// short one.
const (
	ArchiveUser   = "ana"
	LongPeer      = "bo"
	ShortPeer     = "cy"
	ShortMessages = 1000
	// EachWord is in every message, RareWord in one of so many, NoWord in none.
	EachWord = "common"
	RareWord = "rare"
	RareOf   = 1000
	NoWord   = "nonesuch"
	// PageSize is how many messages of it are read at a time.
	PageSize = 50

	archiveGroup = 10_000 // messages in a commit
)

// FillArchive makes an archive in a new folder, with so many messages in the
// long conversation, and calls progress after each commit of some of them. It
// does not wait for the disk.
func FillArchive(ctx context.Context, dir string, messages int, progress func(done int)) error {
	s, err := sqlite.Open(ctx, dir, &sqlite.Options{Durability: sqlite.Normal})
	if err != nil {
		return err
	}
	err = commit(s, newUsers(ArchiveUser, LongPeer, ShortPeer))
	if err == nil {
		err = talk(ctx, s, ShortPeer, ShortMessages, func(int) {})
	}
	if err == nil {
		err = talk(ctx, s, LongPeer, messages, progress)
	}
	if err == nil {
		err = awaitIndex(ctx, s)
	}
	return errors.Join(err, s.Close())
}

// archiveBody is what a message of an archive says: words that are the rarer the
// longer they are, as long as all bodies.
func archiveBody(n int) string {
	r := rand.New(rand.NewPCG(uint64(n), 7))
	b := append(make([]byte, 0, len(Body)+len(Body)), EachWord...)
	for len(b) < len(Body) {
		b = append(b, ' ')
		for range 1 + r.IntN(4) {
			b = append(b, "bdfgklmnprstvz"[r.IntN(14)], "aeiou"[r.IntN(5)])
		}
	}
	b = b[:len(Body)]
	if n%RareOf == 0 {
		copy(b[len(b)-len(RareWord)-1:], " "+RareWord)
	}
	return string(b)
}

// talk has the archive's user and another one send to each other in turn.
func talk(ctx context.Context, s store.Store, peer string, messages int, progress func(done int)) error {
	users := [2]string{ArchiveUser, peer}
	for n := 0; n < messages; n += archiveGroup {
		group := make([]store.Mutation, min(archiveGroup, messages-n))
		for i := range group {
			group[i] = say(users[i%2], users[1-i%2], archiveBody(n+i))
		}
		if err := errors.Join(commit(s, group), ctx.Err()); err != nil {
			return err
		}
		progress(n + len(group))
	}
	return nil
}

// lastSeq is how long the long conversation is.
func lastSeq(s store.Conversations) (int64, error) {
	c, err := s.Conversation(context.Background(), ArchiveUser, LongPeer)
	return c.LastSeq, err
}
