//go:build unix

package cache

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
			locks, err := OpenLocks("", state)
			if err != nil {
				t.Fatal(err)
			}
			if err := row.plant(locks.path("x"), victim); err != nil {
				t.Fatal(err)
			}
			var broken *LockError
			if release, err := locks.Acquire(t.Context(), "x", "p"); !errors.As(err, &broken) || !strings.Contains(err.Error(), row.says) || len(broken.Hints()) == 0 {
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

// Who may write to a folder may put anything in it: such a one is not used, nor one that could be replaced.
func TestFoldersOfOthers(t *testing.T) {
	for _, row := range []struct {
		name string
		make func(t *testing.T, dir string)
		says string // "" is no error
		root bool
	}{
		{"a folder of one's own", func(t *testing.T, dir string) { mkdir(t, dir, "", 0o700) }, "", false},
		{"one that all may read", func(t *testing.T, dir string) { mkdir(t, dir, "", 0o755) }, "", false},
		{"one that all may write to", func(t *testing.T, dir string) { mkdir(t, dir, "", 0o777) }, "can be written by other users", false},
		{"that with a sticky bit", func(t *testing.T, dir string) { mkdir(t, dir, "", 0o777|os.ModeSticky) }, "can be written by other users", false},
		{"one that its group may write to", func(t *testing.T, dir string) { mkdir(t, dir, "", 0o770) }, "can be written by other users", false},
		{"in a folder that all may write to", func(t *testing.T, dir string) { mkdir(t, filepath.Dir(dir), "", 0o777) }, "who could replace what is in it", false},
		{"in that with a sticky bit, as /tmp has", func(t *testing.T, dir string) { mkdir(t, filepath.Dir(dir), "", 0o777|os.ModeSticky) }, "", false},
		{"in a folder that its group may write to", func(t *testing.T, dir string) { mkdir(t, filepath.Dir(dir), "", 0o775) }, "", false},
		{"another user's folder", func(t *testing.T, dir string) {
			mkdir(t, dir, "", 0o700)
			giveAway(t, dir)
		}, "belongs to another user", true},
		{"another user's link to a folder of one's own", func(t *testing.T, dir string) {
			mkdir(t, dir+"-own", "", 0o700)
			link(t, dir+"-own", dir)
			giveAway(t, dir)
		}, "is a link that another user owns", true},
		{"one's own link to a folder of one's own", func(t *testing.T, dir string) {
			mkdir(t, dir+"-own", "", 0o700)
			link(t, dir+"-own", dir)
		}, "", false},
		{"one's own link to another user's folder", func(t *testing.T, dir string) {
			mkdir(t, dir+"-own", "", 0o700)
			giveAway(t, dir+"-own")
			link(t, dir+"-own", dir)
		}, "belongs to another user", true},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.root {
				needRoot(t)
			}
			dir := filepath.Join(t.TempDir(), "parent", "hatstand")
			mkdir(t, filepath.Dir(dir), "", 0o700)
			row.make(t, dir)
			_, err := OpenLocks("", dir)
			var folder *FolderError
			switch {
			case row.says == "" && err != nil:
				t.Error(err)
			case row.says != "" && (!errors.As(err, &folder) || !strings.Contains(err.Error(), row.says)):
				t.Errorf("%v", err)
			}
			// The keyring's folder is held to the same.
			err = makeFolder(dir)
			if (err == nil) != (row.says == "") {
				t.Errorf("makeFolder: %v", err)
			}
		})
	}
}

// A runtime folder that others may write to is passed over.
func TestRuntimeFolderOfOthers(t *testing.T) {
	for mode, want := range map[os.FileMode]string{0o700: "run/hatstand", 0o777: "state", 0o777 | os.ModeSticky: "state"} {
		dir := t.TempDir()
		mkdir(t, dir, "run", mode)
		locks, err := OpenLocks(filepath.Join(dir, "run"), filepath.Join(dir, "state"))
		if err != nil || locks.Folder() != filepath.Join(dir, want) {
			t.Errorf("%v: %v, %v", mode, locks, err)
		}
	}
}

func giveAway(t *testing.T, path string) {
	t.Helper()
	if err := os.Lchown(path, stranger, stranger); err != nil {
		t.Fatal(err)
	}
}

func link(t *testing.T, to, path string) {
	t.Helper()
	if err := os.Symlink(to, path); err != nil {
		t.Fatal(err)
	}
}

// A FIFO or a link in the record's place neither hangs nor leads elsewhere.
func TestRecordIsAFile(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "backend")
	write(t, elsewhere, "file\n")
	for name, plant := range map[string]func(string) error{
		"fifo":    func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"link":    func(path string) error { return os.Symlink(elsewhere, path) },
		"folder":  func(path string) error { return os.Mkdir(path, 0o700) },
		"written": func(path string) error { return os.WriteFile(path, []byte("file\n"), 0o666) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "state")
			mkdir(t, dir, "", 0o700)
			path := filepath.Join(dir, recordFile)
			if err := plant(path); err != nil {
				t.Fatal(err)
			}
			r, err := readRecord(dir)
			if (err == nil) != (name == "written") || err == nil && r.backend != "file" {
				t.Errorf("%v, %v", r, err)
			}
		})
	}
}

// A FIFO in the place of what the file keyring reads is damage, found at once, also where somebody could write to it
// at any time.
func TestPlantedItems(t *testing.T) {
	a := &asker{answers: []string{"pw", "pw", "pw"}}
	s, ring := newProcess(t.TempDir(), &shelf{}, a)
	if err := s.PutSeed(t.Context(), "s", "SEED"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{ring.path(seedItem("s")), ring.paramsPath()} {
		if err := errors.Join(os.Remove(path), syscall.Mkfifo(path, 0o600)); err != nil {
			t.Fatal(err)
		}
		writer, err := os.OpenFile(path, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer writer.Close()
		began := time.Now()
		var late *UnavailableError
		if _, err := s.Seed(t.Context(), "s"); err == nil || errors.As(err, &late) && late.Cause == TimedOut {
			t.Errorf("%s: %v after %s", path, err, time.Since(began))
		}
	}
}
