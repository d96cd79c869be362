//go:build unix

package main

import (
	"io"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestManyRequestsCostAWSNothing: 10,000 requests of 50 clients make no call beyond the plan's.
func TestManyRequestsCostAWSNothing(t *testing.T) {
	t.Parallel()
	w := newRealWorld(t, build(t, "hatstand", "."))
	w.signIn(0)
	served := w.serve("prod")
	load(t, keepAlive(50), served.request(t), 10_000, 50)
	served.end()
	w.saw(t, map[string]int{"AssumeRole": 1})
}

// TestTheEndpointBesideABareHandler prints the times of 10,000 requests of 50 clients beside those of a handler that answers with
// as much and does nothing else, in one run, by turns. They are no measure of anything but each other:
//
//	HATSTAND_TEST_MEASURE=1 go test ./cmd/hatstand -run BareHandler -v
func TestTheEndpointBesideABareHandler(t *testing.T) {
	if os.Getenv("HATSTAND_TEST_MEASURE") != "1" {
		t.Skip("a measurement: HATSTAND_TEST_MEASURE=1 makes it")
	}
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	body := strings.Repeat("x", 700)
	bare := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, body) })}
	go bare.Serve(ln)
	defer bare.Close()
	plain := func() *http.Request {
		r, err := http.NewRequest(http.MethodGet, "http://"+ln.Addr().String()+"/", nil)
		if err != nil {
			panic(err)
		}
		return r
	}
	w := newRealWorld(t, build(t, "hatstand", "."))
	w.signIn(0)
	served := w.serve("prod")
	request := served.request(t)
	// Each client has one connection, as SDKs have: at its first request the kernel is asked whose it is.
	our, their := keepAlive(50), keepAlive(50)
	var ours, theirs []time.Duration
	for range 5 {
		ours = append(ours, load(t, our, request, 2000, 50)...)
		theirs = append(theirs, load(t, their, plain, 2000, 50)...)
	}
	served.end()
	slices.Sort(ours)
	slices.Sort(theirs)
	for _, q := range []struct {
		name string
		at   int
	}{{"median", 50}, {"p99", 99}} {
		a, b := ours[len(ours)*q.at/100], theirs[len(theirs)*q.at/100]
		t.Logf("%s: the endpoint %v, a bare handler %v: %.2f", q.name, a, b, float64(a)/float64(b))
	}
}

func keepAlive(connections int) *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
}

// load sends requests, all of which succeed, and returns how long each took, in order of length.
func load(t testing.TB, client *http.Client, request func() *http.Request, n, clients int) []time.Duration {
	t.Helper()
	times := make([]time.Duration, n)
	var all sync.WaitGroup
	for c := range clients {
		all.Go(func() {
			for i := c; i < n; i += clients {
				began := time.Now()
				response, err := client.Do(request())
				if err != nil {
					t.Error(err)
					return
				}
				_, err = io.Copy(io.Discard, response.Body)
				response.Body.Close()
				times[i] = time.Since(began)
				if err != nil || response.StatusCode != http.StatusOK {
					t.Errorf("%d %v", response.StatusCode, err)
					return
				}
			}
		})
	}
	all.Wait()
	slices.Sort(times)
	return times
}

// request is what a client of the served profile sends.
func (s *realServe) request(t testing.TB) func() *http.Request {
	t.Helper()
	token, err := os.ReadFile(s.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	return func() *http.Request {
		r, err := http.NewRequest(http.MethodGet, s.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"], nil)
		if err != nil {
			panic(err)
		}
		r.Header.Set("Authorization", string(token))
		return r
	}
}
