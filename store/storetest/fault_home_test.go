package storetest_test

import (
	"slices"

	"asappchat/store"
)

var homeFaults = map[string]fault{
	"home misses a changed one": {
		"home of what changed has what is different for the viewer since, and no other",
		onHome(func(p store.HomePage, h *store.Home) {
			if p.Changed && len(h.Items) > 1 {
				h.Items = h.Items[1:]
			}
		}),
	},
	"home has what did not change": {
		"home of what changed has what is different for the viewer since, and no other",
		onHomePage(func(p *store.HomePage) { p.Changed = false }),
	},
	"home begins one change too early": {
		"home of what changed has what is different for the viewer since, and no other",
		onHomePage(func(p *store.HomePage) { p.Since-- }),
	},
	"home does not name what was left": {
		"home of what changed names what was left since, where it was left",
		onHome(func(_ store.HomePage, h *store.Home) {
			h.Items = slices.DeleteFunc(h.Items, func(i store.HomeItem) bool { return i.Left })
		}),
	},
	"home tells more of what was left than its id": {
		"home of what changed names what was left since, where it was left",
		onHome(func(_ store.HomePage, h *store.Home) {
			for i := range h.Items {
				if h.Items[i].Left {
					h.Items[i].Conversation.Name = "nor this"
				}
			}
		}),
	},
	"home is moved by changes": {
		"nothing but activity moves a conversation in home",
		onHome(func(_ store.HomePage, h *store.Home) {
			slices.SortStableFunc(h.Items, func(a, b store.HomeItem) int {
				return int(b.Conversation.LastMessage.Rev - a.Conversation.LastMessage.Rev)
			})
		}),
	},
	"home is not moved by joining": {
		"an activity is the place of the last message, the creation or the joining",
		onHome(func(_ store.HomePage, h *store.Home) {
			for i := range h.Items {
				h.Items[i].Activity -= store.Place(h.Items[i].Conversation.ReadSeq - h.Items[i].Conversation.LastSeq)
			}
		}),
	},
	"a page of home begins with the last of the one before": {
		"home is read page after page",
		onHomePage(func(p *store.HomePage) {
			if p.Before != 0 {
				p.Before++
			}
		}),
	},
	"a full page of home seems to be the last": {
		"home is read page after page",
		onHome(func(p store.HomePage, h *store.Home) { h.More = h.More && len(h.Items) < p.Limit }),
	},
	"home has no large conversations": {
		"large conversations are in home as small ones are",
		onHome(func(_ store.HomePage, h *store.Home) {
			h.Items = slices.DeleteFunc(h.Items, func(i store.HomeItem) bool { return i.Conversation.MemberCount > 100 })
		}),
	},
	"history since a place begins one too early": {
		"history since a place has what was sent or changed after it, page after page",
		onPage(func(p *store.Page) { p.Since = max(0, p.Since-1) }),
	},
	"history does not say that there is more": {
		"history since a place has what was sent or changed after it, page after page",
		onHistory(func(h *store.History) { h.More = false }),
	},
	"reactions are not counted": {
		"mentions and reactions count for the bytes of a page, as what they take in JSON",
		onPage(func(p *store.Page) { p.Bytes += 40 }),
	},
	"home has room for one byte more": {
		"a page of home ends before the last message that takes it past its bytes, unless that is the first",
		onHomePage(func(p *store.HomePage) { p.Bytes++ }),
	},
	"home that ends by its bytes seems to be all": {
		"a page of home ends before the last message that takes it past its bytes, unless that is the first",
		onHome(func(p store.HomePage, h *store.Home) { h.More = h.More && p.Bytes == 0 }),
	},
}
