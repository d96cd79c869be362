package cached_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"hatstand/cache"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/profiles"
)

// keep caches the credentials of prod's role in the file keyring, where an unlocked key waits.
func (m *machine) keep(issued time.Time, life time.Duration) {
	m.t.Helper()
	data, state := filepath.Join(m.home, ".local/share/hatstand"), filepath.Join(m.home, ".local/state/hatstand")
	store, err := cache.Open(m.t.Context(), cache.Options{Backend: "file", DataDir: data, StateDir: state,
		Passphrase: func(context.Context, cache.PassphraseRequest) (string, error) { return "pw", nil }})
	if err != nil {
		m.t.Fatal(err)
	}
	m.t.Cleanup(func() { _ = store.Lock(context.Background()) })
	set, err := profiles.Parse(profiles.File{Data: []byte(config)}, profiles.File{})
	if err != nil {
		m.t.Fatal(err)
	}
	chain, err := set.Chain(profiles.Request{Target: "prod"})
	if err != nil {
		m.t.Fatal(err)
	}
	p, err := credproc.NewPlan(chain, credproc.Options{})
	if err != nil {
		m.t.Fatal(err)
	}
	item := p.Steps[len(p.Steps)-1].Item
	c := credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: issued.Add(life)}
	if err := store.PutSession(m.t.Context(), cache.SessionID(item), c, issued); err != nil {
		m.t.Fatal(err)
	}
}

// Only Linux keeps the unlocked key of a file keyring from one process to the next.
func TestFreshCredentialsAreServedAndAllElseIsHandedOver(t *testing.T) {
	if _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_USER_KEYRING, true); err != nil {
		t.Skipf("the kernel's keyring is not to be had here: %v", err)
	}
	m := newMachine(t)
	other := filepath.Join(m.bin, exe("hatstand"))
	m.wantHandOver(other, "prod") // no keyring is on record
	issued := m.now.Add(-10 * time.Minute).Truncate(time.Second)
	m.keep(issued, time.Hour)

	served := func(args ...string) {
		t.Helper()
		want := fmt.Sprintf(`{"Version":1,"AccessKeyId":"ASIAIOSFODNN7EXAMPLE","SecretAccessKey":"s","SessionToken":"t","Expiration":%q}`+"\n",
			issued.Add(time.Hour).UTC().Format(time.RFC3339))
		if exit := m.run(args...); exit != 0 || m.stdout.String() != want || m.stderr.Len() > 0 || m.became != nil {
			t.Errorf("%q: exit code %d, became %q\nstdout %s\nwant   %s\nstderr %q", args, exit, m.became, m.stdout.String(), want, m.stderr.String())
		}
	}
	served("prod")
	m.env["AWS_PROFILE"] = "prod"
	served()
	delete(m.env, "AWS_PROFILE")

	for _, args := range [][]string{
		{}, {""}, {"other"}, {"me"}, {"prod", "prod"}, {"prod", "--no-cache"}, {"--region", "eu-west-1", "prod"}, {"--help"}, {"-h"}, {"--", "prod"},
	} {
		m.wantHandOver(other, args...)
	}
	for name, value := range map[string]string{
		"HATSTAND_LOG": filepath.Join(m.home, "log"), "HATSTAND_GUARD": "prod", "HATSTAND_BACKEND": "rubbish", "HATSTAND_PROMPT_TIMEOUT": "soon",
		"AWS_REGION": "eu-west-1", "HOME": "relative", // another plan; no folder
	} {
		was := m.env[name]
		m.env[name] = value
		if exit := m.run("prod"); exit != 7 {
			t.Errorf("%s=%s: exit code %d, stdout %q", name, value, exit, m.stdout.String())
		}
		m.env[name] = was
	}
	m.now = issued.Add(50 * time.Minute) // due for renewal
	m.wantHandOver(other, "prod")
	m.now = issued.Add(-time.Hour) // the clock was set back
	m.wantHandOver(other, "prod")
	m.now = issued.Add(time.Minute)
	served("prod")
	m.write(".aws/config", "[profile prod]\nrole_arn = rubbish\n", 0o600)
	m.wantHandOver(other, "prod")
	if _, err := os.Stat(filepath.Join(m.home, "log")); err == nil {
		t.Error("it wrote a log")
	}
}
