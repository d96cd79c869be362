//go:build unix

package file

import (
	"errors"
	"os"
	"syscall"
	"testing"
	"time"

	"hatstand/cache/backend"
)

// A FIFO in the place of what the file keyring reads is damage, found at once, also where somebody could write to it
// at any time.
func TestPlantedItems(t *testing.T) {
	a := &asker{answers: []string{"pw", "pw", "pw"}}
	s, ring := newProcess(t.TempDir(), &fakeKernel{}, a)
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{ring.path("mfa/s"), ring.paramsPath()} {
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		writer, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer writer.Close()
		began := time.Now()
		if _, err := s.Seed(t.Context(), "s"); err == nil || errors.Is(err, backend.TimedOut) {
			t.Errorf("%s: %v after %s", path, err, time.Since(began))
		}
	}
}

// A link is damage too, also where it leads to the file that was there: a session behind one is made anew.
func TestLinkedItems(t *testing.T) {
	a := &asker{answers: []string{"pw", "pw", "pw"}}
	dir := t.TempDir()
	s, ring := newProcess(dir, &fakeKernel{}, a)
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]backend.Error{
		ring.path("mfa/s"): {Kind: backend.Corrupt}, ring.paramsPath(): {Kind: backend.Denied, Need: backend.NeedSafeFolder},
	} {
		if err := errors.Join(os.Rename(path, path+".real"), os.Symlink(path+".real", path)); err != nil {
			t.Fatal(err)
		}
		again, _ := newProcess(dir, &fakeKernel{}, a)
		var e *backend.Error
		_, err := again.Seed(t.Context(), "s")
		if !errors.As(err, &e) || e.Kind != want.Kind || e.Need != want.Need {
			t.Errorf("%s: %+v", path, err)
		}
		if err := os.Rename(path+".real", path); err != nil {
			t.Fatal(err)
		}
	}
}
