package sqlite

import "time"

// How fast the indexer works. Words cost about as much as the message that they
// are in, so the indexer works when there is room: it leaves what a busy server
// sends for later, but not for longer than hurryAfter.
const (
	// indexRest is how long work may wait for more. A transaction of the index
	// costs as much as some ten messages in it, so that one for each message would
	// cost more than sending.
	indexRest = 250 * time.Millisecond
	// failedRest is how long the indexer waits after an error, such as a full disk,
	// whoever asks for what it does.
	failedRest = 5 * time.Second
	// busySending is how many messages a second make a server busy.
	busySending = 5_000
	// busyShare is how many messages are sent to a busy server for each one that
	// is indexed. So the index adds a twentieth to what they cost.
	busyShare = 20
	// hurryAfter is how old what is not indexed becomes before the indexer rests no
	// more.
	hurryAfter = 15 * time.Second
	// lateAfter is how old it may become. Then commits wait for the indexer: there
	// is a batch of the index for each.
	lateAfter = 30 * time.Second
	// holdMost is how long a commit waits for that, at most. A batch takes less, as
	// a rule. One of long messages that were edited or deleted may take longer, and
	// then the index becomes later still, and others need not wait for it.
	holdMost = 100 * time.Millisecond
)

// pace knows how much is sent.
type pace struct {
	sent int
	at   time.Time
}

// rest returns how long to rest after a batch that took so long. As long as
// anything is sent the indexer leaves half of its processor to others.
func (p *pace) rest(took time.Duration, sent int, now time.Time) time.Duration {
	new, since := sent-p.sent, now.Sub(p.at)
	p.sent, p.at = sent, now
	switch {
	case new == 0:
		return 0
	case float64(new) < busySending*since.Seconds():
		return took
	}
	return batchMessages * busyShare * since / time.Duration(new)
}

// rest waits until there is work to begin with, and a while longer for more,
// unless somebody waits for it. It returns false when the indexer is stopped.
func (x *indexer) rest(d time.Duration) bool {
	asked := false
	for woken := false; !woken; {
		select {
		case <-x.wake:
			woken = true
		case <-x.asked: // perhaps before the work is there
			asked = true
		case <-x.quit:
			return false
		}
	}
	return asked || x.pause(d, x.asked)
}

// yield rests after a batch. It returns false when the indexer is stopped.
func (x *indexer) yield(began time.Time) bool {
	now := time.Now()
	took := now.Sub(began)
	rest := x.pace.rest(took, x.writer.unindexed.count(), now)
	switch {
	case x.behind(hurryAfter):
		rest = 0
	case x.state.goal > 0: // there may be millions, and nothing else bounds how long that takes
		rest = min(rest, took)
	}
	return x.pause(rest, x.asked)
}

// pause waits, until there is something in a channel, which may be nil. It returns
// false when the indexer is stopped.
func (x *indexer) pause(d time.Duration, until <-chan struct{}) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-x.quit:
		return false
	case <-until:
	case <-timer.C:
	}
	return true
}

// behind says that the index is so far behind. One that is looking for what to
// index, as it does when it is made anew, is in no hurry.
func (x *indexer) behind(d time.Duration) bool {
	oldest := x.writer.unindexed.oldest()
	if oldest.IsZero() || time.Since(oldest) < d || x.failing.Load() {
		return false
	}
	return x.standing().goal == 0
}

// hold makes who commits wait, when the index is late, until that has done a
// batch beside the commit before. So it does not get later. It is called by one
// at a time.
func (x *indexer) hold() {
	if !x.behind(lateAfter) {
		x.held = nil
		return
	}
	if x.held != nil {
		timer := time.NewTimer(holdMost)
		defer timer.Stop()
		select {
		case <-x.held:
		case <-x.quit:
		case <-timer.C:
		}
	}
	x.held = x.moves()
}

// poke says that there is work. It does not wait.
func (x *indexer) poke() { tell(x.wake) }

// tell puts a token into a channel that holds one.
func tell(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
