package sqlite

import (
	"context"
	"fmt"
	"slices"
	"time"

	"asappchat/protocol"
	"asappchat/store"
)

// Search returns a page of what is found.
func (s *Store) Search(ctx context.Context, viewer string, q store.Query) (h store.Hits, err error) {
	if q.Before == 0 {
		q.Before = never
	}
	err = s.indexer.find(ctx, func(f *finder) error {
		search := search{finder: f, lastPlace: s.writer.unindexed.lastPlace, ctx: ctx, viewer: viewer, q: q,
			until: time.Now().Add(s.indexer.searchTime)}
		err := f.chat.snapshot(search.run)
		h = search.hits
		return err
	})
	return h, err
}

// find lends a finder to a function, whose queries of the index see the same
// state of it.
func (x *indexer) find(ctx context.Context, f func(*finder) error) error {
	select {
	case <-x.closed:
		return fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
	default:
	}
	select {
	case finder := <-x.free:
		defer func() { x.free <- finder }()
		err := x.snapshot(ctx, finder, f)
		if isDamaged(err) {
			x.damaged.Store(true)
			x.poke()
		}
		return readError(err)
	case <-ctx.Done():
		return ctx.Err()
	case <-x.closed:
		return fmt.Errorf("sqlite: closed: %w", store.ErrUnavailable)
	}
}

func (x *indexer) snapshot(ctx context.Context, with *finder, f func(*finder) error) (err error) {
	if with.index == nil {
		if with.index, err = x.dial(ctx, x.writing.reading()); err != nil {
			return err
		}
	}
	return with.index.snapshot(func() error { return f(with) })
}

// searchMore is how many parts a page looks at, beside one of each of the
// viewer's conversations. Then it is over, and says where the next one goes on.
const searchMore = 512

// searchTime is how long a page takes, about: what it looks at after that is the
// next page's. One statement, over one part, may take as long again.
const searchTime = 200 * time.Millisecond

// search is one page. It looks at parts of conversations, that with the newest
// messages first.
type search struct {
	*finder
	lastPlace func() store.Place // that there is something to see at

	ctx    context.Context
	viewer string
	q      store.Query
	parts  parts
	hits   store.Hits
	more   int // parts that were looked at beside the first ones
	until  time.Time
}

// enough says that the page has taken enough work.
func (s *search) enough() bool { return s.more >= searchMore || !time.Now().Before(s.until) }

func (s *search) run() error {
	if err := s.readSeen(); err != nil {
		return err
	}
	if err := s.begin(); err != nil {
		return err
	}
	for len(s.parts) > 0 {
		if err := s.ctx.Err(); err != nil {
			return err
		}
		before := s.parts.before()
		if n := s.q.Limit; len(s.hits.Items) > n && s.hits.Items[n].Place >= before {
			break
		}
		if before < s.q.Before && s.enough() {
			s.end(before)
			return nil
		}
		if err := s.look(s.parts.pop()); err != nil {
			return err
		}
	}
	if n := s.q.Limit; len(s.hits.Items) > n {
		s.end(s.hits.Items[n-1].Place)
	}
	return nil
}

// end ends the page before a place.
func (s *search) end(before store.Place) {
	s.hits.Next = before
	s.hits.Items = slices.DeleteFunc(s.hits.Items, func(h store.Hit) bool { return h.Place < before })
}

// readSeen says how far the index is. Its queries are the first, with which the
// snapshots begin, that of the database before that of the index: BEGIN alone begins
// none. So the index may have changes that the database does not show, which are
// passed by when its messages are read; what it has not seen of what is shown
// comes after hits.Seen.
func (s *search) readSeen() error {
	head, err := s.chat.head()
	if err != nil {
		return err
	}
	state := indexState{}
	err = s.index.one(scan{new(int), new(string), &state.seen, &state.goal,
		&state.at.conversation, &state.at.seq}, readIndex)
	s.hits.Seen, s.hits.Behind = head.Place, false
	if state.seen < s.lastPlace() { // asked after the head was, which may be before it
		s.hits.Seen, s.hits.Behind = min(state.seen, head.Place), true
	}
	return err
}

// begin finds the conversations to look at.
func (s *search) begin() error {
	if s.q.With != "" {
		v, err := s.chat.view(s.viewer, s.q.With)
		if err != nil {
			return err
		}
		return s.start(&part{v: &v})
	}
	entries, err := s.chat.activeEntries(s.viewer, 0, never, -1)
	if err != nil {
		return err
	}
	for _, e := range entries {
		s.parts.push(&part{key: e.key, before: min(e.activity+1, s.q.Before)})
	}
	return nil
}

// look takes what it finds in a part, and leaves the rest of the conversation
// for later.
func (s *search) look(p *part) error {
	if p.v == nil {
		return s.open(p)
	}
	low := max(p.low, p.high>>partBits<<partBits)
	atMost := findMany
	if len(s.parts) > 0 {
		atMost = findFew
	}
	places, err := s.findIn(p, low, atMost)
	if err != nil {
		return err
	}
	high := p.high
	for _, place := range places {
		seq, at, err := s.chat.firstBetween(p.v.key, low, high, place)
		if err != nil {
			return err
		}
		high = seq - 1
		if at != place {
			continue // there is no such message, yet or at all: the index is not as it should be
		}
		if err := s.take(p.v, seq, place); err != nil {
			return err
		}
	}
	if len(places) < atMost {
		high = low - 1
	}
	p.high = high
	return s.push(p)
}

// How many messages a statement finds at most: few where other parts may have
// newer ones than the last of them.
const (
	findFew  = 8
	findMany = 64
)

// findIn asks the index for the last ones from a seq on.
func (s *search) findIn(p *part, low int64, atMost int) (places []store.Place, err error) {
	if p.looked {
		s.more++
	}
	p.looked = true
	after, err := s.chat.placeOf(p.v.key, low)
	after--
	if n := s.q.Limit; len(s.hits.Items) > n { // what is older does not come on the page
		after = max(after, s.hits.Items[n].Place)
	}
	if err != nil {
		return nil, err
	}
	var place store.Place
	for err := range s.index.each(scan{&place}, findEntries,
		expression(&s.q, partOf(p.v.key, p.high)), int64(p.before), int64(after), atMost) {
		if err != nil {
			return nil, err
		}
		places = append(places, place)
	}
	return places, nil
}

// take takes a message if it is what is asked for.
func (s *search) take(v *view, seq int64, place store.Place) error {
	var row messageRow
	if err := s.chat.one(row.scan(), getMessage, v.key, seq); err != nil {
		return err
	}
	m, err := row.message(v.ID)
	if err != nil {
		return err
	}
	start, end, found := s.q.Words.Match(m.Body)
	if !found || !s.asks(&m) {
		return nil
	}
	hit := store.Hit{Place: place, Message: m, Start: start, End: end}
	at, _ := slices.BinarySearchFunc(s.hits.Items, place, func(h store.Hit, place store.Place) int {
		return int(min(1, max(-1, place-h.Place)))
	})
	s.hits.Items = slices.Insert(s.hits.Items, at, hit)
	if n := s.q.Limit + 1; len(s.hits.Items) > n {
		s.hits.Items = s.hits.Items[:n]
	}
	return nil
}

// asks says whether a message is asked for, its words left aside.
func (s *search) asks(m *protocol.Message) bool {
	q := &s.q
	return !m.Deleted &&
		(q.Sender == "" || m.Sender == q.Sender) &&
		(q.Mentions == "" || slices.Contains(m.Mentions, q.Mentions)) &&
		m.At >= q.Since && (q.Until == 0 || m.At < q.Until)
}
