//go:build unix

package lock

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// stranger is a user that is not the one who runs the tests.
const stranger = 65534

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to another user")
	}
}

// planted are the things that can stand where a lock should, and how they are refused.
func planted() map[string]struct {
	plant func(path, victim string) error
	says  string
	root  bool
} {
	type row = struct {
		plant func(path, victim string) error
		says  string
		root  bool
	}
	return map[string]row{
		"a FIFO":              {func(path, _ string) error { return syscall.Mkfifo(path, 0o600) }, "is not a regular file", false},
		"a folder":            {func(path, _ string) error { return os.Mkdir(path, 0o700) }, "is not a regular file", false},
		"a link":              {func(path, victim string) error { return os.Symlink(victim, path) }, "is not a regular file", false},
		"a link to nothing":   {func(path, victim string) error { return os.Symlink(victim+"-new", path) }, "is not a regular file", false},
		"another file's name": {func(path, victim string) error { return os.Link(victim, path) }, "has other names", false},
		"another user's file": {func(path, _ string) error {
			return errors.Join(os.WriteFile(path, nil, 0o666), os.Chown(path, stranger, stranger))
		}, "belongs to another user", true},
	}
}

// Whatever stands in a lock's place, nothing waits for it and nothing is written through it.
func TestPlantedLocks(t *testing.T) {
	for name, row := range planted() {
		t.Run(name, func(t *testing.T) {
			if row.root {
				needRoot(t)
			}
			dir := t.TempDir()
			victim := filepath.Join(dir, "victim")
			write(t, victim, "precious")
			state := filepath.Join(dir, "state")
			locks, err := Open("", state)
			if err != nil {
				t.Fatal(err)
			}
			if err := row.plant(locks.path("x"), victim); err != nil {
				t.Fatal(err)
			}
			var broken *Error
			if release, err := locks.Acquire(t.Context(), "x", "p"); !errors.As(err, &broken) || !strings.Contains(err.Error(), row.says) {
				t.Errorf("Acquire: %v", err)
				if err == nil {
					release()
				}
			}
			if _, err := locks.Await(t.Context(), "x", 0); !errors.As(err, &broken) {
				t.Errorf("Await: %v", err)
			}
			if release, err := locks.Try("x"); !errors.As(err, &broken) {
				t.Errorf("Try: %v", err)
				if err == nil {
					release()
				}
			}
			_, _ = locks.Holder("x")
			_ = locks.Refuse("x", "no", time.Now())
			if b, err := os.ReadFile(victim); err != nil || string(b) != "precious" {
				t.Errorf("the victim holds %q, %v", b, err)
			}
			if _, err := os.Lstat(victim + "-new"); !errors.Is(err, os.ErrNotExist) {
				t.Error("a file was made through the link")
			}
		})
	}
}

// A runtime folder that others may write to is passed over.
func TestRuntimeFolderOfOthers(t *testing.T) {
	for mode, want := range map[os.FileMode]string{0o700: "run/hatstand", 0o777: "state", 0o777 | os.ModeSticky: "state"} {
		dir := t.TempDir()
		mkdir(t, dir, "run", mode)
		locks, err := Open(filepath.Join(dir, "run"), filepath.Join(dir, "state"))
		if err != nil || locks.Folder() != filepath.Join(dir, want) {
			t.Errorf("%v: %v, %v", mode, locks, err)
		}
	}
}

func TestLockFileIsNoLink(t *testing.T) {
	locks, _ := openTestLocks(t)
	target := filepath.Join(t.TempDir(), "precious")
	write(t, target, "precious")
	symlink(t, target, locks.path("n"))
	_, err := locks.Acquire(t.Context(), "n", "p")
	var broken *Error
	if !errors.As(err, &broken) {
		t.Errorf("%v", err)
	}
	if b, _ := os.ReadFile(target); string(b) != "precious" {
		t.Errorf("the link was followed: %q", b)
	}
}
