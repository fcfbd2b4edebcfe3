package sqlite

import (
	"strconv"
	"strings"

	"asappchat/store"
	"asappchat/store/words"
)

// The index knows a message by its place, and has of it one text of terms. A
// term is a word, the sender or who is mentioned, behind the part of the
// conversation that it stands in. So what one statement reads is bounded by
// that part, and follows nothing that others have written.

// partBits is the logarithm of how many messages a part of a conversation has.
const partBits = 14

// What a term is, which stands behind the key and the part of the conversation:
// these are numbers to the base 32, whose digits end before.
const (
	partLetter     = 'w'
	mentionsLetter = "x"
	senderLetter   = "y"
	wordLetter     = "z"
)

const base = 32

// partOf begins all terms of a message.
func partOf(key, seq int64) string {
	part := strconv.AppendInt(make([]byte, 0, 16), key, base)
	return string(strconv.AppendInt(append(part, partLetter), seq>>partBits, base))
}

// nameLetters makes one term of a username: its punctuation would end a term.
var nameLetters = strings.NewReplacer(".", "\u00b7", "_", "\u00b8", "-", "\u00b9")

// content is what is indexed of a message.
type content struct {
	conversation, seq int64
	place             store.Place
	sender, mentions  string
	body              string
	deleted           bool
}

func (m *content) scan() scan {
	return scan{&m.conversation, &m.seq, &m.place, &m.sender, &m.mentions, &m.body, &m.deleted}
}

// size is how many bytes of text it has.
func (m *content) size() int { return len(m.mentions) + len(m.body) }

// terms is the text that stands for a message, "" for a tombstone.
func (m *content) terms() string {
	if m.deleted {
		return ""
	}
	part := partOf(m.conversation, m.seq)
	b := make([]byte, 0, 2*len(m.body)+64)
	add := func(letter, term string) {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = append(append(append(b, part...), letter...), term...)
	}
	add(senderLetter, nameLetters.Replace(m.sender))
	for name := range strings.FieldsSeq(m.mentions) {
		add(mentionsLetter, nameLetters.Replace(name))
	}
	for word := range words.Of(m.body) {
		add(wordLetter, word.Text)
	}
	return string(b)
}

// expression asks the index for a query in a part of a conversation.
func expression(q *store.Query, part string) string {
	var all []string
	if q.Sender != "" {
		all = append(all, `"`+part+senderLetter+nameLetters.Replace(q.Sender)+`"`)
	}
	if q.Mentions != "" {
		all = append(all, `"`+part+mentionsLetter+nameLetters.Replace(q.Mentions)+`"`)
	}
	for _, p := range q.Words {
		text := `"` + part + wordLetter + strings.Join(p.Words, " "+part+wordLetter) + `"`
		if p.Prefix {
			text += " *"
		}
		all = append(all, text)
	}
	return strings.Join(all, " AND ")
}

// messageKey names a message.
type messageKey struct{ conversation, seq int64 }
