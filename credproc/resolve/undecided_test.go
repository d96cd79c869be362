package resolve_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/sts"
)

const programs = `
[profile vault]
region = us-east-1
mfa_serial = ` + device + `
credential_process = vault-tool
[profile acct]
source_profile = vault
role_arn = arn:aws:iam::222222222222:role/Admin
[profile long]
source_profile = vault
role_arn = arn:aws:iam::222222222222:role/Admin
duration_seconds = 43200
[profile chained]
source_profile = acct
role_arn = arn:aws:iam::333333333333:role/Deep
[profile codeless]
credential_process = vault-tool
[profile free]
source_profile = codeless
role_arn = arn:aws:iam::222222222222:role/Open
duration_seconds = 3600
`

// gives has the program answer with these credentials from now on, and counts how often it runs.
func (w *world) gives(c credentials.Value) *int {
	runs := new(int)
	w.r.Run = func(context.Context, string, []string) ([]byte, error) {
		*runs++
		var b strings.Builder
		err := credproc.Encode(&b, c)
		return []byte(b.String()), err
	}
	return runs
}

func TestLongLivedKeysFromAProgramAreLongLived(t *testing.T) {
	for _, row := range []struct {
		target, saw, who string
		lasts            time.Duration
	}{
		{"vault", "GetSessionToken with code", alice, 12 * time.Hour},
		{"acct", "GetSessionToken with code, AssumeRole/Admin", "arn:aws:sts::222222222222:assumed-role/Admin/alice", time.Hour},
		{"long", "AssumeRole/Admin with code", "arn:aws:sts::222222222222:assumed-role/Admin/alice", 12 * time.Hour},
		{"chained", "GetSessionToken with code, AssumeRole/Admin, AssumeRole/Deep", "arn:aws:sts::333333333333:assumed-role/Deep/alice", time.Hour},
		{"codeless", "GetSessionToken", alice, 12 * time.Hour},
		{"free", "AssumeRole/Open", "arn:aws:sts::222222222222:assumed-role/Open/os-user", time.Hour},
	} {
		t.Run(row.target, func(t *testing.T) {
			w := newWorld(t)
			runs := w.gives(credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret})
			get := func() credentials.Value {
				t.Helper()
				c, err := w.r.Credentials(t.Context(), w.plan(programs, row.target, credproc.Options{}))
				if err != nil {
					t.Fatal(err)
				}
				return c
			}
			c := get()
			w.wantSaw(row.saw)
			if left := time.Until(c.Expires); c.SessionToken == "" || left > row.lasts || left < row.lasts-time.Minute {
				t.Errorf("token %v, %v left", c.SessionToken != "", left)
			}
			w.wantIdentity(c, row.who)
			again := get()
			w.wantSaw("")
			if again.AccessKeyID != c.AccessKeyID || *runs != 1 && w.plan(programs, row.target, credproc.Options{}).Role() != "" {
				t.Errorf("the second time: %s, %d runs", again.AccessKeyID, *runs)
			}
		})
	}
}

func TestTemporaryCredentialsFromAProgramStayTemporary(t *testing.T) {
	w := newWorld(t)
	session, err := w.r.Credentials(t.Context(), w.plan(roads, "me", credproc.Options{}))
	if err != nil {
		t.Fatal(err)
	}
	w.saw()
	w.gives(session)
	for target, saw := range map[string]string{"vault": "", "acct": "AssumeRole/Admin", "long": "AssumeRole/Admin"} {
		c, err := w.r.Credentials(t.Context(), w.plan(programs, target, credproc.Options{}))
		if err != nil {
			t.Fatal(err)
		}
		w.wantSaw(saw)
		if target == "vault" && c.AccessKeyID != session.AccessKeyID || time.Until(c.Expires) > 13*time.Hour || target == "long" && time.Until(c.Expires) > time.Hour {
			t.Errorf("%s: %s until %v", target, c.AccessKeyID, c.Expires)
		}
	}
}

// A program that gives the one today and the other tomorrow.
func TestTheItemIsTheSameEitherWay(t *testing.T) {
	w := newWorld(t)
	for _, target := range []string{"acct", "long", "chained", "free"} {
		p := w.plan(programs, target, credproc.Options{})
		lasting := p.Decided(credentials.Value{AccessKeyID: "AKIAX", SecretAccessKey: "s"})
		temporary := p.Decided(credentials.Value{AccessKeyID: "ASIAX", SecretAccessKey: "s", SessionToken: "t"})
		if lasting.Temporary || !temporary.Temporary {
			t.Errorf("%s: %v, %v", target, lasting.Temporary, temporary.Temporary)
		}
		a, b := lasting.Steps[len(lasting.Steps)-1].Item, temporary.Steps[len(temporary.Steps)-1].Item
		if a != b || a.Hash == "" || a != p.Steps[len(p.Steps)-1].Item {
			t.Errorf("%s: %v and %v", target, a, b)
		}
	}
	item := func(config string) string {
		p := w.plan(config, "long", credproc.Options{})
		return p.Steps[len(p.Steps)-1].Item.Hash
	}
	seen := map[string]string{item(programs): "as it is"}
	for name, config := range map[string]string{
		"a duration that only long-lived keys can have": strings.Replace(programs, "43200", "36000", 1),
		"another device":  strings.Replace(programs, "mfa/alice", "mfa/other", 1),
		"another program": strings.Replace(programs, "vault-tool", "vault-tool --other", 1),
	} {
		if was, ok := seen[item(config)]; ok {
			t.Errorf("%q has the item of %q", name, was)
		}
		seen[item(config)] = name
	}
}

func TestAProgramThatFailsIsNotAskedAgainAndWhatServesIsServed(t *testing.T) {
	w := newWorld(t)
	w.gives(credentials.Value{AccessKeyID: w.key.ID, SecretAccessKey: w.key.Secret})
	p := w.plan(programs, "acct", credproc.Options{})
	c, err := w.r.Credentials(t.Context(), p)
	if err != nil {
		t.Fatal(err)
	}
	w.clock.ahead = 50 * time.Minute // due, and good for some minutes
	w.r.Run = func(context.Context, string, []string) ([]byte, error) { return nil, errors.New("it failed") }
	if again, err := w.r.Credentials(t.Context(), p); err != nil || again.AccessKeyID != c.AccessKeyID {
		t.Errorf("%v", err)
	}
	w.clock.ahead = 2 * time.Hour
	if _, err := w.r.Credentials(t.Context(), p); err == nil || !strings.Contains(fmt.Sprint(err), "it failed") {
		t.Errorf("%v", err)
	}
}

// The hints of a refusal speak of the program, and not of keys in the keyring.
func TestARefusalOfAProgramsKeys(t *testing.T) {
	w := newWorld(t)
	w.gives(credentials.Value{AccessKeyID: "AKIAAAAAAAAAAAAAAAAA", SecretAccessKey: "s"})
	_, err := w.r.Credentials(t.Context(), w.plan(programs, "free", credproc.Options{}))
	var refused *sts.RefusedError
	if !errors.As(err, &refused) || refused.Facts.Temporary || refused.Code != "InvalidClientTokenId" {
		t.Errorf("%v", err)
	}
}
