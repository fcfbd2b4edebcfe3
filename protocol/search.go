package protocol

// Search finds messages that the caller may see, newest first. The query is
// words, all of which a message must have; "wor*" stands for words that begin so,
// and quotation marks hold a phrase together. Neither case nor accents count.
//
// It may be left off when sender or mentions is given: so one goes from mention
// to mention. What is in the answer can be shown in its surroundings with
// history around its seq.
var Search = query[SearchParams, SearchResult]("search", fails(NotFound, TooLarge, RateLimited))

// Moment is a time as a client may give it: any of RFC 3339, with or without
// fractions of a second, of any offset.
//
//openrpc:schema {"type":"string","format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"}
type Moment = Time

// SearchParams are the params of search.
type SearchParams struct {
	Query    string    `json:"query,omitzero"`             // words, all of which a message must have
	With     Target    `json:"with,omitzero" rpc:"filled"` // only this conversation
	Limit    *PageSize `json:"limit,omitzero"`
	Page     PageToken `json:"page,omitzero"`                        // of a search for the same
	Sender   Username  `json:"sender,omitzero" rpc:"named,filled"`   // who sent it
	Since    Moment    `json:"since,omitzero" rpc:"named"`           // it was sent then or later
	Until    Moment    `json:"until,omitzero" rpc:"named"`           // it was sent before then
	Mentions Username  `json:"mentions,omitzero" rpc:"named,filled"` // whom it mentions
}

func (p *SearchParams) Check(limits *Limits) *Error {
	for _, name := range []struct {
		param string
		value *string
		check func(string, *string) *Error
	}{{"with", &p.With, checkTarget}, {"sender", &p.Sender, checkUsername}, {"mentions", &p.Mentions, checkUsername}} {
		if *name.value == "" {
			continue
		}
		if err := name.check(name.param, name.value); err != nil {
			return err
		}
	}
	switch {
	case len(p.Query) > limits.Query:
		return tooLarge("query", limits.Query, "bytes")
	case p.Query == "" && p.Sender == "" && p.Mentions == "":
		return InvalidParam("query", "param \"query\" is missing or empty, and so are \"sender\" and \"mentions\"")
	case p.Until != 0 && p.Until <= p.Since:
		return InvalidParam("until", "param \"until\" must be later than \"since\"")
	}
	return checkPage(&p.Limit, p.Page, limits)
}

// SearchResult is a page. It may hold fewer messages than asked for, or none, at
// any time; only next says whether there are others.
type SearchResult struct {
	Messages []FoundMessage `json:"messages"`        // newest first
	Next     PageToken      `json:"next,omitzero"`   // absent on the last page
	Cursor   Cursor         `json:"cursor,omitzero"` // a place up to which everything could be found; absent while the index is being made anew
	Complete bool           `json:"complete"`        // that was all there was; if not, conversations and history since the cursor have the rest
}

// FoundMessage is a message and the part of its body around the first of the
// words that were searched for: up to 160 characters, with an ellipsis where
// something is left out. Without words it is the beginning.
type FoundMessage struct {
	Message
	Snippet string `json:"snippet"`
}
