package resolve_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/profiles"
)

// keep puts an item for the plan's last step into the cache.
func (w *world) keep(p credproc.Plan, issued, expires time.Time) credentials.Value {
	w.t.Helper()
	c := credentials.Value{AccessKeyID: "ASIAKEPT", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: expires}
	i := p.Steps[len(p.Steps)-1].Item
	if err := w.kept.PutSession(w.t.Context(), i, c, issued); err != nil {
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

func TestWhatShallBeYoungIsRenewedAtHalfItsLife(t *testing.T) {
	now := time.Now()
	for _, row := range []struct {
		name  string
		age   time.Duration
		young bool
		fail  bool
		saw   string
	}{
		{"half spent, and nobody minds", 31 * time.Minute, false, false, ""},
		{"half spent", 31 * time.Minute, true, false, "AssumeRole/Open"},
		{"young", 29 * time.Minute, true, false, ""},
		{"half spent, and it cannot be renewed: it still serves", 31 * time.Minute, true, true, "AssumeRole/Open AccessDenied"},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			w.r.RenewAtHalf = row.young
			if row.fail {
				w.aws.Fault(awstest.Fault{Action: "AssumeRole", Code: "AccessDenied", Status: 403})
			}
			p := w.plan(roads, "open", credproc.Options{})
			kept := w.keep(p, now.Add(-row.age), now.Add(time.Hour-row.age))
			c, err := w.r.Credentials(t.Context(), p)
			if err != nil {
				t.Fatal(err)
			}
			w.wantSaw(row.saw)
			if (c.AccessKeyID == kept.AccessKeyID) != (row.saw == "" || row.fail) {
				t.Errorf("got %s", c.AccessKeyID)
			}
		})
	}
	t.Run("a session on the way may be old", func(t *testing.T) {
		w := newWorld(t)
		w.r.RenewAtHalf = true
		now := time.Now()
		p := w.plan(roads, "prod", credproc.Options{})
		w.credentials("prod")
		w.saw()
		i := p.Steps[0].Item
		session, _, err := w.kept.Session(t.Context(), i)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.kept.PutSession(t.Context(), i, session, now.Add(-20*time.Hour)); err != nil {
			t.Fatal(err)
		}
		w.keep(p, now.Add(-40*time.Minute), now.Add(20*time.Minute))
		if _, err := w.r.Credentials(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		w.wantSaw("AssumeRole/Admin")
	})
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
			w.codes.next = func(resolve.CodeRequest) (string, error) { return "", cancelled }
		}},
		{"another process holds the lock", "open", func(w *world) {
			w.r.Locks = lockFunc(func(context.Context, string) (func(), error) { return nil, context.DeadlineExceeded })
		}},
		{"the keys are gone", "open", func(w *world) { delete(w.keys, "bare") }},
		{"no client can be made", "open", func(w *world) {
			w.r.Connect = func(string, profiles.Endpoint, credentials.Value) (resolve.STS, error) {
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
	w.credentials("me")
	w.aws.MaxIssued(0)
	w.saw()
	w.clock.ahead = 16 * time.Minute
	w.codes.next = func(resolve.CodeRequest) (string, error) { return "", errors.New("nobody to ask") }
	w.wantIdentity(w.credentials("prod"), "arn:aws:sts::222222222222:assumed-role/Admin/alice")
	if len(w.codes.asked) != 2 {
		t.Errorf("asked %d times", len(w.codes.asked))
	}
}

// The process that renews may be asking a person who is away: whoever has credentials that serve does not
// wait for that.
func TestNobodyWaitsLongWithCredentialsThatServe(t *testing.T) {
	for _, row := range []struct {
		name  string
		left  time.Duration
		brief bool
	}{
		{"due ones", 5 * time.Minute, true},
		{"ones in their last minute", 55 * time.Second, false},
		{"expired ones", -time.Second, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			p := w.plan(roads, "prod", credproc.Options{})
			kept := w.keep(p, time.Now().Add(-time.Hour), time.Now().Add(row.left))
			waits := 0
			w.r.Locks = lockFunc(func(ctx context.Context, name string) (func(), error) {
				waits++
				until, limited := ctx.Deadline()
				if name != resolve.DeviceLock(device) || limited != row.brief || limited && time.Until(until) > 3*time.Second {
					t.Errorf("it waits for %s until %v", name, until)
				}
				return nil, context.DeadlineExceeded
			})
			c, err := w.r.Credentials(t.Context(), p)
			if waits != 1 || row.brief != (err == nil && c == kept) {
				t.Errorf("after %d waits: %v", waits, err)
			}
		})
	}
}
