package conformance

import (
	"encoding/binary"
	"testing"
)

// Servers whose websocket is broken, each in the way that its name says, and the
// case that must find it.
var brokenWires = map[string]string{
	"takes frames without a mask":           "websocket/mask/unmasked",
	"passes over reserved bits":             "websocket/reserved/bit-in-a-text",
	"passes over reserved opcodes":          "websocket/reserved/opcode-alone",
	"takes pings of any length":             "websocket/ping/too-long",
	"takes pings in fragments":              "websocket/fragment/ping-in-fragments-and-no-more",
	"takes continuations of nothing":        "websocket/fragment/continuation-of-nothing",
	"takes a message within a message":      "websocket/fragment/a-message-within-a-message",
	"takes binary for text":                 "websocket/binary/a-request",
	"knows no limit":                        "websocket/size/text-beyond-the-limit",
	"counts each fragment alone":            "websocket/size/text-in-fragments-beyond-the-limit",
	"loses continuations":                   "websocket/fragment/two",
	"keeps the last fragment alone":         "websocket/fragment/two",
	"forgets the message at a ping":         "websocket/fragment/a-ping-between",
	"takes what is not UTF-8":               "websocket/utf8/wrong",
	"looks at fragments alone":              "websocket/fragment/within-a-character",
	"answers no ping":                       "websocket/ping/echoed",
	"answers pings at the end of a message": "websocket/fragment/pings-among-five",
	"answers pings without their payload":   "websocket/ping/echoed",
	"does not answer a close":               "websocket/close/with-a-code",
	"goes on after a close":                 "websocket/close/and-then-a-request",
	"goes on after what is wrong":           "websocket/after/a-request.1",
	"answers every close alike":             "websocket/close/no-codes",
	"repeats every close":                   "websocket/close/reason-not-utf-8",
	"closes with another code":              "websocket/mask/unmasked",
	"ends without a close":                  "websocket/reserved/bit-in-a-text",
	"sends after its close":                 "websocket/reserved/bit-in-a-text",
	"stays after both closes":               "websocket/close/with-a-code",
	"proves nothing":                        "websocket/handshake/accepted",
	"chooses a subprotocol":                 "websocket/handshake/nothing-is-negotiated.1",
	"compresses":                            "websocket/handshake/nothing-is-negotiated.3",
	"is everywhere":                         "websocket/handshake/another-path",
	"speaks every version":                  "websocket/handshake/another-version",
	"takes any key":                         "websocket/handshake/no-key",
	"takes any origin":                      "websocket/handshake/origins",
}

func TestBrokenWiresAreCaught(t *testing.T) {
	for fault, filter := range brokenWires {
		t.Run(fault, func(t *testing.T) {
			t.Parallel()
			caught(t, filter, tampering{fault: fault})
		})
	}
}

// Servers whose frames are broken, which any case finds.
var brokenFrames = map[string]func(first byte, payload []byte) []byte{
	"masks its frames": func(first byte, payload []byte) []byte { return message(first&opcodeBits, payload).append(nil) },
	"sets a reserved bit": func(first byte, payload []byte) []byte {
		return frameOf(first|0x40, payload)
	},
	"has an opcode of its own": func(first byte, payload []byte) []byte { return frameOf(first|0x4, payload) },
	"sends binary":             func(_ byte, payload []byte) []byte { return frameOf(finalBit|opBinary, payload) },
	"begins with a continuation": func(_ byte, payload []byte) []byte {
		return frameOf(finalBit|opContinuation, payload)
	},
	"begins a message within another": func(first byte, payload []byte) []byte {
		return append(frameOf(opText, payload[:1]), frameOf(first, payload)...)
	},
	"writes lengths too long": func(first byte, payload []byte) []byte {
		long := binary.BigEndian.AppendUint64([]byte{first, 127}, uint64(len(payload)))
		return append(long, payload...)
	},
	"pings in fragments": func(first byte, payload []byte) []byte {
		return append(frameOf(opPing, nil), frameOf(first, payload)...)
	},
	"pings too long": func(first byte, payload []byte) []byte {
		return append(frameOf(finalBit|opPing, make([]byte, 126)), frameOf(first, payload)...)
	},
	"closes with what is no code": func(byte, []byte) []byte { return frameOf(finalBit|opClose, []byte("\x03\xee")) },
	"closes for nothing":          func(byte, []byte) []byte { return frameOf(finalBit|opClose, []byte("\x03\xe8")) },
	"breaks off":                  func(first byte, payload []byte) []byte { return frameOf(first, payload)[:10] },
	"sends what is not UTF-8": func(first byte, payload []byte) []byte {
		return frameOf(first, append(payload[:len(payload)-1], "\xff}"...))
	},
}

func TestBrokenFramesAreCaught(t *testing.T) {
	for name, bytes := range brokenFrames {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			caught(t, "server/ping/before-login", tampering{bytes: bytes})
		})
	}
}

// Servers that do what RFC 6455 leaves to them pass.
var unusual = map[string]tampering{
	"answers the newest ping alone": {fault: "answers the newest ping alone"},
	"fails at the first wrong byte": {fault: "fails at the first wrong byte"},
	"sends in fragments, with pings between": {bytes: func(first byte, payload []byte) []byte {
		if first != finalBit|opText {
			return frameOf(first, payload)
		}
		raw := frameOf(opText, payload[:1])
		raw = append(raw, frameOf(finalBit|opPing, []byte("still there?"))...)
		raw = append(raw, frameOf(opContinuation, nil)...)
		return append(raw, frameOf(finalBit|opContinuation, payload[1:])...)
	}},
	"sends pongs that nobody asked for": {bytes: func(first byte, payload []byte) []byte {
		if first != finalBit|opText {
			return frameOf(first, payload)
		}
		return append(frameOf(first, payload), frameOf(finalBit|opPong, nil)...)
	}},
}

func TestUnusualServersPass(t *testing.T) {
	for name, tamper := range unusual {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for _, filter := range []string{"server/ping", "websocket/ping/ten", "websocket/utf8/wrong*", "jsonrpc/batch/two"} {
				report := run(t, Options{URL: serve(t, tamper), Filter: filter})
				if report.Count(Passed) != len(report) {
					t.Errorf("%s:\n%s", filter, printed(t, report, false))
				}
			}
		})
	}
}
