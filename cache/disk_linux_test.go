package cache

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// smallDisk mounts a tmpfs of 256 KiB.
func smallDisk(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=256k,mode=700"); err != nil {
		t.Skipf("a small disk needs the right to mount: %v", err)
	}
	t.Cleanup(func() { _ = syscall.Unmount(dir, syscall.MNT_DETACH) })
	return dir
}

func fill(t *testing.T, dir string) {
	t.Helper()
	f, err := os.Create(filepath.Join(dir, "filler"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for block := make([]byte, 4096); ; {
		if _, err := f.Write(block); err != nil {
			if !errors.Is(err, syscall.ENOSPC) {
				t.Fatal(err)
			}
			return
		}
	}
}

func TestFullDisk(t *testing.T) {
	dir := smallDisk(t)
	s, ring := newProcess(dir, &shelf{}, &asker{answers: []string{"pw"}})
	if err := s.PutKeys(t.Context(), "p", testKeys("OLD")); err != nil {
		t.Fatal(err)
	}
	locks, err := OpenLocks("", filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, dir)
	creds, issued := testSession(time.Hour)
	creds.SessionToken = strings.Repeat("t", 3000)
	for what, err := range map[string]error{
		"keys": s.PutKeys(t.Context(), "p", testKeys("NEW")), "session": s.PutSession(t.Context(), "p", "h", creds, issued),
	} {
		var unavailable *UnavailableError
		if !errors.As(err, &unavailable) || !errors.Is(err, syscall.ENOSPC) || len(unavailable.Hints()) == 0 {
			t.Errorf("%s: %v", what, err)
		}
	}
	if keys, err := s.Keys(t.Context(), "p"); err != nil || keys.AccessKeyID != "OLD" {
		t.Errorf("the old keys: %v, %v", keys, err)
	}
	entries, _ := os.ReadDir(ring.folder)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), tempPrefix) {
			t.Errorf("left behind: %s", e.Name())
		}
	}
	// A lock needs an inode and no room: what it says of its holder is lost, the lock is not.
	if release, err := locks.Acquire(t.Context(), "n", "p"); err != nil {
		var broken *LockError
		if !errors.As(err, &broken) {
			t.Errorf("%v", err)
		}
	} else {
		release()
	}
	if err := s.RemoveKeys(t.Context(), "p"); err != nil {
		t.Errorf("removing makes room: %v", err)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	dir := smallDisk(t)
	a := &asker{answers: []string{"pw"}}
	s, _ := newProcess(dir, &shelf{}, a)
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenLocks("", filepath.Join(dir, "state")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=256k"); err != nil {
		t.Fatal(err)
	}
	s, _ = newProcess(dir, &shelf{}, a)
	if seed, err := s.Seed(t.Context(), "s"); err != nil || seed != "SEED" {
		t.Errorf("reading: %v", err)
	}
	var unavailable *UnavailableError
	if err := s.PutSeed(t.Context(), "s", "OTHER"); !errors.As(err, &unavailable) || !errors.Is(err, syscall.EROFS) {
		t.Errorf("writing: %v", err)
	}
	locks, err := OpenLocks("", filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	var broken *LockError
	if _, err := locks.Acquire(context.Background(), "n", "p"); !errors.As(err, &broken) {
		t.Errorf("lock: %v", err)
	}
	if _, err := OpenLocks("", filepath.Join(dir, "none")); !errors.As(err, &broken) {
		t.Errorf("lock folder: %v", err)
	}
}
