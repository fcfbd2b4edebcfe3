package server_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"asappchat/server/servertest"
)

// browse performs the session in a page that is served from dir on an origin
// that the server lets in: http://localhost:….
func browse(t *testing.T, ctx context.Context, dir, server string, out io.Writer) error {
	page := pages(t, dir)
	shown, err := open(t, ctx, page, strings.Replace(page.URL, "127.0.0.1", "localhost", 1), server)
	io.WriteString(out, shown)
	return err
}

// A page of an origin that the server was not told of is refused at the
// handshake. To the page it is a connection that cannot be made.
func TestForeignOriginInABrowser(t *testing.T) {
	servertest.Require(t, servertest.Chromium)
	s := servertest.New(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	page, statuses := pages(t, foreignDir(t)), make(chan int, 1)
	shown, err := open(t, ctx, page, page.URL, watch(t, s.URL, statuses))
	if want := "Error: the server does not let this page in\n"; err != nil || shown != want {
		t.Errorf("the page shows %q, %v, want %q", shown, err, want)
	}
	if status := <-statuses; status != http.StatusForbidden {
		t.Errorf("the handshake is answered %d, want 403", status)
	}
}

// watch is a proxy before the server that tells how a handshake is answered.
func watch(t *testing.T, server string, statuses chan<- int) (ws string) {
	target, err := url.Parse(strings.Replace(server, "ws:", "http:", 1))
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error { statuses <- r.StatusCode; return nil },
	})
	t.Cleanup(proxy.Close)
	return strings.Replace(proxy.URL, "http:", "ws:", 1)
}

// site serves a folder, and takes what a page of it posts.
type site struct {
	*httptest.Server
	line chan string
	done chan struct{}
}

func pages(t *testing.T, dir string) *site {
	s := &site{line: make(chan string, 100), done: make(chan struct{}, 1)}
	mux := http.NewServeMux()
	mux.Handle("GET /", http.FileServer(http.Dir(dir)))
	mux.HandleFunc("POST /line", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		s.line <- string(body)
	})
	mux.HandleFunc("POST /done", func(w http.ResponseWriter, r *http.Request) { s.done <- struct{}{} })
	s.Server = httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s
}

// open has a browser open the page at an origin, until the page is done or ctx
// ends, and returns what the page showed.
func open(t *testing.T, ctx context.Context, s *site, origin, server string) (shown string, err error) {
	t.Helper()
	var diary strings.Builder
	cmd := exec.CommandContext(ctx, "chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--user-data-dir="+t.TempDir(), origin+"/page.html?url="+url.QueryEscape(server))
	cmd.Stderr = &diary
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // so that it ends its children
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		return "", err
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }() // with the browser
	select {
	case <-s.done:
		cmd.Cancel()
		<-ended
	case err = <-ended:
		err = fmt.Errorf("the browser ended: %w: %s", err, diary.String())
	}
	close(s.line)
	for line := range s.line {
		shown += line + "\n"
	}
	return shown, err
}
