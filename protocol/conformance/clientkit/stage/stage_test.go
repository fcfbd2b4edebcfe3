package stage

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"asappchat/protocol/conformance"
)

// held are the kit's cases for servers that hold what clients are examined on.
// The others are about limits, params that are refused, and what it does not
// have: invitations, roles, privacy, presence.
const held = `
subscription/subscribe/from-a-cursor subscription/subscribe/from-now-on subscription/subscribe/no-such-cursor
subscription/subscribe/from-the-cursor-of-an-event subscription/subscribe/from-the-cursor-of-a-ping
subscription/subscribe/answers-before-events subscription/subscribe/twice subscription/subscribe/every-device
subscription/changes/messages-of-after subscription/changes/messages-of-before subscription/changes/deleted-meanwhile
subscription/changes/read-markers subscription/changes/preferences subscription/unsubscribe
message/duplicate/same-content message/duplicate/other-content message/duplicate/from-another-connection
message/send/first-message message/send/one-conversation message/send/to-oneself message/send/everything-it-may-carry
message/edit/events message/edit/again-and-again message/edit/same-body-as-at-first message/edit/of-somebody-else
message/delete/events message/delete/again message/delete/unread-and-mentions message/react/events message/react/again
message/react/in-order message/history/nothing-said-yet
home/conversations/activity-comes-first home/conversations/subscribing-from-its-cursor home/since/what-changed
home/since/reads-and-preferences home/read/events home/read/never-back home/read/sending-reads
home/set_preferences/events home/set_preferences/what-is-absent-stays home/conversation/a-group
session/login/by-token session/login/old-token session/login/by-password session/logout/token`

// What clients are examined on is a server of the protocol, as far as it goes.
func TestStageIsAServer(t *testing.T) {
	s := New(Tamper{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { s.Serve(w, r, false) }))
	defer server.Close()
	for _, name := range strings.Fields(held) {
		report, err := conformance.Run(t.Context(), conformance.Options{URL: "ws" + strings.TrimPrefix(server.URL, "http"), Filter: name})
		if err != nil {
			t.Error(err)
		}
		for _, out := range report {
			if out.Status != conformance.Passed {
				t.Error(out.String())
			}
		}
	}
}
