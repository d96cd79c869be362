package cache

import (
	"context"
	"errors"
	"testing"
	"time"

	"hatstand/credproc/credentials"
)

func TestAListingReadsNamesAlone(t *testing.T) {
	needKernelKeyring(t)
	dir := t.TempDir()
	o := Options{DataDir: dir, StateDir: dir, Backend: "file"}
	if l, err := List(t.Context(), o); err != nil || l.Keys("Me") {
		t.Errorf("nothing is recorded: %v", err)
	}
	if _, err := List(t.Context(), Options{DataDir: dir, StateDir: dir, Backend: "none"}); !errors.Is(err, ErrNotForReading) {
		t.Errorf("there is no such keyring: %v", err)
	}
	if files := filesBelow(t, dir); len(files) > 0 {
		t.Errorf("looking made %v", files)
	}
	asked := o
	asked.Passphrase = func(context.Context, PassphraseRequest) (string, error) { return "pw", nil }
	store, err := Open(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Lock(context.Background()) })
	const serial = "arn:aws:iam::111111111111:mfa/alice"
	now := time.Now()
	creds := credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: now.Add(time.Hour)}
	for _, err := range []error{
		store.PutKeys(t.Context(), "Me", testKeys("AKIA1")), store.PutSeed(t.Context(), serial, "seed"),
		store.PutSession(t.Context(), SessionID{Base: "Me", Hash: "hash"}, creds, now),
		store.PutSession(t.Context(), SessionID{Grant: "sso:corp", Hash: "hash"}, creds, now),
		store.PutGrantItem(t.Context(), GrantToken, "sso:corp", []byte("token")),
		store.PutGrantItem(t.Context(), GrantPending, "sso:other", []byte("pending")),
		store.Lock(t.Context()),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	before := filesBelow(t, dir)
	o.Passphrase = func(context.Context, PassphraseRequest) (string, error) {
		t.Error("the passphrase is asked for")
		return "pw", nil
	}
	l, err := List(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	for name, ok := range map[string]bool{
		"keys":                      l.Keys("Me"),
		"seed":                      l.Seed(serial),
		"session":                   l.Session(SessionID{Base: "Me", Hash: "hash"}),
		"credentials of a sign-in":  l.Session(SessionID{Grant: "sso:corp", Hash: "hash"}),
		"sign-in":                   l.Grant("sso:corp"),
		"no keys of another":        !l.Keys("me"),
		"no seed of another":        !l.Seed("arn:aws:iam::111111111111:mfa/bob"),
		"no session of another":     !l.Session(SessionID{Base: "Me", Hash: "other"}),
		"no session of no one":      !l.Session(SessionID{}),
		"no sign-in that is undone": !l.Grant("sso:other"),
	} {
		if !ok {
			t.Error(name)
		}
	}
	if after := filesBelow(t, dir); len(after) != len(before) {
		t.Errorf("it left %q, there was %q", after, before)
	}
	o.Backend = "wallet"
	if _, err := List(t.Context(), o); !errors.Is(err, ErrNotForReading) {
		t.Errorf("an unknown keyring: %v", err)
	}
}
