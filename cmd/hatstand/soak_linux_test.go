package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

var soakFor = flag.Duration("soak", 0, "how many hours of the moved clock TestSoak serves; 0 is 4 h, where long tests run, and else not at all")

const (
	soakStep    = 5 * time.Minute // by which the clock moves
	soakClients = 50
)

// TestSoak has 50 clients use hatstand serve while a clock that is put forward goes through hours, sessions and roles
// expire, and AWS throttles, fails, hangs up and is slow; for 100 minutes in the middle it does not answer at all. No client is
// ever given what has expired or is another profile's, or nothing while there is something valid. At the end serve has as
// much memory, as many descriptors and as many goroutines as at the beginning.
//
//	scripts/soak
func TestSoak(t *testing.T) {
	hours := *soakFor
	if hours == 0 {
		long(t)
		hours = 4 * time.Hour
	}
	h := newHerd(t, herdBin(t), 4)
	h.storeSeeds()
	// What it has with all its clients there, and nothing that has happened yet.
	first := newSoak(t, h)
	first.step(false)
	goroutines := first.goroutines()

	s := newSoak(t, h)
	s.step(false)
	early := s.uses()
	steps := int(hours / soakStep)
	for i := range steps {
		h.clock.forward(soakStep)
		outage := i >= steps/2 && i < steps/2+20
		s.disturb(outage)
		if s.step(outage); t.Failed() {
			t.Fatalf("after %v", time.Duration(i+1)*soakStep)
		}
		if time.Duration(i+1)*soakStep == time.Hour {
			early = s.uses()
		}
	}
	h.aws.ClearFaults()
	h.clock.forward(soakStep)
	refused := s.refused
	s.step(false)
	if s.refused > refused {
		t.Errorf("with nothing in the way not everyone gets credentials: %s", s.reason)
	}
	late, left := s.uses(), s.goroutines()
	calls, disturbed := h.aws.Calls(), 0
	for _, c := range calls {
		if c.Code != "" || c.Dropped {
			disturbed++
		}
	}
	t.Logf("%v: %d requests, %d credentials, %d calls to AWS, %d of them disturbed; %d requests were refused for want of anything valid",
		hours, s.requests, len(h.issued()), len(calls), disturbed, s.refused)
	t.Logf("memory %d KiB after an hour, %d at the end; descriptors %d, %d; goroutines %d with nothing done, %d at the end",
		early.kib, late.kib, early.files, late.files, goroutines, left)
	if late.kib > early.kib*3/2+8<<10 {
		t.Errorf("memory grew from %d KiB to %d", early.kib, late.kib)
	}
	if late.files > early.files+5 {
		t.Errorf("descriptors grew from %d to %d", early.files, late.files)
	}
	if left > goroutines+10 {
		t.Errorf("goroutines grew from %d to %d", goroutines, left)
	}
	if s.refused == 0 || disturbed == 0 {
		t.Errorf("%d requests were refused, %d calls disturbed: the faults did not reach anybody", s.refused, disturbed)
	}
}

type soak struct {
	*herd
	t       *testing.T
	served  *realServe
	token   string
	clients []*http.Client
	urls    map[string]string // by profile
	rand    *rand.Rand

	valid             map[string]time.Time // until when a profile's newest credentials are
	requests, refused int
	reason            string // of the last refusal
}

func newSoak(t *testing.T, h *herd) *soak {
	t.Helper()
	s := &soak{herd: h, t: t, urls: map[string]string{}, rand: rand.New(rand.NewPCG(1, 0)), valid: map[string]time.Time{}}
	profiles := []string{"p0", "p1", "p2", "p3", "q0", "long"}
	s.served = (&realWorld{t: t, env: h.env, bin: h.bin}).serve(profiles...)
	token, err := os.ReadFile(s.served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
	if err != nil {
		t.Fatal(err)
	}
	s.token = string(token)
	base := strings.TrimSuffix(s.served.vars["AWS_CONTAINER_CREDENTIALS_FULL_URI"], profiles[0])
	for _, p := range profiles {
		s.urls[p] = base + p
	}
	for range soakClients {
		c := keepAlive(1)
		c.Timeout = patient
		s.clients = append(s.clients, c)
	}
	return s
}

// disturb has AWS be unwell at times, and gone in an outage.
func (s *soak) disturb(outage bool) {
	s.aws.ClearFaults()
	faults := []awstest.Fault{
		{Code: "Throttling"}, {Status: 503}, {Status: 500}, {Drop: true}, {Drop: true, After: true}, {Latency: 300 * time.Millisecond},
		{Body: awstest.Half}, {Status: 500, Code: "InternalFailure", Times: 6}, {Code: "Throttling", Times: 2},
	}
	switch {
	case outage:
		s.aws.Fault(awstest.Fault{Drop: true, Times: -1})
	case s.rand.IntN(2) == 0:
		s.aws.Fault(faults[s.rand.IntN(len(faults))])
	}
}

// An offer is what a client was told.
type offer struct {
	profile, body   string
	status          int
	asked, answered time.Time
	err             error
}

// step has each client ask for each profile.
func (s *soak) step(outage bool) {
	s.t.Helper()
	var mu sync.Mutex
	var offers []offer
	var all sync.WaitGroup
	for _, c := range s.clients {
		all.Go(func() {
			for profile := range s.urls {
				o := s.ask(c, profile)
				// A call of the outage may be on its way still, and takes its time. Clients try again then.
				for !outage && strings.Contains(o.body, `"CredentialsPending"`) {
					time.Sleep(20 * time.Millisecond)
					o = s.ask(c, profile)
				}
				mu.Lock()
				offers = append(offers, o)
				mu.Unlock()
			}
		})
	}
	all.Wait()
	issued := s.issued()
	for _, o := range offers {
		s.requests++
		if why := s.wrong(o, issued); why != "" {
			s.t.Errorf("%s: %s", o.profile, why)
			return
		}
		if o.status != http.StatusOK {
			s.refused++
			s.reason = o.body
		}
	}
}

func (s *soak) ask(c *http.Client, profile string) offer {
	o := offer{profile: profile, asked: s.clock.now()}
	r, err := http.NewRequest(http.MethodGet, s.urls[profile], nil)
	if err != nil {
		panic(err)
	}
	r.Header.Set("Authorization", s.token)
	response, err := c.Do(r)
	if err != nil {
		o.err = err
		return o
	}
	defer response.Body.Close()
	b, err := io.ReadAll(response.Body)
	o.status, o.body, o.err, o.answered = response.StatusCode, string(b), err, s.clock.now()
	return o
}

// wrong says what is wrong with an offer; "" is nothing.
func (s *soak) wrong(o offer, issued map[string]awstest.Call) string {
	if o.err != nil {
		return o.err.Error()
	}
	if o.status != http.StatusOK {
		if until := s.valid[o.profile]; until.After(o.answered) {
			return fmt.Sprintf("refused (%d) though there are credentials until %v: %s", o.status, until, o.body)
		}
		return ""
	}
	var c struct {
		AccessKeyId string
		Expiration  time.Time
		AccountId   string
		RoleArn     string
	}
	if err := json.Unmarshal([]byte(o.body), &c); err != nil {
		return err.Error()
	}
	call, known := issued[c.AccessKeyId]
	switch role := roleOf(o.profile); {
	case !known:
		return "AWS never issued " + c.AccessKeyId
	case call.Params["RoleArn"] != role || c.RoleArn != role || c.AccountId != work:
		return fmt.Sprintf("got the credentials of %q, said to be %q", call.Params["RoleArn"], c.RoleArn)
	case !c.Expiration.Equal(call.Expires.Truncate(time.Second)):
		return fmt.Sprintf("says that it expires at %v, AWS says %v", c.Expiration, call.Expires)
	case !c.Expiration.After(o.asked):
		return fmt.Sprintf("expired at %v, asked for at %v", c.Expiration, o.asked)
	}
	if c.Expiration.After(s.valid[o.profile]) {
		s.valid[o.profile] = c.Expiration
	}
	return ""
}

// A usage is what serve has of the machine.
type usage struct{ kib, files int }

func (s *soak) uses() usage {
	s.t.Helper()
	proc := filepath.Join("/proc", strconv.Itoa(s.served.run.cmd.Process.Pid))
	status, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		s.t.Fatal(err)
	}
	m := regexp.MustCompile(`VmRSS:\s+(\d+) kB`).FindSubmatch(status)
	if m == nil {
		s.t.Fatalf("no memory in %s", status)
	}
	kib, _ := strconv.Atoi(string(m[1]))
	files, err := os.ReadDir(filepath.Join(proc, "fd"))
	if err != nil && os.Geteuid() == 0 { // hatstand's own user may not look into it
		s.t.Fatal(err)
	}
	return usage{kib, len(files)}
}

// goroutines ends serve in the way that has Go's runtime print them all.
func (s *soak) goroutines() int {
	s.t.Helper()
	if err := s.served.run.cmd.Process.Signal(syscall.SIGQUIT); err != nil {
		s.t.Fatal(err)
	}
	s.served.run.wait()
	n := len(regexp.MustCompile(`(?m)^goroutine \d+ `).FindAllString(s.served.run.errs.String(), -1))
	if n < soakClients {
		s.t.Errorf("only %d goroutines are told of: %s", n, s.served.run.errs.String())
	}
	return n
}
