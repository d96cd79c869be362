package credproc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	"hatstand/profiles"
)

func TestFresh(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, row := range []struct {
		name          string
		age, lifetime time.Duration
		fresh, usable bool
	}{
		{"just issued, for an hour", 0, time.Hour, true, true},
		{"an hour's with more than its quarter left", 44*time.Minute + 59*time.Second, time.Hour, true, true},
		{"an hour's with its quarter left", 45 * time.Minute, time.Hour, false, true},
		{"12 hours' with over 16 minutes left", 12*time.Hour - 16*time.Minute - time.Second, 12 * time.Hour, true, true},
		{"12 hours' with 16 minutes left", 12*time.Hour - 16*time.Minute, 12 * time.Hour, false, true},
		{"15 minutes' just issued", 0, 15 * time.Minute, true, true},
		{"15 minutes' with 4 left", 11 * time.Minute, 15 * time.Minute, true, true},
		{"15 minutes' with a quarter left", 11*time.Minute + 15*time.Second, 15 * time.Minute, false, true},
		{"61 seconds left", time.Hour - 61*time.Second, time.Hour, false, true},
		{"60 seconds left", time.Hour - time.Minute, time.Hour, false, false},
		{"ended now", time.Hour, time.Hour, false, false},
		{"ended long ago", 48 * time.Hour, time.Hour, false, false},
		{"issued 5 minutes from now", -5 * time.Minute, time.Hour, true, true},
		{"issued 5 minutes and a second from now", -5*time.Minute - time.Second, time.Hour, false, false},
		{"issued a day from now", -24 * time.Hour, time.Hour, false, false},
	} {
		issued := now.Add(-row.age)
		expires := issued.Add(row.lifetime)
		if got := credproc.Fresh(now, issued, expires); got != row.fresh {
			t.Errorf("%s: fresh is %t", row.name, got)
		}
		if got := credproc.Usable(now, issued, expires); got != row.usable {
			t.Errorf("%s: usable is %t", row.name, got)
		}
	}
}

// keep puts an item for the plan's last step into the cache.
func (w *world) keep(p credproc.Plan, issued, expires time.Time) aws.Credentials {
	w.t.Helper()
	c := aws.Credentials{AccessKeyID: "ASIAKEPT", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: expires}
	i := p.Steps[len(p.Steps)-1].Item
	if err := w.kept.PutSession(w.t.Context(), i.Base, i.Hash, c, issued); err != nil {
		w.t.Fatal(err)
	}
	return c
}

func TestCredentialsThatAreDueAreRenewed(t *testing.T) {
	now := time.Now()
	for _, row := range []struct {
		name            string
		issued, expires time.Time
		saw             string
	}{
		{"fresh ones are served", now.Add(-30 * time.Minute), now.Add(30 * time.Minute), ""},
		{"ones that are due are renewed", now.Add(-50 * time.Minute), now.Add(10 * time.Minute), "AssumeRole/Open"},
		{"expired ones are renewed", now.Add(-2 * time.Hour), now.Add(-time.Hour), "AssumeRole/Open"},
		{"ones from the future are renewed: the clock was set back", now.Add(time.Hour), now.Add(2 * time.Hour), "AssumeRole/Open"},
		{"ones from just ahead are served: clocks differ", now.Add(4 * time.Minute), now.Add(time.Hour), ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.plan(roads, "open", credproc.Options{})
			kept := w.keep(p, row.issued, row.expires)
			c, err := w.r.Credentials(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			w.wantSaw(row.saw)
			if (c.AccessKeyID == kept.AccessKeyID) != (row.saw == "") {
				t.Errorf("got %s", c.AccessKeyID)
			}
			if i := p.Steps[0].Item; w.kept.items[i.Base+"/"+i.Hash].c != c {
				t.Error("what was handed out is not what is kept")
			}
		})
	}
}

func TestWhatIsKeptIsServedWhenItCannotBeRenewed(t *testing.T) {
	cancelled := errors.New("cancelled")
	causes := []struct {
		name   string
		target string
		break_ func(*world)
	}{
		{"AWS refuses", "open", func(w *world) { w.aws.Fault(awstest.Fault{Times: -1, Code: "AccessDenied", Status: 403}) }},
		{"the prompt is cancelled", "long", func(w *world) {
			w.codes.next = func(credproc.CodeRequest) (string, error) { return "", cancelled }
		}},
		{"another process holds the lock", "open", func(w *world) {
			w.r.Locks = lockFunc(func(context.Context, string) (func(), error) { return nil, context.DeadlineExceeded })
		}},
		{"the keys are gone", "open", func(w *world) { delete(w.keys, "bare") }},
		{"no client can be made", "open", func(w *world) {
			w.r.Connect = func(string, profiles.Endpoint, aws.Credentials) (credproc.STS, error) {
				return nil, errors.New("CA bundle")
			}
		}},
	}
	for _, cause := range causes {
		for _, row := range []struct {
			name   string
			left   time.Duration
			served bool
		}{
			{"over a minute left", 65 * time.Second, true},
			{"under a minute left", 55 * time.Second, false},
			{"none left", -time.Second, false},
		} {
			t.Run(cause.name+", "+row.name, func(t *testing.T) {
				w := newWorld(t)
				p := w.plan(roads, cause.target, credproc.Options{})
				kept := w.keep(p, time.Now().Add(-time.Hour), time.Now().Add(row.left))
				cause.break_(w)
				c, err := w.r.Credentials(t.Context(), p)
				switch {
				case row.served && (err != nil || c != kept):
					t.Errorf("not served: %v", err)
				case !row.served && (err == nil || c.HasKeys()):
					t.Error("served")
				}
				if len(w.warns) > 0 {
					t.Errorf("warned of %v: this belongs into the log alone", w.warns)
				}
			})
		}
	}
}

func TestNoCacheServesNothingStale(t *testing.T) {
	w := newWorld(t)
	p := w.plan(roads, "open", credproc.Options{})
	w.keep(p, time.Now().Add(-time.Hour), time.Now().Add(5*time.Minute))
	w.r.NoCache = true
	w.aws.Fault(awstest.Fault{Code: "AccessDenied", Status: 403})
	if c, err := w.r.Credentials(t.Context(), p); err == nil || c.HasKeys() {
		t.Error("served")
	}
}

// A session that is due and cannot be renewed still assumes a role.
func TestAStaleSessionStillServesItsRoles(t *testing.T) {
	w := newWorld(t)
	w.aws.MaxIssued(20 * time.Minute)
	w.wear("me")
	w.aws.MaxIssued(0)
	w.saw()
	w.clock.ahead = 16 * time.Minute
	w.codes.next = func(credproc.CodeRequest) (string, error) { return "", errors.New("nobody to ask") }
	w.wantIdentity(w.wear("prod"), "arn:aws:sts::222222222222:assumed-role/Admin/alice")
	if len(w.codes.asked) != 2 {
		t.Errorf("asked %d times", len(w.codes.asked))
	}
}

func TestTheCodeOnItsWayOutlivesTheCaller(t *testing.T) {
	for _, row := range []struct {
		target, who string
		ok          bool
	}{
		{"me", alice, true},
		{"long", "arn:aws:sts::222222222222:assumed-role/Admin/alice", true},
		{"prod", "", false}, // the session is bought and kept; the role's call is not made
	} {
		t.Run(row.target, func(t *testing.T) {
			w := newWorld(t)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			w.aws.Fault(awstest.Fault{Hook: cancel})
			c, err := w.r.Credentials(ctx, w.plan(roads, row.target, credproc.Options{}))
			if row.ok {
				if err != nil {
					t.Fatal(err)
				}
				w.wantIdentity(c, row.who)
			} else if !errors.Is(err, context.Canceled) {
				t.Errorf("want a cancelled context, got %v", err)
			}
			if w.kept.writes != 1 {
				t.Errorf("%d items were kept", w.kept.writes)
			}
			w.wear(row.target)
			if len(w.codes.asked) != 1 {
				t.Errorf("%d codes were spent", len(w.codes.asked))
			}
		})
	}
}

// A code works once, so that a second try could only turn a passing failure into a refusal.
func TestACallWithACodeIsMadeOnce(t *testing.T) {
	for _, target := range []string{"me", "long"} {
		for name, f := range map[string]awstest.Fault{
			"5xx":                    {Times: -1, Status: 500},
			"unavailable":            {Times: -1, Status: 503},
			"throttled":              {Times: -1, Code: "Throttling"},
			"dropped":                {Times: -1, Drop: true},
			"dropped, having worked": {Times: -1, Drop: true, After: true},
		} {
			t.Run(target+" "+name, func(t *testing.T) {
				w := newWorld(t)
				w.aws.Fault(f)
				if _, err := w.r.Credentials(t.Context(), w.plan(roads, target, credproc.Options{})); err == nil {
					t.Error("no error")
				}
				if n := len(w.aws.Calls()); n != 1 {
					t.Errorf("AWS saw %d calls", n)
				}
				if n := len(w.codes.asked); n != 1 {
					t.Errorf("%d codes were spent", n)
				}
			})
		}
	}
}

func TestACallWithoutACodeIsTriedAgain(t *testing.T) {
	for name, row := range map[string]struct {
		fault awstest.Fault
		saw   string
	}{
		"5xx twice": {awstest.Fault{Times: 2, Status: 500}, "AssumeRole/Open InternalFailure, AssumeRole/Open InternalFailure, AssumeRole/Open"},
		"throttled": {awstest.Fault{Code: "Throttling"}, "AssumeRole/Open Throttling, AssumeRole/Open"},
		"dropped":   {awstest.Fault{Drop: true}, "AssumeRole/Open dropped, AssumeRole/Open"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.aws.Fault(row.fault)
			c := w.wear("open")
			w.wantSaw(row.saw)
			w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/Open/alice")
		})
	}
}

func TestARefusalIsNotTriedAgain(t *testing.T) {
	w := newWorld(t)
	w.aws.Fault(awstest.Fault{Times: -1, Code: "AccessDenied", Status: 403})
	if _, err := w.r.Credentials(t.Context(), w.plan(roads, "open", credproc.Options{})); err == nil {
		t.Error("no error")
	}
	w.wantSaw("AssumeRole/Open AccessDenied")
}
