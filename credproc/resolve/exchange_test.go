package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/awsclient"
	"hatstand/credproc/awstest"
	"hatstand/credproc/credentials"
	"hatstand/credproc/grant"
	"hatstand/credproc/resolve"
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

const signInRoads = `
[sso-session corp]
sso_start_url = https://corp.awsapps.com/start
sso_region = eu-west-1
[profile sso]
sso_session = corp
sso_account_id = 111111111111
sso_role_name = Admin
[profile on-top]
role_arn = arn:aws:iam::222222222222:role/OnTop
source_profile = sso
`

// signIns is Grants: the tokens of one sign-in after the other.
type signIns struct {
	now     grant.Token
	next    []grant.Token // after each refusal
	err     error
	tokens  int
	refused []string
}

func (s *signIns) Token(context.Context, profiles.Grant) (grant.Token, error) {
	s.tokens++
	return s.now, s.err
}

func (s *signIns) Refused(_ profiles.Grant, t grant.Token) {
	s.refused = append(s.refused, t.Access)
	if len(s.next) > 0 {
		s.now, s.next = s.next[0], s.next[1:]
	}
}

func (s *signIns) Named(ctx context.Context, _ profiles.Grant, t grant.Token,
	learn func(context.Context) (string, error)) (grant.Token, error) {
	name, err := learn(ctx)
	s.now.User = name
	t.User = name
	return t, err
}

func (s *signIns) Kept(context.Context, profiles.Grant) (grant.Token, bool, error) {
	return s.now, s.now.Access != "", nil
}

// portal is Portal: it takes one access token, and gives credentials of a user's.
type portal struct {
	takes string
	gives credentials.Value
	calls int
	after func() // the answer is on its way
}

func (p *portal) RoleCredentials(_ context.Context, t grant.Token, account, set string) (credentials.Value, error) {
	p.calls++
	if p.after != nil {
		defer p.after()
	}
	if t.Access != p.takes || account != "111111111111" || set != "Admin" {
		return credentials.Value{}, &grant.Error{Kind: grant.TokenRefused, Reason: "AWS does not take the token"}
	}
	return p.gives, nil
}

func signedIn(access, signIn string) grant.Token {
	return grant.Token{Access: access, Expires: time.Now().Add(time.Hour), SignIn: signIn, User: "alice@example.com"}
}

// newSignInWorld is a world whose sign-in is good.
func newSignInWorld(t *testing.T) (*world, *signIns, *portal) {
	w := newWorld(t)
	w.aws.AddRole("arn:aws:iam::222222222222:role/OnTop", awstest.Role{Trust: []awstest.Trust{{Principal: "111111111111"}}})
	keys, _, _ := w.keys.Keys(t.Context(), "me")
	client := sts.Connect(awsclient.Config{HTTP: http.DefaultClient, Now: time.Now}, "us-east-1", profiles.Endpoint{URL: w.aws.URL}, keys)
	session, err := client.GetSessionToken(t.Context(), credproc.Step{Duration: time.Hour}, "")
	if err != nil {
		t.Fatal(err)
	}
	grants := &signIns{now: signedIn("good", "first")}
	p := &portal{takes: "good", gives: credentials.Value{AccessKeyID: session.AccessKeyID, SecretAccessKey: session.SecretAccessKey,
		SessionToken: session.SessionToken, Expires: time.Now().Add(time.Hour)}}
	w.r.Grants, w.r.Portal = grants, func(profiles.Grant) (resolve.Portal, error) { return p, nil }
	w.r.Identity = func(context.Context, string, profiles.Endpoint, credentials.Value) (string, error) {
		return "arn:aws:sts::111111111111:assumed-role/AWSReservedSSO_Admin_0123456789abcdef/bob@example.com", nil
	}
	return w, grants, p
}

func TestASignInIsExchangedOnce(t *testing.T) {
	w, grants, p := newSignInWorld(t)
	plan := w.plan(signInRoads, "sso", credproc.Options{})
	for range 3 {
		if c, err := w.r.Credentials(t.Context(), plan); err != nil || c.AccessKeyID != p.gives.AccessKeyID || c.AccountID != "111111111111" {
			t.Fatalf("%+v, %v", c, err)
		}
	}
	kept := w.kept.items[plan.Steps[0].Item.Grant+"/"+plan.Steps[0].Item.Hash]
	if p.calls != 1 || kept.c.MadeWith != "first" || plan.Steps[0].Item.Base != "" {
		t.Errorf("%d calls; kept %+v as %+v", p.calls, kept.c, plan.Steps[0].Item)
	}
	if grants.tokens != 2 { // before the lock, and for the call
		t.Errorf("the token was wanted %d times", grants.tokens)
	}
}

func TestARefusedTokenIsReplacedOnceAndNeverAgain(t *testing.T) {
	for _, row := range []struct {
		name  string
		next  []grant.Token
		calls int
		fails bool
	}{
		{"the next one is good", []grant.Token{signedIn("good", "first")}, 2, false},
		{"the next one is not", []grant.Token{signedIn("bad too", "first"), signedIn("good", "first")}, 2, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			w, grants, p := newSignInWorld(t)
			grants.now, grants.next = signedIn("bad", "first"), row.next
			_, err := w.r.Credentials(t.Context(), w.plan(signInRoads, "sso", credproc.Options{}))
			if (err != nil) != row.fails || p.calls != row.calls || len(grants.refused) != 1 {
				t.Errorf("%v; %d calls, refused %q", err, p.calls, grants.refused)
			}
			if row.fails && (grant.KindOf(err) != grant.TokenRefused || err.Error() != `profile "sso": AWS does not take the token`) {
				t.Error(err)
			}
		})
	}
}

func TestNothingOfASignInThatIsOverIsServedOrKept(t *testing.T) {
	for _, target := range []string{"sso", "on-top"} {
		t.Run(target, func(t *testing.T) {
			w, grants, p := newSignInWorld(t)
			plan := w.plan(signInRoads, target, credproc.Options{})
			p.after = func() { // while the first exchange's answer is on its way, somebody else signs in
				p.after = nil
				grants.now, p.takes = signedIn("other", "second"), "other"
			}
			c, err := w.r.Credentials(t.Context(), plan)
			if err != nil || c.MadeWith != "second" || p.calls != 2 {
				t.Fatalf("made with %q, %d exchanges, %v", c.MadeWith, p.calls, err)
			}
			for name, kept := range w.kept.items {
				if kept.c.MadeWith != "second" {
					t.Errorf("kept: %s, made with %q", name, kept.c.MadeWith)
				}
			}
			if len(w.kept.items) != len(plan.Steps) {
				t.Errorf("%d items are kept", len(w.kept.items))
			}
		})
	}
}

func TestWhatAnotherProcessGotForThePersonOfNowIsNotDropped(t *testing.T) {
	w, grants, p := newSignInWorld(t)
	plan := w.plan(signInRoads, "sso", credproc.Options{})
	theirs := p.gives
	theirs.AccessKeyID, theirs.MadeWith, theirs.CanExpire = "ASIATHEIRS", "second", true
	locks := &notedLocks{}
	locks.before = func(name string) {
		if name != grant.StoreLockName(plan.Base.Grant) || !slices.Contains(locks.noted, "/"+name) {
			return // it was for storing the first time
		}
		if err := w.kept.PutSession(t.Context(), plan.Steps[0].Item, theirs, time.Now()); err != nil {
			t.Error(err)
		}
	}
	w.r.Locks = locks
	p.after = func() { grants.now = signedIn("other", "second") }
	c, err := w.r.Credentials(t.Context(), plan)
	if err != nil || c.AccessKeyID != theirs.AccessKeyID || p.calls != 1 {
		t.Errorf("%q, %d exchanges, %v", c.AccessKeyID, p.calls, err)
	}
}

func TestSignInsThatFollowEachOther(t *testing.T) {
	w, grants, p := newSignInWorld(t)
	p.after = func() { grants.now = signedIn("good", fmt.Sprint("after ", p.calls)) }
	_, err := w.r.Credentials(t.Context(), w.plan(signInRoads, "sso", credproc.Options{}))
	if want := `profile "sso": sign-in to corp: another person signs in again and again`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if p.calls != 3 || len(w.kept.items) != 0 {
		t.Errorf("%d exchanges, kept %+v", p.calls, w.kept.items)
	}
}

func TestAPlanIsCachedUnderTheSignInsLock(t *testing.T) {
	w, _, _ := newSignInWorld(t)
	locks := &notedLocks{}
	w.r.Locks = locks
	w.kept.wrote = func() { locks.noted = append(locks.noted, "write") }
	if _, err := w.r.Credentials(t.Context(), w.plan(signInRoads, "sso", credproc.Options{})); err != nil {
		t.Fatal(err)
	}
	const want = "granted/sso:corp write /granted/sso:corp"
	if got := strings.Join(locks.noted, " "); !strings.Contains(got, want) {
		t.Errorf("%s; want %s in it", got, want)
	}
}

// notedLocks are free locks that note who takes them.
type notedLocks struct {
	freely
	noted  []string
	before func(name string) // another process, which has the lock first
}

func (l *notedLocks) Lock(_ context.Context, name string) (func(), bool, error) {
	if l.before != nil {
		l.before(name)
	}
	l.noted = append(l.noted, name)
	return func() { l.noted = append(l.noted, "/"+name) }, false, nil
}

func TestACachedItemOfTheSignInBeforeIsNotServed(t *testing.T) {
	w, _, p := newSignInWorld(t)
	plan := w.plan(signInRoads, "sso", credproc.Options{})
	old := p.gives // as a process leaves it that was killed before it could look again, and had no locks
	old.AccessKeyID, old.MadeWith, old.CanExpire = "ASIAOLD", "zeroth", true
	if err := w.kept.PutSession(t.Context(), plan.Steps[0].Item, old, time.Now()); err != nil {
		t.Fatal(err)
	}
	if c, err := w.r.Credentials(t.Context(), plan); err != nil || c.MadeWith != "first" {
		t.Errorf("made with %q, %v", c.MadeWith, err)
	}
}

func TestAChainIsNotMadeWithTheSignInBefore(t *testing.T) {
	w, grants, p := newSignInWorld(t)
	plan := w.plan(signInRoads, "on-top", credproc.Options{})
	old := p.gives
	old.AccessKeyID, old.MadeWith, old.CanExpire = "ASIAOLD", "zeroth", true
	if err := w.kept.PutSession(t.Context(), plan.Steps[0].Item, old, time.Now()); err != nil {
		t.Fatal(err)
	}
	c, err := w.r.Credentials(t.Context(), plan)
	if err != nil {
		t.Fatal(err)
	}
	w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/OnTop/alice@example.com")
	if p.calls != 1 {
		t.Errorf("%d exchanges", p.calls)
	}
	// While they live, intermediate credentials serve, token or no token.
	grants.err = &grant.Error{Kind: grant.NotSignedIn, Reason: "not signed in to corp"}
	other := w.plan(signInRoads, "on-top", credproc.Options{SessionName: "another"})
	if _, err := w.r.Credentials(t.Context(), other); err != nil {
		t.Error(err)
	}
}

func TestASharedSignInIsCheckedAtEachUse(t *testing.T) {
	w, grants, p := newSignInWorld(t)
	w.r.CheckSignIn = true
	plan := w.plan(signInRoads, "sso", credproc.Options{})
	use := func(exchanges int) {
		t.Helper()
		p.calls = 0
		if _, err := w.r.Credentials(t.Context(), plan); err != nil || p.calls != exchanges {
			t.Errorf("%d exchanges, want %d: %v", p.calls, exchanges, err)
		}
	}
	use(1)
	use(0)
	grants.now = signedIn("good", "second")
	use(1)
	grants.now = signedIn("good", "") // whose it is cannot be found out: nothing is kept
	w.r.Identity = func(context.Context, string, profiles.Endpoint, credentials.Value) (string, error) {
		return "", errors.New("no answer")
	}
	use(1)
	use(1)
}

func TestThePersonsNameIsLearntFromTheFirstExchange(t *testing.T) {
	w, grants, _ := newSignInWorld(t)
	grants.now.User = ""
	c, err := w.r.Credentials(t.Context(), w.plan(signInRoads, "on-top", credproc.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	w.wantIdentity(c, "arn:aws:sts::222222222222:assumed-role/OnTop/bob@example.com")
}

func TestASignInThatIsDeclined(t *testing.T) {
	w, grants, p := newSignInWorld(t)
	grants.err = fmt.Errorf("wrapped: %w", &grant.Error{Kind: grant.Declined, Reason: "declined"})
	_, err := w.r.Credentials(t.Context(), w.plan(signInRoads, "sso", credproc.Options{}))
	if !errors.Is(err, resolve.ErrDeclined) || p.calls != 0 {
		t.Errorf("%v; %d calls", err, p.calls)
	}
	grants.err = errors.New("keyring locked")
	if _, err = w.r.Credentials(t.Context(), w.plan(signInRoads, "sso", credproc.Options{})); err != grants.err {
		t.Errorf("%v is changed", err)
	}
}
