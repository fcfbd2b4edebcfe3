package load

import (
	"context"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/go-json-experiment/json"

	"asappchat/protocol"
	"asappchat/server"
	"asappchat/server/servertest"
)

func decode(t *testing.T, b []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(b, v, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatal(err)
	}
}

// small are sizes at which each scenario takes a moment.
var small = map[Scenario]Options{
	Send:    {Clients: 4, InFlight: 3},
	FanOut:  {Clients: 5, InFlight: 2},
	Ping:    {Clients: 3, InFlight: 2},
	History: {Clients: 3, InFlight: 2, Messages: 70},
	Idle:    {Clients: 5},
	Storm:   {Clients: 7, Messages: 3},
}

func options(s Scenario, url string) Options {
	o := small[s]
	o.Scenario, o.URL, o.For, o.WarmUp = s, url, 50*time.Millisecond, 5*time.Millisecond
	return o
}

// Each scenario finds a real server without fault, and measures something.
func TestScenarios(t *testing.T) {
	s := servertest.New(t)
	for _, scenario := range Scenarios {
		t.Run(string(scenario), func(t *testing.T) {
			o := options(scenario, s.URL)
			if scenario != Idle && scenario != Storm {
				o.Steps, o.For = 2, 300*time.Millisecond // the closed loop must reach something
			}
			r, err := Run(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			if want := 1 + o.Steps; len(r.Steps) != want {
				t.Errorf("%d steps, want %d", len(r.Steps), want)
			}
			for i, step := range r.Steps {
				if step.errors() != 0 {
					t.Errorf("step %d: %+v", i, step)
				}
				for _, times := range step.Times {
					checkTimes(t, times)
				}
			}
			var svg, table strings.Builder
			if err := errors.Join(r.WriteSVG(&svg), r.WriteTable(&table)); err != nil || !strings.Contains(svg.String(), "Time until") {
				t.Error(err, table.String())
			}
		})
	}
}

// checkTimes reads a histogram as another program would.
func checkTimes(t *testing.T, times Times) {
	t.Helper()
	h, err := hdrhistogram.Decode([]byte(times.Histogram))
	if err != nil {
		t.Fatal(err)
	}
	if h.TotalCount() != times.Count || times.Count == 0 || h.ValueAtQuantile(99) != times.P99US || h.Max() != times.MaxUS {
		t.Errorf("%d with p99 %d, and the histogram has %d with %d", times.Count, times.P99US, h.TotalCount(), h.ValueAtQuantile(99))
	}
}

// Where accounts need a password the load gives them one, and logs in by token
// when it comes back.
func TestPasswordsAndInvitations(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) {
		c.NameLogin, c.Registration, c.Invitation = false, protocol.RegistrationInvitation, "the code, which is long enough"
	}))
	o := options(Storm, s.URL)
	o.Clients = 2 // each password takes its time
	if _, err := Run(t.Context(), o); !errors.Is(err, &protocol.Error{Kind: protocol.Forbidden}) || !strings.Contains(err.Error(), "invitation code") {
		t.Errorf("without an invitation: %v", err)
	}
	o.Invitation = "the code, which is long enough"
	if _, err := Run(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestClosedRegistration(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Registration = protocol.RegistrationClosed }))
	_, err := Run(t.Context(), options(Ping, s.URL))
	if err == nil || !strings.Contains(err.Error(), "registration is closed") {
		t.Error(err)
	}
}

// The server's rate limit is in the report, and is no failure.
func TestRateLimitIsReported(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.SendRate, c.Limits.SendBurst = 50, 5 }))
	o := options(Send, s.URL)
	o.Clients, o.Rates = 2, []float64{400}
	r, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	step := r.Steps[0]
	if len(step.Refusals) != 1 || step.Refusals[0].Kind != protocol.RateLimited || step.Refusals[0].RetryAfterMS == 0 || step.rateLimited() == 0 || step.errors() != 0 {
		t.Errorf("%+v", step)
	}
	var table strings.Builder
	if r.WriteTable(&table); !strings.Contains(table.String(), "refused") || !strings.Contains(table.String(), "after 5 at once") {
		t.Error(table.String())
	}
}

// What a closed loop reaches against a rate limit is that limit.
func TestNoStepsFromARateLimit(t *testing.T) {
	s := servertest.New(t, servertest.Config(func(c *server.Config) { c.Limits.SendRate, c.Limits.SendBurst = 50, 5 }))
	o := options(Send, s.URL)
	o.Clients, o.InFlight, o.Steps = 2, 50, 3
	r, err := Run(t.Context(), o)
	if err == nil || !strings.Contains(err.Error(), "no measure for steps") || len(r.Steps) != 1 {
		t.Errorf("%v, %d steps", err, len(r.Steps))
	}
}

// A server that goes away ends the run, with a report of what there was.
func TestServerGoesAway(t *testing.T) {
	s := servertest.New(t)
	o := options(Ping, s.URL)
	o.For = time.Hour
	measuring := make(chan struct{})
	once := false
	o.OnProgress = func(p Progress) {
		if p.Doing == "measuring" && !once {
			once = true
			close(measuring)
		}
	}
	type result struct {
		r   *Report
		err error
	}
	done := make(chan result)
	go func() { // until the server is gone
		r, err := Run(context.Background(), o)
		done <- result{r, err}
	}()
	<-measuring
	s.Stop()
	got := <-done
	if got.err == nil || got.r == nil || got.r.Steps[0].AchievedPerSecond == 0 || got.r.Error == "" {
		t.Errorf("%+v", got)
	}
	s.Start()
}

func TestTLS(t *testing.T) {
	s := servertest.New(t)
	behind, err := url.Parse("http" + strings.TrimPrefix(s.URL, "ws"))
	if err != nil {
		t.Fatal(err)
	}
	front := httptest.NewUnstartedServer(httputil.NewSingleHostReverseProxy(behind))
	front.Config.ErrorLog = log.New(io.Discard, "", 0) // of the handshake that is refused
	front.StartTLS()
	defer front.Close()
	defer front.CloseClientConnections()
	o := options(Send, "wss"+strings.TrimPrefix(front.URL, "https"))
	var unreached *DialError
	if _, err := Run(t.Context(), o); !errors.As(err, &unreached) {
		t.Errorf("with a certificate of nobody's: %v", err)
	}
	o.TLS = front.Client().Transport.(*http.Transport).TLSClientConfig.Clone()
	o.TLS.NextProtos = []string{"http/1.1"} // websockets need it
	if _, err := Run(t.Context(), o); err != nil {
		t.Error(err)
	}
}

func TestUsage(t *testing.T) {
	for want, o := range map[string]Options{
		"no scenario": {Scenario: "nonsense"},
		"even":        {Scenario: Send, Clients: 3},
		"two members": {Scenario: FanOut, Clients: 1},
		"either":      {Scenario: Ping, Steps: 1, Rates: []float64{1}},
		"no rate":     {Scenario: Idle, Steps: 1},
		"above 0":     {Scenario: Ping, Rates: []float64{0}},
		"not below 0": {Scenario: Ping, For: -1},
	} {
		var usage *UsageError
		if _, err := Run(t.Context(), o); !errors.As(err, &usage) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v", want, err)
		}
	}
}
