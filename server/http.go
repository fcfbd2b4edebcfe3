package server

import (
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"time"
)

const (
	// headerTimeout is how long a client may take for its request's headers.
	headerTimeout = 5 * time.Second
	// readTimeout is how long it may take for the whole of its request: one
	// that announces a body and never sends it would stay for ever.
	readTimeout = 10 * time.Second
	// writeTimeout is how long the request and its answer, of one line, may
	// take together, so that a client that does not read does not stay.
	writeTimeout = 10 * time.Second
	// idleTimeout is how long a connection may wait for its next request. A
	// supervisor may ask more often than that over one connection.
	idleTimeout = 30 * time.Second
	// headerBytes bounds a request's headers.
	headerBytes = 16 << 10
)

// newHTTP makes the HTTP server: the websocket at /, and two questions that
// supervisors ask. /healthz says that the process runs, /readyz that it takes
// new connections and can store. Its timeouts end where a websocket begins:
// net/http clears its deadlines when a connection is hijacked.
func newHTTP(s *Server, log *slog.Logger) *http.Server {
	mux := http.NewServeMux()
	mux.Handle("/{$}", s.wire)
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { answer(w, http.StatusOK, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if !s.ready.Load() {
			answer(w, http.StatusServiceUnavailable, "not ready")
			return
		}
		answer(w, http.StatusOK, "ready")
	})
	return &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: headerTimeout,
		ReadTimeout:       readTimeout,
		WriteTimeout:      writeTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
}

func answer(w http.ResponseWriter, status int, line string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	io.WriteString(w, line+"\n")
}

// Try is a client of others for a first look, before the URL that it connects
// to: one that takes messages of any size, in the version that the tests use.
const Try = "npx wscat@6.1.0 -c"

// hint tells somebody who came with a browser or curl what this is.
func hint(r *http.Request) string {
	scheme := "ws"
	if r.TLS != nil {
		scheme = "wss"
	}
	return fmt.Sprintf("This is a chat server that speaks JSON-RPC 2.0 over websocket. Connect with: %s %s://%s/", Try, scheme, r.Host)
}
