package sqlite

import "asappchat/store"

// What is looked for in one batch, when the indexer does not know what was
// committed: conversations, and changes of messages that are in the index. All
// the texts of so many changes, before and after, are about batchBytes.
const (
	fillConversations = 4096
	fillChanges       = 32
)

// lookedAtAll is the conversation at which the indexer stands when it has looked
// at all of them. Then at.seq is the place up to which it has seen the changes.
const lookedAtAll = int64(never)

// nextFound looks for messages that are not indexed, conversation by
// conversation, and reads them as they were at the goal; and then for those that
// are, and have been changed since.
func (x *indexer) nextFound() (b batch, err error) {
	b.state = x.state
	err = x.chat.snapshot(func() error {
		if b.state.at.conversation != lookedAtAll {
			return x.findSent(&b)
		}
		return x.findReplaced(&b)
	})
	b.sort()
	return b, err
}

// findSent adds messages that are not indexed.
func (x *indexer) findSent(b *batch) error {
	messages, err := x.chat.messagesAt(x.state.goal)
	if err != nil {
		return err
	}
	for range fillConversations {
		full, err := x.foundIn(b, messages)
		if err != nil || full {
			return err
		}
		b.state.at.seq = 0
		found, err := x.chat.get(scan{&b.state.at.conversation}, nextConversation, b.state.at.conversation)
		if err != nil {
			return err
		}
		if !found {
			b.state.at = messageKey{lookedAtAll, int64(x.state.seen)}
			return nil
		}
	}
	return nil
}

// foundIn adds what is not indexed of a conversation, until the batch is full.
func (x *indexer) foundIn(b *batch, messages reader) (full bool, err error) {
	at := &b.state.at
	var lastSeq int64
	var last store.Place
	some, err := x.chat.get(scan{&lastSeq, &last}, lastMessage, at.conversation)
	if err != nil || !some || last <= x.state.seen {
		return false, err
	}
	first := at.seq + 1
	if at.seq == 0 && x.state.seen > 0 {
		if first, _, err = x.chat.firstBetween(at.conversation, 1, lastSeq, x.state.seen+1); err != nil {
			return false, err
		}
	}
	for m, err := range messages(messageRun{messageKey{at.conversation, first}, int64(batchMessages - len(b.changes))}) {
		if err != nil {
			return false, err
		}
		if m.place > x.state.goal {
			return false, nil // it is in a group that comes later
		}
		at.seq = m.seq
		if b.add(m); b.full() {
			return true, nil
		}
	}
	return false, nil
}

// findReplaced adds the next changes of messages that the index has, and ends
// the looking when there are no more. An index that is made anew has none: it
// was given all messages as they were at the goal.
func (x *indexer) findReplaced(b *batch) (err error) {
	if x.state.seen == 0 {
		b.state = indexState{seen: x.state.goal}
		b.erase, err = x.chat.get(scan{new(int64)}, firstReplaced, int64(x.state.goal))
		return err
	}
	after, upto := store.Place(x.state.at.seq), x.state.goal
	more, err := x.chat.get(scan{&upto}, endReplaced, int64(after), int64(upto), fillChanges-1)
	if b.state.at.seq = int64(upto); !more {
		b.state = indexState{seen: upto}
	}
	if err != nil {
		return err
	}
	return x.replacedIn(b, after, upto)
}
