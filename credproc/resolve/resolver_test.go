package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

func TestOneCodeServesEveryRole(t *testing.T) {
	w := newWorld(t)
	for _, step := range []struct{ name, target, saw, who, account string }{
		{"cold: a session, then the role", "prod", "GetSessionToken with code, AssumeRole/Admin", "arn:aws:sts::222222222222:assumed-role/Admin/alice", "222222222222"},
		{"warm: nothing", "prod", "", "arn:aws:sts::222222222222:assumed-role/Admin/alice", "222222222222"},
		{"the second role: one call", "dev", "AssumeRole/Dev", "arn:aws:sts::333333333333:assumed-role/Dev/alice", "333333333333"},
		{"a chain: the last hop alone", "deep", "AssumeRole/Deep", "arn:aws:sts::333333333333:assumed-role/Deep/alice", "333333333333"},
		{"the session itself: nothing", "me", "", alice, "111111111111"},
		{"the chain again: nothing", "deep", "", "arn:aws:sts::333333333333:assumed-role/Deep/alice", "333333333333"},
	} {
		c := w.credentials(step.target)
		if got := w.saw(); got != step.saw {
			t.Errorf("%s: AWS saw %q, want %q", step.name, got, step.saw)
		}
		if c.AccountID != step.account || !c.CanExpire || c.SessionToken == "" {
			t.Errorf("%s: account %s, expiring %t", step.name, c.AccountID, c.CanExpire)
		}
		w.wantIdentity(c, step.who)
	}
	if n := len(w.codes.asked); n != 1 {
		t.Errorf("%d codes were asked for", n)
	}
	if len(w.warns) > 0 {
		t.Errorf("warned of %v", w.warns)
	}
}

func TestAColdChainIsMadeFromTheStart(t *testing.T) {
	w := newWorld(t)
	c := w.credentials("deep")
	calls := w.aws.Calls()
	w.wantSaw("GetSessionToken with code, AssumeRole/Admin, AssumeRole/Deep")
	for i, caller := range []string{alice, alice, "arn:aws:sts::222222222222:assumed-role/Admin/alice"} {
		if calls[i].Caller != caller {
			t.Errorf("call %d was %s's, want %s", i, calls[i].Caller, caller)
		}
	}
	w.wantIdentity(c, "arn:aws:sts::333333333333:assumed-role/Deep/alice")
}

func TestTheWarmPathReadsOneItem(t *testing.T) {
	w := newWorld(t)
	w.credentials("deep")
	w.kept.reads, w.kept.writes = 0, 0
	w.r.Keys, w.r.Codes, w.r.Locks, w.r.Connect = nil, nil, nil, nil // touching one of them would be a panic
	w.credentials("deep")
	if w.kept.reads != 1 || w.kept.writes != 0 {
		t.Errorf("%d reads and %d writes", w.kept.reads, w.kept.writes)
	}
	p := w.plan(roads, "deep", credproc.Options{})
	if _, ok, err := w.r.Fresh(t.Context(), p); !ok || err != nil {
		t.Errorf("Fresh: %t, %v", ok, err)
	}
}

func TestARoleOfMoreThanAnHourCarriesTheCodeItself(t *testing.T) {
	w := newWorld(t)
	c := w.credentials("long")
	w.wantSaw("AssumeRole/Admin with code")
	if left := time.Until(c.Expires); left < 119*time.Minute || left > 2*time.Hour {
		t.Errorf("it lives for %v", left)
	}
	w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/Admin/alice")
}

func TestAFailedWriteStillGivesCredentials(t *testing.T) {
	w := newWorld(t)
	w.kept.unwrit = errors.New("disk full")
	w.wantIdentity(w.credentials("prod"), "arn:aws:sts::222222222222:assumed-role/Admin/alice")
	if len(w.warns) != 2 || !errors.Is(w.warns[0], w.kept.unwrit) {
		t.Errorf("warned of %v", w.warns)
	}
	w.r.Warn = nil // it may be
	w.codes.next = func(resolve.CodeRequest) (string, error) {
		return w.device.Code(time.Now().Add(30 * time.Second)), nil
	}
	w.credentials("prod")
}

func TestAKeyringThatCannotBeReadIsAnErrorAndNoPrompt(t *testing.T) {
	w := newWorld(t)
	w.kept.unread = errors.New("keyring is locked")
	for _, target := range []string{"prod", "long", "open", "me"} {
		if _, err := w.r.Credentials(t.Context(), w.plan(roads, target, credproc.Options{})); !errors.Is(err, w.kept.unread) {
			t.Errorf("%s: %v", target, err)
		}
	}
	w.wantSaw("")
	if len(w.codes.asked) > 0 {
		t.Error("a code was asked for")
	}
}

func TestWhatAnotherProcessLeftWhileTheLockWasWaitedForIsServed(t *testing.T) {
	w := newWorld(t)
	p := w.plan(roads, "prod", credproc.Options{})
	want := credentials.Value{AccessKeyID: "ASIAOTHER", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: time.Now().Add(time.Hour)}
	w.r.Locks = lockFunc(func(context.Context, string) (func(), error) {
		for _, s := range p.Steps {
			if err := w.kept.PutSession(context.Background(), s.Item, want, time.Now()); err != nil {
				return nil, err
			}
		}
		return func() {}, nil
	})
	if got, err := w.r.Credentials(t.Context(), p); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	w.wantSaw("")
	if len(w.codes.asked) > 0 {
		t.Error("a code was asked for")
	}
}

func TestWhoWaitedAndFindsTheAnswerTakesNoLock(t *testing.T) {
	w := newWorld(t)
	p := w.plan(roads, "prod", credproc.Options{})
	want := credentials.Value{AccessKeyID: "ASIAOTHER", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: time.Now().Add(time.Hour)}
	w.r.Locks = awaitFunc(func(name string) (bool, error) {
		s := p.Steps[0]
		if !strings.HasPrefix(name, "mfa/") {
			s = p.Steps[1]
		}
		return true, w.kept.PutSession(context.Background(), s.Item, want, time.Now())
	})
	if got, err := w.r.Credentials(t.Context(), p); err != nil || got != want {
		t.Errorf("%+v, %v", got, err)
	}
	w.wantSaw("")
}

// awaitFunc is Locks that cannot be had.
type awaitFunc func(name string) (bool, error)

func (awaitFunc) Failed(string, error) {}

func (f awaitFunc) Await(_ context.Context, name string, _ time.Duration) (bool, error) {
	return f(name)
}

func (awaitFunc) Lock(context.Context, string) (func(), bool, error) {
	return nil, false, errors.New("a lock was taken")
}

type lockFunc func(context.Context, string) (func(), error)

func (lockFunc) Failed(string, error) {}

func (lockFunc) Await(ctx context.Context, _ string, _ time.Duration) (bool, error) {
	return false, ctx.Err()
}

func (f lockFunc) Lock(ctx context.Context, name string) (func(), bool, error) {
	unlock, err := f(ctx, name)
	return unlock, false, err
}

func TestCallsWithACodeWaitForEachOtherByDevice(t *testing.T) {
	w := newWorld(t)
	var held []string
	w.r.Locks = lockFunc(func(_ context.Context, name string) (func(), error) {
		held = append(held, "+"+name)
		return func() { held = append(held, "-"+name) }, nil
	})
	p := w.plan(roads, "prod", credproc.Options{})
	if _, err := w.r.Credentials(t.Context(), p); err != nil {
		t.Fatal(err)
	}
	role := "session/me/" + p.Steps[1].Item.Hash
	want := fmt.Sprint([]string{"+mfa/" + device, "-mfa/" + device, "+" + role, "-" + role})
	if fmt.Sprint(held) != want {
		t.Errorf("want %s, got %s", want, held)
	}
	held = nil
	w.codes.next = func(resolve.CodeRequest) (string, error) { return "", errors.New("no") }
	if _, err := w.r.Credentials(t.Context(), w.plan(roads, "long", credproc.Options{})); err == nil {
		t.Error("no error")
	}
	if want := fmt.Sprint([]string{"+mfa/" + device, "-mfa/" + device}); fmt.Sprint(held) != want {
		t.Errorf("a failed call: want %s, got %s", want, held)
	}
}

func TestAPlanThatIsOnlyToBeShownIsNotRun(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"prod", "long", "bare"} {
		p := w.plan(roads, target, credproc.Options{})
		p.Refused = errors.New("the endpoint is refused")
		if c, err := w.r.Credentials(t.Context(), p); !errors.Is(err, p.Refused) || c.HasKeys() {
			t.Errorf("%s: %v", target, err)
		}
		if err := w.r.Ask(t.Context(), p); !errors.Is(err, p.Refused) {
			t.Errorf("%s: %v", target, err)
		}
	}
	w.wantSaw("")
}

// A real server sends half of an answer and then nothing, or two bytes a second: the call ends at its limit, and who waits for its lock goes on.
func TestAnAnswerThatDoesNotEndHoldsNoLock(t *testing.T) {
	w := newWorld(t)
	w.r.Connect = func(region string, e profiles.Endpoint, c credentials.Value) (resolve.STS, error) {
		calls := awsclient.Config{HTTP: &http.Client{}, Now: time.Now, Try: 2 * time.Second, Call: 2 * time.Second}
		return sts.Connect(calls, region, e, c), nil
	}
	held := make(chan bool, 1)
	w.r.Locks = lockFunc(func(context.Context, string) (func(), error) {
		select {
		case held <- true:
			return func() { <-held }, nil
		default:
			return nil, errors.New("still locked")
		}
	})
	for _, row := range []struct {
		name string
		body awstest.Body
	}{{"stalled", awstest.Stalled}, {"dripping", awstest.Dripping}} {
		w.aws.Fault(awstest.Fault{Action: "AssumeRole", Body: row.body})
		p := w.plan(roads, "open", credproc.Options{})
		_, err := w.r.Credentials(t.Context(), p)
		if err == nil || !strings.HasSuffix(err.Error(), " did not end within 2 s") {
			t.Errorf("%s: %v", row.name, err)
		}
		if _, err := w.r.Credentials(t.Context(), p); err != nil {
			t.Errorf("%s: the next: %v", row.name, err)
		}
		w.kept.items = nil
	}
}

func TestNoCacheNeitherReadsNorWrites(t *testing.T) {
	w := newWorld(t)
	w.credentials("prod")
	w.saw()
	w.kept.reads, w.kept.writes = 0, 0
	w.r.NoCache = true
	w.codes.next = func(resolve.CodeRequest) (string, error) {
		return w.device.Code(time.Now().Add(30 * time.Second)), nil
	}
	w.credentials("prod")
	w.wantSaw("GetSessionToken with code, AssumeRole/Admin")
	if w.kept.reads != 0 || w.kept.writes != 0 {
		t.Errorf("%d reads, %d writes", w.kept.reads, w.kept.writes)
	}
}

func TestEditingTheRoleDoesNotServeTheOldOne(t *testing.T) {
	w := newWorld(t)
	w.credentials("open")
	edited := strings.Replace(roads, "222222222222:role/Open", "222222222222:role/Other", 1)
	_, err := w.r.Credentials(t.Context(), w.plan(edited, "open", credproc.Options{}))
	var refused *sts.RefusedError
	if !errors.As(err, &refused) {
		t.Errorf("want AWS's refusal of a role that is not there, got %v", err)
	}
	w.wantSaw("AssumeRole/Open, AssumeRole/Other AccessDenied")
}

// otherRole is an STS that answers with another role than the one asked for.
type otherRole struct {
	resolve.STS
	arn string
}

func (o otherRole) AssumeRole(ctx context.Context, s credproc.Step, name, code string) (sts.Issue, error) {
	out, err := o.STS.AssumeRole(ctx, s, name, code)
	out.ARN = o.arn
	return out, err
}

func TestAnotherRoleThanTheOneAskedForIsNotHandedOut(t *testing.T) {
	for _, row := range []struct {
		name string
		arn  string
		ok   bool
	}{
		{"the role itself", "arn:aws:sts::222222222222:assumed-role/Open/alice", true},
		{"another role", "arn:aws:sts::222222222222:assumed-role/Admin/alice", false},
		{"a longer name", "arn:aws:sts::222222222222:assumed-role/Open2/alice", false},
		{"another account", "arn:aws:sts::333333333333:assumed-role/Open/alice", false},
		{"another partition", "arn:aws-cn:sts::222222222222:assumed-role/Open/alice", false},
		{"nobody", "", false},
	} {
		kind := resolve.WrongRole
		if row.arn == "" {
			kind = resolve.BadAnswer
		}
		t.Run(row.name, func(t *testing.T) {
			w := newWorld(t)
			connect := w.r.Connect
			w.r.Connect = func(region string, e profiles.Endpoint, c credentials.Value) (resolve.STS, error) {
				s, err := connect(region, e, c)
				return otherRole{s, row.arn}, err
			}
			c, err := w.r.Credentials(t.Context(), w.plan(roads, "open", credproc.Options{}))
			var wrong *resolve.Error
			if row.ok != (err == nil) || !row.ok && (!errors.As(err, &wrong) || wrong.Kind != kind) {
				t.Fatalf("got %v", err)
			}
			if !row.ok && (c.HasKeys() || w.kept.writes > 0) {
				t.Error("the credentials got out, or were kept")
			}
		})
	}
}

// mute is an STS that answers with nothing in it.
type mute struct{ resolve.STS }

func (mute) GetSessionToken(context.Context, credproc.Step, string) (sts.Issue, error) {
	return sts.Issue{}, nil
}

func TestAnAnswerWithoutCredentialsIsAnError(t *testing.T) {
	w := newWorld(t)
	w.r.Connect = func(string, profiles.Endpoint, credentials.Value) (resolve.STS, error) { return mute{}, nil }
	_, err := w.r.Credentials(t.Context(), w.plan(roads, "me", credproc.Options{}))
	if want := `profile "me": the answer to GetSessionToken holds no credentials`; err == nil || err.Error() != want {
		t.Errorf("want %q, got %v", want, err)
	}
}

// STS of a server whose clock is behind, or that means harm.
func TestAnAnswerThatHasExpiredIsNotUsed(t *testing.T) {
	for name, past := range map[string]time.Duration{"long ago": time.Hour, "just now": 0} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			now := w.clock.now()
			w.r.Now = func() time.Time { return now }
			w.r.Connect = func(string, profiles.Endpoint, credentials.Value) (resolve.STS, error) {
				return fixed{sts.Issue{AccessKeyID: "ASIAX", SecretAccessKey: "s", SessionToken: "t", Expires: now.Add(-past)}}, nil
			}
			_, err := w.r.Credentials(t.Context(), w.plan(roads, "bare", credproc.Options{}))
			var refused *resolve.Error
			if !errors.As(err, &refused) || refused.Kind != resolve.BadAnswer || w.kept.writes != 0 {
				t.Errorf("%v, %d items were kept", err, w.kept.writes)
			}
		})
	}
}

// fixed is an STS with one answer.
type fixed struct{ issue sts.Issue }

func (f fixed) GetSessionToken(context.Context, credproc.Step, string) (sts.Issue, error) {
	return f.issue, nil
}

func (f fixed) GetFederationToken(context.Context, credproc.Step, string) (sts.Issue, error) {
	return f.issue, nil
}

func (f fixed) AssumeRoleWithSAML(context.Context, credproc.Step, string, string) (sts.Issue, error) {
	return f.issue, nil
}

func (f fixed) AssumeRoleWithWebIdentity(context.Context, credproc.Step, string, string) (sts.Issue, error) {
	return f.issue, nil
}

func (f fixed) AssumeRole(context.Context, credproc.Step, string, string) (sts.Issue, error) {
	return f.issue, nil
}
