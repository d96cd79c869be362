package file

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"hatstand/cache/folder"
	"hatstand/cache/lock"
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
	s, ring := newProcess(dir, &fakeKernel{}, &asker{answers: []string{"pw"}})
	if err := s.PutKeys(t.Context(), "p", "OLD"); err != nil {
		t.Fatal(err)
	}
	locks, err := lock.Open("", filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	fill(t, dir)
	for what, err := range map[string]error{
		"keys": s.PutKeys(t.Context(), "p", "NEW"), "session": s.put(t.Context(), "session/p/h", strings.Repeat("t", 3000)),
	} {
		if !isOurs(err) || !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if keys, err := s.KeysOf(t.Context(), "p"); err != nil || keys != "OLD" {
		t.Errorf("the old keys: %v, %v", keys, err)
	}
	entries, _ := os.ReadDir(ring.folder)
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), folder.TempPrefix) {
			t.Errorf("left behind: %s", e.Name())
		}
	}
	// A lock needs an inode and no room: what it says of its holder is lost, the lock is not.
	if release, err := locks.Acquire(t.Context(), "n", "p"); err != nil {
		var broken *lock.Error
		if !errors.As(err, &broken) {
			t.Errorf("%v", err)
		}
	} else {
		release()
	}
	if err := s.Remove(t.Context(), "keys/p"); err != nil {
		t.Errorf("removing makes room: %v", err)
	}
}

func TestReadOnlyDisk(t *testing.T) {
	dir := smallDisk(t)
	a := &asker{answers: []string{"pw"}}
	s, _ := newProcess(dir, &fakeKernel{}, a)
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	if _, err := lock.Open("", filepath.Join(dir, "state")); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("", dir, "", syscall.MS_REMOUNT|syscall.MS_RDONLY, "size=256k"); err != nil {
		t.Fatal(err)
	}
	s, _ = newProcess(dir, &fakeKernel{}, a)
	if seed, err := s.Seed(t.Context(), "s"); err != nil || seed != "SEED" {
		t.Errorf("reading: %v", err)
	}
	if err := s.PutSeed(t.Context(), "s", "OTHER"); !isOurs(err) || !errors.Is(err, syscall.EROFS) {
		t.Errorf("writing: %v", err)
	}
	locks, err := lock.Open("", filepath.Join(dir, "state"))
	if err != nil {
		t.Fatal(err)
	}
	var broken *lock.Error
	if _, err := locks.Acquire(context.Background(), "n", "p"); !errors.As(err, &broken) {
		t.Errorf("lock: %v", err)
	}
	if _, err := lock.Open("", filepath.Join(dir, "none")); !errors.As(err, &broken) {
		t.Errorf("lock folder: %v", err)
	}
}
