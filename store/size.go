package store

import "asappchat/protocol"

// What a name and a reaction take in JSON beside their text, about.
const (
	nameFrame     = len(`"",`)
	reactionFrame = len(`{"emoji":"","count":1,"users":[]}`)
)

// Size is how many bytes a message counts where a page is bounded in bytes:
// those of its body, its data, the names that it mentions and the reactions
// that it shows. In JSON it takes more, never less, so that who fills a page
// of that many bytes with it need not ask again.
func Size(m *protocol.Message) int {
	n := len(m.Body) + len(m.Data) + namesSize(m.Mentions)
	for i := range m.Reactions {
		n += reactionFrame + len(m.Reactions[i].Emoji) + namesSize(m.Reactions[i].Users)
	}
	return n
}

func namesSize(names []string) (n int) {
	for _, name := range names {
		n += nameFrame + len(name)
	}
	return n
}
