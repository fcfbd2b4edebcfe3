package sqlite

import (
	"context"
	"fmt"
	"syscall"
	"testing"

	"asappchat/protocol"
	"asappchat/store"
)

// homeStore has a user, ana, with direct conversations of 20 messages to her,
// none of which she has read. The last place of all is the second result.
func homeStore(b *testing.B, conversations int) (*Store, store.Place) {
	s := open(b, b.TempDir(), &Options{Durability: Normal})
	users := []store.Mutation{&store.CreateUser{User: protocol.User{Username: "ana"}}}
	for i := range conversations {
		users = append(users, &store.CreateUser{User: protocol.User{Username: friend(i)}})
	}
	benchCommit(b, s, users)
	for range 20 {
		group := make([]store.Mutation, conversations)
		for i := range group {
			group[i] = toAna(i)
		}
		benchCommit(b, s, group)
	}
	head, err := s.Head(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	return s, head.Place
}

func friend(i int) string { return fmt.Sprintf("friend%04d", i) }

func toAna(i int) *store.Append {
	m := benchAppend(i)
	m.To, m.Message.Sender = "ana", friend(i)
	return m
}

func benchHome(b *testing.B, s *Store, page store.HomePage, want int) {
	b.ReportAllocs()
	before := cpuTime(syscall.RUSAGE_SELF)
	for b.Loop() {
		h, err := s.Home(context.Background(), "ana", page)
		if err != nil || len(h.Items) != want {
			b.Fatal(err, len(h.Items))
		}
	}
	b.ReportMetric(float64((cpuTime(syscall.RUSAGE_SELF)-before).Nanoseconds())/float64(b.N), "cpu-ns/op")
}

// BenchmarkHome reads the first page of few and of many conversations.
func BenchmarkHome(b *testing.B) {
	for _, n := range []int{50, 1000} {
		b.Run(fmt.Sprintf("of=%d", n), func(b *testing.B) {
			s, _ := homeStore(b, n)
			benchHome(b, s, store.HomePage{Limit: 50}, 50)
		})
	}
}

// BenchmarkHomeSince reads the ten that have changed of few and of many, by a
// message and otherwise.
func BenchmarkHomeSince(b *testing.B) {
	for _, change := range []struct {
		name string
		make func(i int) store.Mutation
	}{
		{"message", func(i int) store.Mutation { return toAna(i) }},
		{"reaction", func(i int) store.Mutation {
			return &store.React{Actor: friend(i), With: "ana", Seq: 20, Emoji: "+", Max: 9}
		}},
	} {
		for _, n := range []int{10, 1000} {
			b.Run(fmt.Sprintf("%s/of=%d", change.name, n), func(b *testing.B) {
				s, head := homeStore(b, n)
				for i := range 10 {
					benchCommit(b, s, []store.Mutation{change.make(i * n / 10)})
				}
				benchHome(b, s, store.HomePage{Changed: true, Since: head, Limit: 50}, 10)
			})
		}
	}
}

// BenchmarkSharing reads the first page of those who share one of many
// conversations with a user.
func BenchmarkSharing(b *testing.B) {
	s, _ := homeStore(b, 1000)
	for b.Loop() {
		users, err := s.Users(context.Background(), "ana", "", "", 50)
		if err != nil || len(users) != 50 {
			b.Fatal(err, len(users))
		}
	}
}
