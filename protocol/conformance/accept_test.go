package conformance

import (
	"crypto/sha1"
	"encoding/base64"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// accept does the handshake, and returns nil when it has refused it.
func accept(w http.ResponseWriter, r *http.Request, tamper tampering) *wire {
	c := &wire{tamper: tamper, limit: 8 << 10}
	if status := c.judge(r); status != 0 {
		w.Header().Set("Upgrade", "websocket")
		w.Header().Set("Sec-WebSocket-Version", "13")
		http.Error(w, "no", status)
		return nil
	}
	tcp, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return nil
	}
	c.tcp, c.in = tcp, buffered.Reader
	sum := sha1.Sum([]byte(strings.TrimSpace(r.Header.Get("Sec-WebSocket-Key")) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	if c.has("proves nothing") {
		sum = [20]byte{}
	}
	more := ""
	if c.has("chooses a subprotocol") {
		more = "Sec-WebSocket-Protocol: " + r.Header.Get("Sec-WebSocket-Protocol") + "\r\n"
	}
	if c.has("compresses") {
		more = "Sec-WebSocket-Extensions: " + r.Header.Get("Sec-WebSocket-Extensions") + "\r\n"
	}
	io.WriteString(tcp, "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"+
		more+"Sec-WebSocket-Accept: "+base64.StdEncoding.EncodeToString(sum[:])+"\r\n\r\n")
	return c
}

// judge returns the status that a request is refused with, or 0.
func (w *wire) judge(r *http.Request) int {
	h := r.Header
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(h.Get("Sec-WebSocket-Key")))
	origin, _ := url.Parse(h.Get("Origin"))
	switch {
	case r.URL.Path != "/" && !w.has("is everywhere"):
		return http.StatusNotFound
	case !strings.EqualFold(h.Get("Upgrade"), "websocket"), !strings.Contains(strings.ToLower(h.Get("Connection")), "upgrade"),
		h.Get("Sec-WebSocket-Version") != "13" && !w.has("speaks every version"):
		return http.StatusUpgradeRequired
	case r.Method != http.MethodGet:
		return http.StatusMethodNotAllowed
	case (err != nil || len(key) != 16 || len(h.Values("Sec-WebSocket-Key")) != 1) && !w.has("takes any key"), !r.ProtoAtLeast(1, 1):
		return http.StatusBadRequest
	case h.Get("Origin") != "" && (origin == nil || origin.Host != r.Host) && !w.has("takes any origin"):
		return http.StatusForbidden
	}
	return 0
}
