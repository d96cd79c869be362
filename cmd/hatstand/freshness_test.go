//go:build linux

package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"hatstand/cache"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/advice"
	"hatstand/credproc/awstest"
	"hatstand/credproc/resolve"
)

// age makes what is kept older than it is, as if that much time had passed, and what was issued so far
// with it; less than nothing is a clock that was set back.
func (h *herd) age(by time.Duration) {
	h.tb.Helper()
	ctx := h.tb.Context()
	store, err := cache.Open(ctx, cache.Options{
		Backend: "file", DataDir: filepath.Join(h.dir, ".local/share/hatstand"), StateDir: filepath.Join(h.dir, ".local/state/hatstand"),
		Passphrase: func(context.Context, cache.PassphraseRequest) (string, error) { return herdPassphrase, nil },
	})
	if err != nil {
		h.tb.Fatal(err)
	}
	items, err := filepath.Glob(filepath.Join(h.dir, ".local/share/hatstand/keyring/session~*.item"))
	if err != nil || len(items) == 0 {
		h.tb.Fatalf("nothing is kept: %v", err)
	}
	for _, item := range items {
		parts := strings.Split(strings.TrimSuffix(filepath.Base(item), ".item"), "~")
		c, issued, err := store.Session(ctx, cache.SessionID{Base: parts[1], Hash: parts[2]})
		if err != nil {
			h.tb.Fatal(err)
		}
		c.Expires = c.Expires.Add(-by)
		if err := store.PutSession(ctx, cache.SessionID{Base: parts[1], Hash: parts[2]}, c, issued.Add(-by)); err != nil {
			h.tb.Fatal(err)
		}
	}
	if err := os.RemoveAll(filepath.Join(h.dir, "run/hatstand/spent")); err != nil {
		h.tb.Fatal(err)
	}
	h.old, h.aged = h.issued(), by
	h.aws.Reset()
}

func TestCredentialsAreRenewedBeforeTheyEnd(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, row := range []struct {
		name     string
		profile  string
		duration string
		ends     time.Duration // what AWS caps it to; 0: it does not
		age      time.Duration
		calls    map[string]int
	}{
		{name: "an hour's with over a quarter left are kept", profile: "p0", age: 44 * time.Minute, calls: map[string]int{}},
		{name: "an hour's with under a quarter left are new, and need no code", profile: "p0", age: 46 * time.Minute, calls: map[string]int{"AssumeRole": 1}},
		{name: "four hours' with 17 minutes left are kept", profile: "long", duration: "4h", age: 4*time.Hour - 17*time.Minute, calls: map[string]int{}},
		{name: "four hours' with 15 minutes left are new", profile: "long", duration: "4h", age: 4*time.Hour - 15*time.Minute, calls: map[string]int{"AssumeRole": 1}},
		{name: "fifteen minutes' with five left are kept", profile: "p0", ends: 15 * time.Minute, age: 10 * time.Minute, calls: map[string]int{}},
		{name: "fifteen minutes' with three left are new", profile: "p0", ends: 15 * time.Minute, age: 12 * time.Minute, calls: map[string]int{"GetSessionToken": 1, "AssumeRole": 1}},
		{name: "an hour's that ended are new", profile: "p0", age: 2 * time.Hour, calls: map[string]int{"AssumeRole": 1}},
		{name: "a day's sleep: all is new", profile: "p0", age: 24 * time.Hour, calls: map[string]int{"GetSessionToken": 1, "AssumeRole": 1}},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHerd(t, bin, 1)
			h.storeSeeds()
			args := []string{"credential-process", row.profile}
			if row.duration != "" {
				args = append(args, "--duration", row.duration)
			}
			h.aws.MaxIssued(row.ends)
			h.step()
			h.do("", append([]string{bin}, append(args, "--mfa-code", h.before())...)...)
			h.aws.MaxIssued(0)
			h.age(row.age)
			p := h.hat(args...)
			h.gets(p, row.profile)
			h.saw(row.calls)
			for id := range h.old {
				if kept := strings.Contains(p.out.String(), id); kept && len(row.calls) > 0 {
					t.Errorf("%s was renewed and served all the same", id)
				}
			}
		})
	}
}

// TestWhatCannotBeRenewedIsServedWhileItLasts lets the renewal fail in all the ways it can.
func TestWhatCannotBeRenewedIsServedWhileItLasts(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	for _, cause := range []struct {
		name string
		// direct: the role's own call carries the code and uses the keys; else it uses the session.
		direct bool
		breaks func(*herd)
		env    string
		// terminal is what the user at it does; nil: there is none.
		terminal func(*realRun)
		exit     int // where nothing can be served
	}{
		{name: "the network is down", exit: 1, breaks: func(h *herd) { h.aws.Fault(awstest.Fault{Times: -1, Drop: true}) }},
		{name: "AWS throttles", exit: 4, breaks: func(h *herd) { h.aws.Fault(awstest.Fault{Times: -1, Code: "Throttling"}) }},
		{name: "AWS is unwell", exit: 4, breaks: func(h *herd) { h.aws.Fault(awstest.Fault{Times: -1, Status: 503}) }},
		{name: "AWS refuses", exit: 4, breaks: func(h *herd) { h.aws.Fault(awstest.Fault{Times: -1, Status: 403, Code: "AccessDenied"}) }},
		{name: "the keys cannot be read", direct: true, exit: 5, breaks: func(h *herd) {
			item := filepath.Join(h.dir, ".local/share/hatstand/keyring/keys~me.item")
			if err := os.Remove(item); err != nil {
				h.tb.Fatal(err)
			}
			if err := os.Mkdir(item, 0o700); err != nil {
				h.tb.Fatal(err)
			}
		}},
		{name: "the prompt is refused", direct: true, exit: 130, terminal: func(p *realRun) { p.presses("\x04") }},
		{name: "nobody answers", direct: true, exit: 3, env: "HATSTAND_PROMPT_TIMEOUT=8s", terminal: func(*realRun) {}},
		{name: "nobody is there", direct: true, exit: 3},
		{name: "another process hangs", direct: true, exit: 3, env: "HATSTAND_PROMPT_TIMEOUT=4s", breaks: func(h *herd) {
			open, err := lock.Open(filepath.Join(h.dir, "run"), "")
			if err != nil {
				h.tb.Fatal(err)
			}
			release, err := open.Acquire(h.tb.Context(), resolve.DeviceLock(h.alice.Serial), "p0")
			if err != nil {
				h.tb.Fatal(err)
			}
			h.tb.Cleanup(release)
		}},
	} {
		for _, row := range []struct {
			name   string
			left   time.Duration
			served bool
		}{
			{"ten minutes left", 10 * time.Minute, true},
			{"half a minute left", 30 * time.Second, false},
			{"none left", -10 * time.Minute, false},
		} {
			t.Run(cause.name+", "+row.name, func(t *testing.T) {
				t.Parallel()
				h := newHerd(t, bin, 1)
				profile, args, life := "p0", []string{"credential-process", "p0"}, time.Hour
				if cause.direct {
					profile, args, life = "long", []string{"credential-process", "long", "--duration", "2h"}, 2*time.Hour
				}
				h.do("", append([]string{bin}, append(args, "--mfa-code", h.code())...)...)
				h.age(life - row.left)
				h.write("log", "")
				if cause.breaks != nil {
					cause.breaks(h)
				}
				if cause.env != "" {
					h = h.with(cause.env)
				}
				p := h.hat(args...)
				if cause.terminal != nil {
					p.onTerminal()
				}
				p.start()
				if cause.terminal != nil {
					p.sees("MFA code for alice")
					cause.terminal(p)
				}
				p.wait()
				logged := strings.Contains(h.read("log"), `"msg":"renewal failed: the cached credentials are used"`)
				switch {
				case row.served:
					if f := h.fault(profile, p.out.String(), p.errs.String(), h.issued()); p.exitCode() != 0 || f != "" {
						t.Errorf("exit code %d, %s", p.exitCode(), f)
					}
				case p.exitCode() != cause.exit || p.out.Len() > 0 || !strings.HasPrefix(p.errs.String(), "hatstand: error: profile \""+profile+"\": ") &&
					cause.exit != advice.Keyring:
					t.Errorf("exit code %d, stdout %q, stderr %q", p.exitCode(), p.out.String(), p.errs.String())
				}
				if logged != row.served {
					t.Errorf("served %t; the log: %s", row.served, h.read("log"))
				}
			})
		}
	}
}

// TestAPersonWhoSaidNoIsLeftAlone: while there are credentials that serve, one no counts for every process that
// would renew them.
func TestAPersonWhoSaidNoIsLeftAlone(t *testing.T) {
	t.Parallel()
	bin := herdBin(t)
	args := []string{"credential-process", "long", "--duration", "2h"}
	for _, row := range []struct {
		name string
		// ago is how long ago the person said no; 0: now, at the terminal.
		ago  time.Duration
		left time.Duration
		seed bool
		args []string
		asks bool
		new  bool
	}{
		{name: "they are served at once", left: 10 * time.Minute, args: args},
		{name: "those nine minutes later too", ago: 9 * time.Minute, left: 10 * time.Minute, args: args},
		{name: "eleven minutes later one is asked again", ago: 11 * time.Minute, left: 10 * time.Minute, args: args, asks: true, new: true},
		{name: "a no of the future says nothing", ago: -time.Hour, left: 10 * time.Minute, args: args, asks: true, new: true},
		{name: "where none serve one is asked", left: 30 * time.Second, args: args, asks: true, new: true},
		{name: "a seed is no person", left: 10 * time.Minute, seed: true, args: args, new: true},
		{name: "who signs in is asked", left: 10 * time.Minute, args: []string{"login", "long", "--duration", "2h"}, asks: true, new: true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			h := newHerd(t, bin, 1)
			h.do("", append([]string{bin}, append(args, "--mfa-code", h.before())...)...)
			h.age(2*time.Hour - row.left)
			if row.ago == 0 {
				p := h.hat(args...)
				p.onTerminal()
				p.start()
				p.sees("MFA code for alice")
				p.presses("\x04")
				p.wait()
			} else {
				open, err := lock.Open(filepath.Join(h.dir, "run"), "")
				if err != nil {
					t.Fatal(err)
				}
				release, err := open.Acquire(t.Context(), resolve.DeviceLock(h.alice.Serial), "long")
				if err != nil {
					t.Fatal(err)
				}
				if err := open.Refuse(resolve.DeviceLock(h.alice.Serial), "the prompt was cancelled", time.Now().Add(-row.ago)); err != nil {
					t.Fatal(err)
				}
				release()
			}
			h.saw(map[string]int{})
			if row.seed {
				h.storeSeeds()
			}
			p := h.hat(row.args...)
			p.onTerminal()
			p.start()
			if row.asks {
				p.sees("MFA code for alice")
				p.types(h.code())
			}
			p.wait()
			want := map[string]int{}
			if row.new {
				want["AssumeRole"] = 1
			}
			h.saw(want)
			if row.args[0] == "login" {
				if p.exitCode() != 0 {
					t.Errorf("exit code %d, %s", p.exitCode(), p.errs.String())
				}
				return
			}
			if f := h.fault("long", p.out.String(), p.errs.String(), h.issued()); p.exitCode() != 0 || f != "" {
				t.Errorf("exit code %d, %s", p.exitCode(), f)
			}
			if asked := p.screen() != ""; asked != row.asks {
				t.Errorf("the terminal shows %q", p.screen())
			}
		})
	}
}

// TestAClockSetBackServesNothingItCannotJudge: credentials from the future may have ended.
func TestAClockSetBackServesNothingItCannotJudge(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 1)
	h.storeSeeds()
	h.do("", h.bin, "login", "me")
	session, err := filepath.Glob(filepath.Join(h.dir, ".local/share/hatstand/keyring/session~*.item"))
	if err != nil || len(session) != 1 {
		t.Fatalf("%v, %v", session, err)
	}
	kept, err := os.ReadFile(session[0])
	if err != nil {
		t.Fatal(err)
	}
	h.do("", h.bin, "credential-process", "p0")
	h.age(-30 * time.Minute)
	// The session is this clock's own: it is about the role.
	if err := os.WriteFile(session[0], kept, 0o600); err != nil {
		t.Fatal(err)
	}
	h.aws.Fault(awstest.Fault{Times: -1, Status: 403, Code: "AccessDenied"})
	p := h.wears("p0")
	p.start()
	p.wait()
	if p.exitCode() != 4 || p.out.Len() > 0 {
		t.Errorf("exit code %d, stdout %q", p.exitCode(), p.out.String())
	}
	h.aws.Reset()
	p = h.wears("p0")
	h.gets(p, "p0")
	h.saw(map[string]int{"AssumeRole": 1})
	for id := range h.old {
		if strings.Contains(p.out.String(), id) {
			t.Errorf("%s came from the future and was served", id)
		}
	}
}
