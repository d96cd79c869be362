//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"hatstand/credproc/awstest"
)

// TestSSOFlight starts many processes of one sign-in at once, and hurts some: one refreshes, one window opens, and
// nobody is served as somebody else.
func TestSSOFlight(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, s := range []struct {
		name     string
		profiles int
		test     func(*testing.T, *ssoHerd)
	}{
		{"a hundred with an expired token: it is refreshed once", 10, ssoRefreshedOnce},
		{"fifty with nobody signed in: one window opens, and its answer serves all", 10, ssoOneWindow},
		{"a night with nobody there: one window opens, and then all fail at once", 10, ssoNight},
		{"the one with the window is killed: the next goes on with it", 2, ssoWindowKilled},
		{"another person signs in while credentials are on their way: nobody gets those", 10, ssoOtherPerson},
		{"two persons sign in in turn: nobody is served as the one before", 10, ssoTurns},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := newSSOHerd(t, bin, s.profiles)
			h.herd = h.holdingUp()
			s.test(t, h)
			h.left()
		})
	}
}

// ssoRefreshedOnce holds up the first one's refresh until all the others wait for it. Refresh tokens work once.
func ssoRefreshedOnce(_ *testing.T, h *ssoHerd) {
	const profiles = 10
	n := manyOf(100)
	h.login(ssoAlice)
	h.clock.forward(2 * time.Hour)
	allWaited := h.during(awstest.Fault{Action: "CreateToken"}, func() error { return h.waiting(n - 1) })
	for i, p := range h.begin(n, profiles) {
		h.has(p, fmt.Sprint("s", i%profiles), ssoAlice)
	}
	allWaited()
	h.saw(map[string]int{"CreateToken": 1, "GetRoleCredentials": profiles})
}

// ssoOneWindow has the person answer when all wait.
func ssoOneWindow(t *testing.T, h *ssoHerd) {
	const profiles = 10
	n := manyOf(50)
	h.person("ignore")
	all := h.begin(n, profiles)
	h.waitFor(n - 1)
	h.browsed()
	h.approve()
	for i, p := range all {
		h.has(p, fmt.Sprint("s", i%profiles), ssoAlice)
	}
	h.granted(map[string]int{"RegisterClient": 1, "StartDeviceAuthorization": 1, "VerifyDevice": 1, "CreateToken": 1,
		"GetRoleCredentials": profiles, "GetCallerIdentity": 1})
}

// ssoOtherPerson holds up the answers of alice's exchanges until bob has signed in.
func ssoOtherPerson(_ *testing.T, h *ssoHerd) {
	const profiles = 5
	n := manyOf(40)
	h.login(ssoAlice, "--fresh")
	h.do("", h.bin, "logout", "corp") // login has exchanged s0
	h.login(ssoAlice, "--device")
	signedIn, goOn := h.gate()
	h.aws.Fault(awstest.Fault{Action: "GetRoleCredentials", Times: profiles, After: true, Hook: func() { <-signedIn }})
	all := h.begin(n, profiles)
	h.waitFor(n - profiles)
	h.login(ssoBob, "--fresh")
	goOn()
	for i, p := range all {
		h.has(p, fmt.Sprint("s", i%profiles), ssoBob)
	}
	h.saw(map[string]int{"GetRoleCredentials": profiles})
	for i := range profiles {
		h.has(h.wears(fmt.Sprint("s", i)), fmt.Sprint("s", i), ssoBob)
	}
}

// ssoTurns has alice and bob sign in one after the other while processes come and go. Who begins after a login has
// returned is that one's.
func ssoTurns(t *testing.T, h *ssoHerd) {
	const profiles, atOnce = 10, 5
	h.login(ssoAlice)
	now, rounds := ssoAlice, manyOf(8)
	var all sync.WaitGroup
	var stop atomic.Bool
	defer all.Wait()
	defer stop.Store(true)
	for i := range atOnce {
		all.Go(func() { // those of any person: they meet the sign-ins
			for n := i; !stop.Load(); n++ {
				p := h.wears(fmt.Sprint("s", n%profiles))
				p.start()
				p.wait()
				if p.exitCode() != 0 || p.errs.Len() > 0 {
					t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
				}
			}
		})
	}
	for range rounds {
		now = map[string]string{ssoAlice: ssoBob, ssoBob: ssoAlice}[now]
		if err := h.corp.SetPerson(now); err != nil {
			t.Fatal(err)
		}
		h.do("", h.bin, "login", "corp", "--fresh")
		for i, p := range h.begin(profiles, profiles) {
			h.has(p, fmt.Sprint("s", i), now)
		}
	}
}

// granted holds AWS to these calls that it granted. That nobody has answered yet, it may have said to many.
func (h *ssoHerd) granted(want map[string]int) {
	h.tb.Helper()
	got := map[string]int{}
	for _, c := range h.aws.Calls() {
		switch c.Code {
		case "":
			got[c.Action]++
		case "AuthorizationPendingException", "SlowDownException":
		case "ExpiredTokenException": // of a poll that was on its way when the clock was put forward
		default:
			h.tb.Errorf("AWS refused: %s", c)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		h.tb.Errorf("AWS granted %v, want %v", got, want)
	}
}

// met waits until AWS has seen that many calls of an action.
func (h *ssoHerd) met(action string, n int) {
	h.tb.Helper()
	for end := time.Now().Add(patient); h.aws.Count(action) < n; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(end) {
			h.tb.Fatalf("AWS never saw %s %d times: %v", action, n, h.aws.Calls())
		}
	}
}

// browsed waits until a browser has shown its page.
func (h *ssoHerd) browsed() {
	h.tb.Helper()
	h.appears("page")
}

// appears waits for a file.
func (h *ssoHerd) appears(name string) {
	h.tb.Helper()
	for end := time.Now().Add(patient); ; time.Sleep(5 * time.Millisecond) {
		if _, err := os.Stat(filepath.Join(h.dir, name)); err == nil {
			return
		}
		if time.Now().After(end) {
			h.tb.Fatalf("there is no %s", name)
		}
	}
}

// approve is the person's yes to the one device that waits.
func (h *ssoHerd) approve() {
	h.tb.Helper()
	center := h.aws.IdentityCenter()
	codes := center.Waiting(h.clock.now())
	if len(codes) != 1 {
		h.tb.Fatalf("devices wait with %q", codes)
	}
	if err := center.Approve(codes[0], h.clock.now()); err != nil {
		h.tb.Fatal(err)
	}
}

// ssoNight has two hundred processes come by over nine hours.
func ssoNight(t *testing.T, h *ssoHerd) {
	const profiles = 10
	n := manyOf(200)
	h.person("ignore")
	first := h.wears("s0")
	first.start()
	h.browsed()
	h.clock.forward(11 * time.Minute) // the sign-in's page is good for ten
	// Whether hatstand's clock says it first or AWS's answer to a poll on its way, the machine decides.
	first.wait()
	text := strings.Replace(first.errs.String(), " (ExpiredTokenException: Invalid device code provided)", "", 1)
	if first.exitCode() != 3 || first.out.Len() > 0 || text != "hatstand: error: profile \"s0\": nobody finished the sign-in to corp in time\n"+
		"hatstand: hint: sign in: hatstand login corp\n" {
		t.Errorf("exit code %d, stdout %q, stderr\n%s", first.exitCode(), first.out.String(), first.errs.String())
	}
	h.granted(map[string]int{"RegisterClient": 1, "StartDeviceAuthorization": 1, "VerifyDevice": 1})
	h.aws.Reset()
	const atOnce = 10
	for began := 1; began < n; began += atOnce {
		for i, p := range h.begin(min(atOnce, n-began), profiles) {
			h.fails(p, 3, fmt.Sprintf("hatstand: error: profile \"s%d\": not signed in to corp: nobody finished the last sign-in\n"+
				"hatstand: hint: sign in: hatstand login corp\n", i%profiles))
		}
		h.clock.forward(9 * time.Hour / time.Duration(n/atOnce))
	}
	h.saw(map[string]int{})
	h.login(ssoAlice) // in the morning
	h.has(h.wears("s1"), "s1", ssoAlice)
}

// ssoWindowKilled goes on in the next process with what the one before has shown.
func ssoWindowKilled(t *testing.T, h *ssoHerd) {
	h.person("ignore")
	first := h.wears("s0")
	first.start()
	h.met("CreateToken", 1) // the window is open, and that is noted
	h.kill(first)
	next := h.wears("s1")
	next.start()
	h.met("CreateToken", h.aws.Count("CreateToken")+2) // it has asked, and goes on asking
	h.kill(next)
	h.approve()
	h.has(h.wears("s1"), "s1", ssoAlice)
	h.granted(map[string]int{"RegisterClient": 1, "StartDeviceAuthorization": 1, "VerifyDevice": 1, "CreateToken": 1,
		"GetRoleCredentials": 1, "GetCallerIdentity": 1})
}
