package clientkit

import (
	"fmt"
	"slices"
	"time"

	"asappchat/protocol/conformance/clientkit/stage"
)

// A fault is something that happens to a client, at every place of the
// conversation where it may.
type fault struct {
	name     string
	sentence string
	clauses  []string
	timing   timing
	// places says how many there are, from what passed in the run without faults.
	places func(measure) int
	// at makes the fault at a place, from 0.
	at func(place int) trouble
}

// trouble is a fault at one place.
type trouble struct {
	cut    cut
	tamper stage.Tamper
	// reset has the client, before this turn of the script, miss what comes
	// until it is back, and its cursor forgotten. 0 for none.
	reset int
}

// wire says whether the fault is one of the wire alone.
func (f fault) wire() bool { return f.at(0).cut.direction != "" }

// measure is what passed in the run without faults.
type measure struct {
	up, down int64 // bytes
	frames   int   // to the client
	requests int   // of the client, without the first login
}

func frames(m measure) int   { return m.frames }
func requests(m measure) int { return m.requests }

// brief makes a client notice a dead connection soon.
var brief = timing{answer: 250, ping: 100}

// stay is how long the client is asked to stay away, or to wait.
const stay = 40 * time.Millisecond

// faults are all faults. Sentences say what a client owes.
func faults() []fault {
	all := []fault{
		{
			name: "cut/up", sentence: "A connection that is lost while a client writes costs nothing: what was not answered is repeated, once.",
			clauses: []string{"2.6.2", "7.3", "9.3.1", "9.8", "14.2"},
			places:  func(m measure) int { return int(m.up) },
			at:      func(place int) trouble { return trouble{cut: cut{direction: up, after: int64(place)}} },
		}, {
			name: "cut/down", sentence: "A connection that is lost while a client reads costs nothing: it resumes after the last event that it has.",
			clauses: []string{"2.6.2", "7.3", "9.3.1", "9.8", "14.2"},
			places:  func(m measure) int { return int(m.down) },
			at:      func(place int) trouble { return trouble{cut: cut{direction: down, after: int64(place)}} },
		}, {
			name: "cut/again", sentence: "A client whose every connection is lost after a while still gets everything done.",
			clauses: []string{"2.6.2", "9.3.1", "9.8"},
			places:  func(m measure) int { return 400 },
			at: func(place int) trouble {
				return trouble{cut: cut{direction: down, after: int64(4500 + 17*place), every: true}}
			},
		}, {
			name: "stall/up", sentence: "A client notices a connection that takes nothing any more, and makes another.",
			clauses: []string{"2.6.2", "9.8", "14.2"}, timing: brief,
			places: func(m measure) int { return int(m.up) },
			at: func(place int) trouble {
				return trouble{cut: cut{direction: up, after: int64(place), stall: true, late: 1 << 40}}
			},
		}, {
			name: "stall/down", sentence: "A client notices a connection that brings nothing any more, and makes another.",
			clauses: []string{"2.6.2", "9.8", "14.2"}, timing: brief,
			places: func(m measure) int { return int(m.down) },
			at: func(place int) trouble {
				return trouble{cut: cut{direction: down, after: int64(place), stall: true, late: 1 << 40}}
			},
		}, {
			name: "double/up", sentence: "A request that arrives late, beside its repetition on another connection, takes effect once.",
			clauses: []string{"2.6.2", "7.3", "9.10"}, timing: brief,
			places: func(m measure) int { return int(m.up) },
			at: func(place int) trouble {
				return trouble{cut: cut{direction: up, after: int64(place), stall: true, late: int64(place % 1200)}}
			},
		}, {
			name: "double/down", sentence: "What a connection brings that the client has given up already changes nothing.",
			clauses: []string{"9.10"}, timing: brief,
			places: func(m measure) int { return int(m.down) },
			at: func(place int) trouble {
				return trouble{cut: cut{direction: down, after: int64(place), stall: true, late: int64(place % 1200)}}
			},
		},
		sent("lagging", "A client that is told that it lags subscribes again from the cursor that it was told.", "10.2.1",
			func(c *stage.Conn) { c.Lag() }),
		sent("draining", "A client stays away for the time that draining asks for, and goes on with its token and cursor.", "2.5.3",
			func(c *stage.Conn) { c.Drain(stay) }),
		{
			name: "reset", sentence: "A client that cannot go on from its cursor says so to the application, once, and shows home anew.",
			clauses: []string{"9.5", "8.9.2"},
			places:  func(measure) int { return len(resettable()) },
			at:      func(place int) trouble { return trouble{reset: resettable()[place]} },
		}, {
			name: "expired/before", sentence: "A client whose token expires during a command logs in by name, and repeats what was not done.",
			clauses: []string{"14.1.1"}, places: requests,
			at: func(place int) trouble { return expire(place, true) },
		}, {
			name: "expired/after", sentence: "A client whose token expires during a command logs in by name, and does nothing twice.",
			clauses: []string{"14.1.1", "7.3"}, places: requests,
			at: func(place int) trouble { return expire(place, false) },
		},
		refused("unknown_outcome/stored", "A send whose outcome is unknown is repeated with its client id; it was stored.", "unknown_outcome", false, 0, "13.2.1", "7.3"),
		refused("unknown_outcome/lost", "A send whose outcome is unknown is repeated with its client id; it was not stored.", "unknown_outcome", true, 0, "13.2.1", "7.3"),
		refused("rate_limited", "What is refused for a while is repeated after that time, and not before.", "rate_limited", true, stay, "10.6.2", "13.2"),
		refused("unavailable", "What is refused for now is repeated.", "unavailable", true, 0, "13.2"),
	}
	for _, code := range []int{1001, 1011, 1012, 1013, 4000, 4002, 4003} {
		all = append(all, sent(fmt.Sprintf("close/%d", code), "A client comes back from this close code, and goes on where it was.", "14.1.1",
			func(c *stage.Conn) { c.Close(code) }))
	}
	return all
}

// sent does something to the connection after each frame in turn.
func sent(name, sentence, clause string, do func(*stage.Conn)) fault {
	return fault{name: name, sentence: sentence, clauses: []string{clause}, places: frames, at: func(place int) trouble {
		return trouble{tamper: stage.Tamper{Sent: func(c *stage.Conn, n int) {
			if n == place+1 {
				do(c)
			}
		}}}
	}}
}

// commands are the ones of the conversation that a server may refuse for now.
var commands = []string{"send", "read", "delete", "edit", "react", "unreact", "set_preferences"}

// issued counts the commands of the conversation.
func issued(measure) (n int) {
	for _, t := range conversation() {
		if t.who == "ana" && slices.Contains(commands, t.method) {
			n++
		}
	}
	return n
}

// resettable are turns of bo's that the client may miss: those after which the
// numbers of ids stay as they are.
func resettable() (turns []int) {
	for i, t := range conversation() {
		if i > 0 && t.who == "bo" && t.events > 0 && !conversation()[i-1].goOn {
			turns = append(turns, i)
		}
	}
	return turns
}

// expire lets the token expire with each request in turn, the first login left
// out.
func expire(place int, skip bool) trouble {
	n := 0
	return trouble{tamper: stage.Tamper{Request: func(c *stage.Conn, _, _ string) stage.Verdict {
		if n++; n != place+2 {
			return stage.Verdict{}
		}
		c.Expire()
		return stage.Verdict{Skip: skip, Close: 4002}
	}}}
}

// refused answers each command in turn with an error, done or not, and wants it
// repeated after a while. Sends that come before its repetition are refused too
// (10.6), so that a client which repeats in order stores in order.
func refused(name, sentence, kind string, skip bool, wait time.Duration, clauses ...string) fault {
	return fault{name: name, sentence: sentence, clauses: clauses, places: issued, at: func(place int) trouble {
		n, first := 0, ""
		return trouble{tamper: stage.Tamper{Request: func(_ *stage.Conn, method, clientID string) stage.Verdict {
			if !slices.Contains(commands, method) {
				return stage.Verdict{}
			}
			no := stage.Failure{Kind: kind, RetryAfterMS: wait.Milliseconds()}
			if n++; n == place+1 {
				first = clientID
				return stage.Verdict{Skip: skip, Failure: &no}
			}
			if first != "" && first != clientID {
				return stage.Verdict{Skip: true, Failure: &stage.Failure{Kind: "unavailable", RetryAfterMS: no.RetryAfterMS}}
			}
			first = ""
			return stage.Verdict{}
		}}}
	}}
}
