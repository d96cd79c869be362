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
	"hatstand/credproc/sts"
	"hatstand/profiles"
)

// replaceKeys puts other keys of alice's in the place of those that there are, which AWS then forgets.
func (w *world) replaceKeys(profile string) awstest.Key {
	old, key := w.keys[profile], w.alice.AddKey()
	w.keys[profile] = ring{profile: {credentials.Value{AccessKeyID: key.ID, SecretAccessKey: key.Secret}, alice}}[profile]
	w.alice.SetKeyActive(old.c.AccessKeyID, false)
	return key
}

// While a person is asked for the code, another process may put other keys in the place of those that were
// there: the code goes with the new ones.
func TestACodeGoesWithTheKeysThatThereAreThen(t *testing.T) {
	for _, target := range []string{"me", "long"} {
		t.Run(target, func(t *testing.T) {
			w := newWorld(t)
			var key awstest.Key
			next := w.codes.next
			w.codes.next = func(r resolve.CodeRequest) (string, error) {
				key = w.replaceKeys("me")
				return next(r)
			}
			if c := w.credentials(target); !c.HasKeys() {
				t.Fatal("no credentials")
			}
			calls := w.aws.Calls()
			if len(calls) != 1 || calls[0].AccessKeyID != key.ID || calls[0].Code != "" {
				t.Errorf("AWS saw %v, want %s once", calls, key.ID)
			}
			if n := len(w.kept.items); n != 1 {
				t.Errorf("%d sessions are kept", n)
			}
			w.aws.Reset()
			w.credentials(target)
			w.wantSaw("")
		})
	}
}

func TestKeysThatAreGoneWhenTheCodeIsThereStillServe(t *testing.T) {
	w := newWorld(t)
	next := w.codes.next
	w.codes.next = func(r resolve.CodeRequest) (string, error) {
		delete(w.keys, "me")
		return next(r)
	}
	w.credentials("me")
	if n := len(w.kept.items); n != 0 {
		t.Errorf("%d sessions of keys that were removed were kept", n)
	}
}

// The keys may be replaced at any moment from the call on, the last one right before the session is kept and
// right after. Whoever replaces them drops the sessions that there are then.
func TestWhatReplacedKeysMadeIsNotKept(t *testing.T) {
	replace := func(w *world) {
		w.keys["me"] = ring{"me": {credentials.Value{AccessKeyID: "AKIAOTHERKEYOFME0000", SecretAccessKey: "s"}, alice}}["me"]
		clear(w.kept.items)
	}
	for name, meanwhile := range map[string]func(w *world){
		"during the call": func(w *world) {
			w.aws.Fault(awstest.Fault{Action: "GetSessionToken", After: true, Hook: func() { replace(w) }})
		},
		"right before the write": func(w *world) { w.r.Sessions = writing{&w.kept, func() { replace(w) }, func() {}} },
		"right after the write":  func(w *world) { w.r.Sessions = writing{&w.kept, func() {}, func() { replace(w) }} },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			meanwhile(w)
			if c := w.credentials("me"); !c.HasKeys() {
				t.Fatal("no credentials, though the code was spent")
			}
			if n := len(w.kept.items); n != 0 {
				t.Errorf("%d sessions of the old keys were kept", n)
			}
		})
	}
}

// writing is memory, with something else right before and right after each write.
type writing struct {
	*memory
	before, after func()
}

func (m writing) PutSession(ctx context.Context, at credproc.Item, c credentials.Value, issued time.Time) error {
	m.before()
	defer m.after()
	return m.memory.PutSession(ctx, at, c, issued)
}

// A refusal of keys that were replaced meanwhile does not ask for other keys.
func TestARefusalOfReplacedKeysSaysSo(t *testing.T) {
	for _, row := range []struct{ target, action string }{{"me", "GetSessionToken"}, {"open", "AssumeRole"}, {"prod", "AssumeRole"}} {
		t.Run(row.target, func(t *testing.T) {
			w := newWorld(t)
			base := map[string]string{"open": "bare"}[row.target]
			if base == "" {
				base = "me"
			}
			w.aws.Fault(awstest.Fault{Action: row.action, Status: 403, Code: "InvalidClientTokenId", Message: "no", Hook: func() { w.replaceKeys(base) }})
			_, err := w.r.Credentials(t.Context(), w.plan(roads, row.target, credproc.Options{}))
			var refused *sts.RefusedError
			if !errors.As(err, &refused) || refused.Code != "InvalidClientTokenId" {
				t.Fatalf("%v", err)
			}
			if !refused.Facts.Replaced || refused.Facts.Base != base {
				t.Errorf("%+v", refused.Facts)
			}
		})
	}
}

func TestKeysThatCannotBeReadAfterACallKeepNothing(t *testing.T) {
	w := newWorld(t)
	w.aws.Fault(awstest.Fault{Action: "GetSessionToken", After: true, Hook: func() { w.r.Keys = lockedRing{errors.New("it was locked")} }})
	w.credentials("me")
	if len(w.kept.items) != 0 || len(w.warns) != 1 || w.warns[0].Error() != "the credentials could not be cached: it was locked" {
		t.Errorf("%d sessions, warned of %v", len(w.kept.items), w.warns)
	}
}

// Keys in the keyring win over a file's, but a plan that was made for temporary ones is not run with
// lasting ones.
func TestTemporaryKeysInAFileAreThose(t *testing.T) {
	w := newWorld(t)
	const config = "[profile bare]\naws_access_key_id = ASIAIOSFODNN7EXAMPLE\naws_secret_access_key = secret\naws_session_token = token\n"
	c, err := w.r.Credentials(t.Context(), w.plan(config, "bare", credproc.Options{}))
	if err != nil || c.AccessKeyID != "ASIAIOSFODNN7EXAMPLE" || c.SessionToken != "token" {
		t.Errorf("got %q with token %v, %v", c.AccessKeyID, c.SessionToken != "", err)
	}
	w.wantSaw("")
}

func TestEnvironmentsKeysAreCorrectedThere(t *testing.T) {
	w := newWorld(t)
	ambient := credproc.Options{Ambient: credentials.Value{AccessKeyID: "AKIAIOSFODNN7EXAMPLE", SecretAccessKey: "secret"}}
	_, err := w.r.Credentials(t.Context(), planOf(t, "[profile e]\nrole_arn = arn:aws:iam::222222222222:role/Open\ncredential_source = Environment\n",
		profiles.Request{Target: "e", Getenv: w.getenv}, ambient))
	var refused *sts.RefusedError
	if !errors.As(err, &refused) || refused.Facts.Kind != profiles.Environment || refused.Facts.Base != "e" {
		t.Errorf("%v", err)
	}
}
