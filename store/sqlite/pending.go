package sqlite

import "asappchat/store"

// pending is what a transaction has to write of a conversation's members.
type pending struct {
	touched  bool
	spoken   bool        // lastPlace has moved
	speakers []string    // whose markers have moved by their messages
	changed  store.Place // of the last other event that may concern all, or 0
	run      int         // of its new messages, among those of the transaction, from 1 on
}

// touch gives out the next place for an event of a conversation.
func (w *writer) touch(c *conversation) store.Place {
	if !c.touched {
		c.touched = true
		w.touched = append(w.touched, c)
	}
	return w.take()
}

// change gives out the next place for an event of a conversation, other than a
// message, that may concern all members.
func (w *writer) change(c *conversation) store.Place {
	c.changed = w.touch(c)
	return c.changed
}

// placeMembers moves the rows of a small conversation's members. Those of a
// large one say once that they do not move, and all of them where they are when
// it becomes a small one.
func (w *writer) placeMembers(c *conversation) (err error) {
	large := len(c.names) > w.small
	switch {
	case large && !c.large:
		_, err = w.exec(unplaceMembers, c.key)
	case c.large && !large:
		_, err = w.exec(placeMembers, int64(c.lastPlace), int64(max(c.lastPlace, c.changed)), c.key)
	case !large:
		err = w.moveMembers(c)
	}
	if err != nil {
		return err
	}
	c.large, c.spoken, c.changed, c.run = large, false, 0, 0
	return w.markSpeakers(c)
}

// moveMembers moves the rows of a small conversation's members.
func (w *writer) moveMembers(c *conversation) error {
	if err := w.moveSpoken(c); err != nil || c.changed == 0 {
		return err
	}
	_, err := w.exec(changeMembers, int64(c.changed), c.key)
	return err
}

// moveSpoken moves the rows of a small conversation's members to its last
// message. The same statement moves the marker of one who has sent any.
func (w *writer) moveSpoken(c *conversation) error {
	if !c.spoken || c.large {
		return nil
	}
	c.spoken = false
	var speaker string
	var readSeq int64
	if len(c.speakers) > 0 {
		speaker, readSeq = c.popSpeaker()
	}
	_, err := w.exec(speakMembers, int64(c.lastPlace), speaker, readSeq, c.key)
	return err
}

// addSpeaker moves the marker of who has sent the last message, at the end of
// the transaction.
func (c *conversation) addSpeaker(username string) {
	s, _ := c.seat(username)
	s.readSeq = c.lastSeq
	if !s.spoke {
		s.spoke = true
		c.speakers = append(c.speakers, username)
	}
}

// popSpeaker returns one whose marker is to be written, and the marker, which
// is 0 when they have left since.
func (c *conversation) popSpeaker() (username string, readSeq int64) {
	last := len(c.speakers) - 1
	username, c.speakers = c.speakers[last], c.speakers[:last]
	if s, member := c.seat(username); member {
		s.spoke, readSeq = false, s.readSeq
	}
	return username, readSeq
}

// markSpeakers writes the markers of those who have sent messages.
func (w *writer) markSpeakers(c *conversation) error {
	for len(c.speakers) > 0 {
		username, readSeq := c.popSpeaker()
		if _, err := w.exec(markSpeaker, readSeq, c.key, username); err != nil {
			return err
		}
	}
	return nil
}
