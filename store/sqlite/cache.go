package sqlite

import "container/list"

// cacheWeight bounds the conversations that are kept in memory together with
// their members, each counting one. A member takes about 100 bytes.
const cacheWeight = 1 << 17

// cache keeps the conversations that were used last. All of it is as the
// database is within the writer's transaction.
type cache struct {
	byID   map[string]*conversation
	byPair map[pair]*conversation
	recent *list.List // of *conversation, the one used last in front
	weight int        // of all that is in it
	limit  int        // of the weight, between transactions
}

// pair is the two names of a direct conversation, in order.
type pair struct{ low, high string }

func pairOf(a, b string) pair { return pair{min(a, b), max(a, b)} }

func newCache(limit int) *cache {
	return &cache{
		byID:   map[string]*conversation{},
		byPair: map[pair]*conversation{},
		recent: list.New(),
		limit:  limit,
	}
}

func (c *cache) id(id string) *conversation { return c.use(c.byID[id]) }

func (c *cache) pair(p pair) *conversation { return c.use(c.byPair[p]) }

func (c *cache) use(found *conversation) *conversation {
	if found != nil {
		c.recent.MoveToFront(found.used)
	}
	return found
}

func (c *cache) put(one *conversation) {
	one.used = c.recent.PushFront(one)
	c.byID[one.id] = one
	if one.direct() {
		c.byPair[one.pair] = one
	}
	c.weigh(one)
}

// weigh notes that a conversation's members may have changed.
func (c *cache) weigh(one *conversation) {
	c.weight -= one.weight
	one.weight = 1 + len(one.names)
	c.weight += one.weight
}

// trim forgets those that were not used for the longest time. It is called
// between transactions, within which there must be one copy of each.
func (c *cache) trim() {
	for c.weight > c.limit {
		oldest := c.recent.Remove(c.recent.Back()).(*conversation)
		delete(c.byID, oldest.id)
		delete(c.byPair, oldest.pair)
		c.weight -= oldest.weight
	}
}
