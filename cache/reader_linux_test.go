package cache

import (
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
	"time"

	"hatstand/credproc/credentials"
)

// filesBelow are the names below a folder.
func filesBelow(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil && !e.IsDir() {
			names = append(names, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestAReaderReadsWhatIsUnlockedAndRecorded(t *testing.T) {
	needKernelKeyring(t)
	dir := t.TempDir()
	o := Options{DataDir: dir, StateDir: dir}
	o.Backend = "file"
	if _, err := OpenReader(t.Context(), o); !errors.Is(err, ErrNotForReading) {
		t.Errorf("nothing is recorded: %v", err)
	}
	if got := filesBelow(t, dir); len(got) > 0 {
		t.Errorf("it wrote %q", got)
	}

	asked := o
	asked.Passphrase = func(context.Context, PassphraseRequest) (string, error) { return "pw", nil }
	store, err := Open(t.Context(), asked)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Lock(context.Background()) })
	issued := time.Now().Round(time.Second)
	want := credentials.Value{AccessKeyID: "ASIAIOSFODNN7EXAMPLE", SecretAccessKey: "s", SessionToken: "t", CanExpire: true, Expires: issued.Add(time.Hour)}
	if err := store.PutSession(t.Context(), SessionID{Base: "me", Hash: "hash"}, want, issued); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "file"} {
		o.Backend = name
		r, err := OpenReader(t.Context(), o)
		if err != nil {
			t.Fatal(err)
		}
		got, at, err := r.Session(t.Context(), SessionID{Base: "me", Hash: "hash"})
		if err != nil || got.SessionToken != "t" || !at.Equal(issued) {
			t.Errorf("backend %q: %v, issued %s, %v", name, got.AccessKeyID, at, err)
		}
		if _, _, err := r.Session(t.Context(), SessionID{Base: "me", Hash: "other"}); !errors.Is(err, ErrNotFound) {
			t.Errorf("an item that is not there: %v", err)
		}
	}

	if err := store.Lock(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := filesBelow(t, dir)
	o.Passphrase = asked.Passphrase // it is not used
	r, err := OpenReader(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = r.Session(t.Context(), SessionID{Base: "me", Hash: "hash"})
	if !errors.Is(err, Locked) {
		t.Errorf("locked: %v", err)
	}
	if after := filesBelow(t, dir); len(after) != len(before) {
		t.Errorf("it left %q, there was %q", after, before)
	}
	o.Backend = "keychain"
	if _, err := OpenReader(t.Context(), o); !errors.Is(err, ErrNotForReading) {
		t.Errorf("the Keychain: %v", err)
	}
}
