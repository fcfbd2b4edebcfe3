package sqlite

import (
	"cmp"
	"slices"

	"github.com/go-json-experiment/json"

	"asappchat/protocol"
	"asappchat/store"
)

// reactionsText is how the database keeps what is shown of reactions: as JSON,
// "" when there are none.
func reactionsText(reactions []protocol.Reaction) (string, error) {
	if len(reactions) == 0 {
		return "", nil
	}
	text, err := json.Marshal(reactions)
	return string(text), err
}

// findReaction returns where an emoji is, or would be.
func findReaction(reactions []protocol.Reaction, emoji string) (int, bool) {
	return slices.BinarySearchFunc(reactions, emoji, func(r protocol.Reaction, emoji string) int {
		return cmp.Compare(r.Emoji, emoji)
	})
}

func (w *writer) react(m *store.React) (store.Outcome, error) {
	t, refusal, err := w.target(m.Actor, m.With, m.Seq)
	switch {
	case err != nil || refusal != nil:
		return store.Outcome{Err: refusal}, err
	case t.message.Deleted:
		return refused(store.ErrNoMessage)
	case m.Remove && t.c.closed:
		return refused(store.ErrClosed)
	case !m.Remove:
		if refusal, err := w.refuseSaying(t.c, m.Actor); err != nil || refusal != nil {
			return store.Outcome{Err: refusal}, err
		}
	}
	shown := t.message.Reactions
	if _, there := findReaction(shown, m.Emoji); !there && !m.Remove && len(shown) >= m.Max {
		return refused(store.ErrTooMany)
	}
	q, more := insertReaction, 1
	if m.Remove {
		q, more = deleteReaction, -1
	}
	n, err := w.exec(q, t.c.key, m.Seq, m.Emoji, m.Actor)
	if n == 0 || err != nil {
		return t.unchanged(), err
	}
	if err := w.showReaction(t, m.Emoji, more); err != nil {
		return store.Outcome{}, err
	}
	return w.rewrite(t)
}

// showReaction changes what is shown of an emoji, of which there are more.
func (w *writer) showReaction(t *target, emoji string, more int) error {
	m := &t.message
	i, there := findReaction(m.Reactions, emoji)
	if !there {
		m.Reactions = slices.Insert(m.Reactions, i, protocol.Reaction{Emoji: emoji})
	}
	shown := &m.Reactions[i]
	if shown.Count += more; shown.Count == 0 {
		m.Reactions = slices.Delete(m.Reactions, i, i+1)
		if len(m.Reactions) == 0 {
			m.Reactions = nil
		}
		return nil
	}
	shown.Users = nil
	var name string
	for err := range w.each(scan{&name}, reactionUsers, t.c.key, m.Seq, emoji, protocol.ReactionUsersShown) {
		if err != nil {
			return err
		}
		shown.Users = append(shown.Users, name)
	}
	return nil
}
