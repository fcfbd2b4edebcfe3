package sqlite

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"asappchat/protocol"
	"asappchat/store"
	"asappchat/store/words"
)

// The messages of the benchmark: half of them ana's, in a thousand
// conversations, of which one has a quarter of hers; the others are not hers.
// Each has a word that all have, one that one of a thousand has, and a sentence.
const (
	searchConversations = 1000
	searchRare          = 1000
)

// searchMessages is how many there are, or SEARCH_MESSAGES.
var searchMessages = sync.OnceValue(func() int {
	if n, err := strconv.Atoi(os.Getenv("SEARCH_MESSAGES")); err == nil {
		return n
	}
	return 100_000
})

func searchMessage(i int) store.Mutation {
	sender, to := "ana", friend(i/2%searchConversations)
	switch {
	case i%2 == 1:
		sender, to = friend(i%searchConversations), friend((i+7)%searchConversations)
	case i%8 == 0:
		to = friend(0)
	}
	body := "common " + sentence(i)
	if i/2%searchRare == 0 {
		body += "rare"
	}
	return &store.Append{To: to, NewID: fmt.Sprintf("c:%022d", i),
		Message: protocol.Message{Sender: sender, Body: body, At: protocol.Time(1_700_000_000_000 + i)}}
}

func searchStore(b *testing.B) *Store {
	s := open(b, b.TempDir(), &Options{Durability: Normal})
	users := []store.Mutation{user("ana")}
	for i := range searchConversations {
		users = append(users, user(friend(i)))
	}
	benchCommit(b, s, users)
	begin, group := time.Now(), make([]store.Mutation, 512)
	for i := 0; i < searchMessages(); i += len(group) {
		for j := range group {
			group[j] = searchMessage(i + j)
		}
		benchCommit(b, s, group)
	}
	sent := time.Since(begin)
	s.awaitIndex(b)
	b.Logf("%d messages sent in %v, indexed %v later", searchMessages(), sent, time.Since(begin)-sent)
	return s
}

// BenchmarkSearch reads the first page of a search.
func BenchmarkSearch(b *testing.B) {
	s := searchStore(b)
	for _, c := range []struct {
		name, text string
		q          store.Query
	}{
		{"common/of=all", "common", store.Query{}},
		{"rare/of=all", "rare", store.Query{}},
		{"none/of=all", "nonesuch", store.Query{}},
		{"prefix/of=all", "ra*", store.Query{}},
		{"phrase/of=all", `"common ra*"`, store.Query{}},
		{"common/of=one", "common", store.Query{With: friend(0)}},
		{"rare/of=one", "rare", store.Query{With: friend(0)}},
		{"none/of=one", "nonesuch", store.Query{With: friend(0)}},
		{"prefix/of=one", "ra*", store.Query{With: friend(0)}},
	} {
		c.q.Words, _ = words.Parse(c.text)
		c.q.Limit = 50
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			n := 0
			for b.Loop() {
				h, err := s.Search(context.Background(), "ana", c.q)
				if err != nil {
					b.Fatal(err)
				}
				n = len(h.Items)
			}
			b.ReportMetric(float64(n), "hits")
		})
	}
}
