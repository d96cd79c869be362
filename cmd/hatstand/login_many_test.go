//go:build linux

package main

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
	"testing"

	"hatstand/credproc/awstest"
)

func TestLoginOfMany(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, s := range []struct {
		name string
		test func(*testing.T, *herd)
	}{
		{"one prompt, then all at once, and later tools find them", loginAtOnce},
		{"the terminal shows how far it is", loginShows},
		{"all: every profile with a role, and each device is asked for once", loginAll},
		{"one that fails does not keep the others from being had", loginOneFails},
		{"what one code could not get is not asked for again", loginWrongCodes},
		{"Ctrl-C ends it", loginCancelled},
		{"Ctrl-C at a later prompt: what is signed in by then is said", loginCancelledLater},
		{"a profile that is not there stops it before anybody is asked", loginUnknown},
		{"of all there are, one that cannot be used does not stop it", loginUnfit},
		{"all: of 200 roles that AWS refuses each has a line, and the hints come once", loginAllRefused},
		{"logout forgets one base's sessions, or all; keys and seeds stay", logoutForgets},
	} {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			h := newHerd(t, bin, 10)
			s.test(t, h)
			h.left()
		})
	}
}

// signedIn is the line that login prints for a profile.
func signedIn(profile string) string {
	return fmt.Sprintf(`%s: %s until [0-9 :-]+\n`, profile, regexp.QuoteMeta(roleOf(profile)))
}

// prints waits for a process that prints just that.
func (h *herd) prints(p *realRun, pattern string) {
	h.tb.Helper()
	p.wait()
	if p.exitCode() != 0 || p.errs.Len() > 0 || !regexp.MustCompile(`\A`+pattern+`\z`).MatchString(p.out.String()) {
		h.tb.Errorf("exit code %d, stdout %q, stderr %q, want %q", p.exitCode(), p.out.String(), p.errs.String(), pattern)
	}
}

func loginAtOnce(t *testing.T, h *herd) {
	h = h.holdingUp()
	// No role is given before all are asked for.
	const roles = 10
	var all sync.WaitGroup
	all.Add(roles)
	h.aws.Fault(awstest.Fault{Action: "AssumeRole", Times: roles, Hook: func() { all.Done(); all.Wait() }})
	args, want := []string{"login"}, ""
	for i := range roles {
		profile := fmt.Sprint("p", i)
		args, want = append(args, profile), want+signedIn(profile)
	}
	p := h.hat(args...)
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	p.types(h.code())
	h.prints(p, want)
	if n := strings.Count(p.screen(), "MFA code"); n != 1 {
		t.Errorf("%d prompts: %q", n, p.screen())
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": roles})
	for i := range roles {
		h.gets(h.wears(fmt.Sprint("p", i)), fmt.Sprint("p", i))
	}
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": roles})
}

func loginShows(t *testing.T, h *herd) {
	h.storeSeeds()
	p := h.hat("login", "p0", "p1", "p2")
	p.onTerminal()
	p.cmd.Stderr = p.slave
	p.start()
	h.prints(p, signedIn("p0")+signedIn("p1")+signedIn("p2"))
	drawn := strings.Split(p.screen(), "\r\x1b[K")
	if len(drawn) != 5 || drawn[0] != "" || drawn[4] != "" {
		t.Fatalf("the terminal showed %q", p.screen())
	}
	named := map[string]bool{}
	for i, line := range drawn[1:4] {
		name, ok := strings.CutPrefix(line, fmt.Sprintf("%d of 3: ", i+1))
		if !ok || named[name] {
			t.Errorf("line %d is %q", i+1, line)
		}
		named[name] = true
	}
}

func loginAll(t *testing.T, h *herd) {
	p := h.hat("login", "--all")
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	p.types(h.code())
	p.sees("MFA code for bob")
	p.types(h.shown(h.bob))
	want := ""
	for i := range 10 {
		want += signedIn(fmt.Sprint("p", i))
	}
	h.prints(p, want+signedIn("q0")+signedIn("long"))
	h.saw(map[string]int{"GetSessionToken": 2, "AssumeRole": 12})
}

func loginOneFails(t *testing.T, h *herd) {
	h.storeSeeds()
	h.aws.AddRole(roleOf("p1"), awstest.Role{Trust: []awstest.Trust{{Principal: "999999999999"}}})
	p := h.hat("login", "p0", "p1", "p2")
	p.start()
	p.wait()
	if !regexp.MustCompile(`\A` + signedIn("p0") + signedIn("p2") + `\z`).MatchString(p.out.String()) {
		t.Errorf("stdout %q", p.out.String())
	}
	if p.exitCode() != 4 || !strings.HasPrefix(p.errs.String(), `hatstand: error: profile "p1": AWS refused AssumeRole of `+roleOf("p1")) ||
		strings.Count(p.errs.String(), "hatstand: error:") != 1 {
		t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
	}
	h.gets(h.wears("p2"), "p2")
}

func loginWrongCodes(t *testing.T, h *herd) {
	p := h.hat("login", "p0", "p1", "q0")
	p.onTerminal()
	p.start()
	for i, code := range h.wrong() {
		p.seesTimes("MFA code for alice", i+1)
		p.types(code)
	}
	p.sees("MFA code for bob")
	p.types(h.shown(h.bob))
	p.wait()
	if p.exitCode() != 4 || !regexp.MustCompile(`\A`+signedIn("q0")+`\z`).MatchString(p.out.String()) {
		t.Errorf("exit code %d, stdout %q", p.exitCode(), p.out.String())
	}
	errs := strings.SplitAfter(p.errs.String(), "\n")
	if !strings.HasPrefix(errs[0], `hatstand: error: profile "p0": AWS refused GetSessionToken: AccessDenied: `) ||
		!strings.HasSuffix(p.errs.String(), "hatstand: error: not signed in either, for the same reason: \"p1\"\n") {
		t.Errorf("stderr %q", p.errs.String())
	}
	if n := h.aws.Count("GetSessionToken"); n != 4 {
		t.Errorf("AWS was asked for a session %d times, want 3 for alice and 1 for bob", n)
	}
}

func loginCancelled(t *testing.T, h *herd) {
	p := h.hat("login", "p0", "q0")
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	p.presses("\x03")
	h.fails(p, 130, "hatstand: error: profile \"p0\": cancelled\n")
	h.saw(map[string]int{})
}

func loginCancelledLater(t *testing.T, h *herd) {
	p := h.hat("login", "--duration", "2h", "long", "q0")
	p.onTerminal()
	p.start()
	p.sees("MFA code for alice")
	p.types(h.code())
	p.sees("MFA code for bob")
	p.presses("\x03")
	p.wait()
	if p.exitCode() != 130 || !regexp.MustCompile(`\A`+signedIn("long")+`\z`).MatchString(p.out.String()) || p.errs.String() != "hatstand: error: profile \"q0\": cancelled\n" {
		t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
	h.saw(map[string]int{"AssumeRole": 1})
}

func loginUnknown(t *testing.T, h *herd) {
	p := h.hat("login", "p0", "pp1")
	p.onTerminal()
	p.start()
	p.wait()
	if p.exitCode() != 2 || p.out.Len() > 0 || p.screen() != "" || !strings.HasPrefix(p.errs.String(), `hatstand: error: profile "pp1" not found`) {
		t.Errorf("exit code %d, stdout %q, stderr %q, the terminal showed %q", p.exitCode(), p.out.String(), p.errs.String(), p.screen())
	}
	h.saw(map[string]int{})
}

func loginUnfit(t *testing.T, h *herd) {
	h.storeSeeds()
	h.write(".aws/config", h.read(".aws/config")+"\n[profile a-broken]\nrole_arn = "+roleOf("p0")+"\nsource_profile = nobody\n")
	p := h.hat("login", "--all")
	p.start()
	p.wait()
	if p.exitCode() != 2 || strings.Count(p.out.String(), "\n") != 12 || !strings.HasPrefix(p.errs.String(), `hatstand: error: profile "a-broken": source_profile "nobody" not found`) ||
		strings.Count(p.errs.String(), "hatstand: error:") != 1 {
		t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
	}
}

func loginAllRefused(t *testing.T, h *herd) {
	const roles = 200
	h.storeSeeds()
	config, _, _ := strings.Cut(h.read(".aws/config"), "\n[profile p0]")
	for i := range roles {
		name := fmt.Sprint("gone", i)
		config += fmt.Sprintf("\n[profile %s]\nrole_arn = %s\nsource_profile = me\n", name, roleOf(name))
	}
	h.write(".aws/config", config)
	p := h.hat("login", "--all")
	p.start()
	p.wait()
	lines := strings.Split(strings.TrimSuffix(p.errs.String(), "\n"), "\n")
	if p.exitCode() != 4 || p.out.Len() > 0 || len(lines) < roles+1 || len(lines) > roles+4 {
		t.Fatalf("exit code %d, stdout %q, %d lines on stderr", p.exitCode(), p.out.String(), len(lines))
	}
	for i, line := range lines {
		is := strings.HasPrefix(line, "hatstand: error: profile \"gone")
		if i == roles {
			is = line == "hatstand: error: 0 of 200 profiles are signed in"
		} else if i > roles {
			is = strings.HasPrefix(line, "hatstand: hint: ")
		}
		if !is {
			t.Errorf("line %d is %q", i+1, line)
		}
	}
}

func logoutForgets(t *testing.T, h *herd) {
	h.storeSeeds()
	h.do("", h.bin, "login", "p0", "p1", "q0")
	h.aws.Reset()
	if got := h.do("", h.bin, "logout", "p0"); got != "me, the base of p0: 3 sessions forgotten\n" {
		t.Errorf("%q", got)
	}
	h.saw(map[string]int{})
	h.do("", h.bin, "credential-process", "q0")
	h.saw(map[string]int{}) // bob's are kept
	if got := h.do("", h.bin, "logout", "--all"); got != "you: 2 sessions forgotten\n" {
		t.Errorf("%q", got)
	}
	if got := h.do("", h.bin, "logout", "--all"); got != "nothing to forget: no sessions and no sign-ins\n" {
		t.Errorf("%q", got)
	}
	// Keys and seeds are there, so that nobody is asked.
	h.gets(h.wears("q0"), "q0")
	h.saw(map[string]int{"GetSessionToken": 1, "AssumeRole": 1})
}
