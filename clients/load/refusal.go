package load

import (
	"slices"
	"time"

	"asappchat/protocol"
)

// Refusal is how often a server refused requests for one reason.
type Refusal struct {
	Kind         protocol.Kind `json:"kind"`
	Message      string        `json:"message"` // of the first
	Count        int64         `json:"count"`
	RetryAfterMS int64         `json:"retry_after_ms_max,omitzero"` // the longest wait that was asked for
}

func refusalOf(err *protocol.Error) Refusal {
	return Refusal{Kind: err.Kind, Message: err.Message, Count: 1, RetryAfterMS: int64(err.RetryAfter / time.Millisecond)}
}

// addRefusals adds refusals to others.
func addRefusals(all, more []Refusal) []Refusal {
	for _, r := range more {
		i := slices.IndexFunc(all, func(had Refusal) bool { return had.Kind == r.Kind })
		if i < 0 {
			all = append(all, r)
			continue
		}
		all[i].Count += r.Count
		all[i].RetryAfterMS = max(all[i].RetryAfterMS, r.RetryAfterMS)
	}
	return all
}

// splitRefusals counts those for the rate of requests, which are the server's
// right and ask to come back later, and the others.
func splitRefusals(all []Refusal) (rateLimited, others int64) {
	for _, r := range all {
		if r.Kind == protocol.RateLimited {
			rateLimited += r.Count
		} else {
			others += r.Count
		}
	}
	return rateLimited, others
}
