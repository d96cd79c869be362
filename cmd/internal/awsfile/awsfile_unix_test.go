//go:build unix

package awsfile

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"hatstand/cache"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/app"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

// A filed is an app with a home of its own, and the config file in it.
type filed struct {
	Editor
	home, config string
}

const oldText, newText = "[profile a]\nx = 1\n", "[profile a]\nx = 2\n"

func newFiled(t *testing.T) filed {
	t.Helper()
	home := t.TempDir()
	w := app.World{GOOS: "linux", Getenv: func(name string) string {
		return map[string]string{"HOME": home}[name]
	}}
	settings := app.NewSettings(w)
	f := filed{Editor{w, settings, app.NewLockFolder(w, settings)}, home, filepath.Join(home, ".aws", "config")}
	f.write(t, f.config, oldText)
	return f
}

func (f filed) write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// edit is what rewrite does with newText, unless something happens to the file meanwhile.
func (f filed) edit(t *testing.T, meanwhile func()) error {
	return f.Rewrite(t.Context(), Config, func(file profiles.File) ([]byte, error) {
		if file.Path != "~/.aws/config" {
			t.Errorf("the file is called %q", file.Path)
		}
		if meanwhile != nil {
			meanwhile()
		}
		return []byte(newText), nil
	})
}

// holds compares the file, and looks for what was left in its folder.
func (f filed) holds(t *testing.T, path, want string) {
	t.Helper()
	got, err := os.ReadFile(path)
	if err != nil || string(got) != want {
		t.Errorf("%s holds %q (%v), want %q", path, got, err, want)
	}
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

func stat(t *testing.T, path string) (fs.FileInfo, *syscall.Stat_t) {
	t.Helper()
	info, err := os.Lstat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info, info.Sys().(*syscall.Stat_t)
}

func TestARewrittenFileKeepsItsModeOwnerAndGroup(t *testing.T) {
	f := newFiled(t)
	if err := os.Chmod(f.config, 0o640); err != nil {
		t.Fatal(err)
	}
	uid, gid := os.Geteuid(), os.Getegid()
	if uid == 0 {
		uid, gid = 12345, 23456
		if err := os.Chown(f.config, uid, gid); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.edit(t, nil); err != nil {
		t.Fatal(err)
	}
	f.holds(t, f.config, newText)
	info, st := stat(t, f.config)
	if info.Mode().Perm() != 0o640 || int(st.Uid) != uid || int(st.Gid) != gid {
		t.Errorf("mode %v, owner %d, group %d", info.Mode(), st.Uid, st.Gid)
	}
}

func TestANewFileIsItsUsersAlone(t *testing.T) {
	f := newFiled(t)
	if err := os.RemoveAll(filepath.Dir(f.config)); err != nil {
		t.Fatal(err)
	}
	if err := f.edit(t, nil); err != nil {
		t.Fatal(err)
	}
	f.holds(t, f.config, newText)
	file, _ := stat(t, f.config)
	folder, _ := stat(t, filepath.Dir(f.config))
	if file.Mode().Perm() != 0o600 || folder.Mode().Perm() != 0o700 {
		t.Errorf("file %v, folder %v", file.Mode(), folder.Mode())
	}
}

func TestNothingIsMadeInAnotherUsersHome(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can give a folder away")
	}
	for _, there := range []string{"nothing", ".aws"} {
		t.Run(there, func(t *testing.T) {
			f := newFiled(t)
			// Locks are in a folder of one's own, as where XDG_STATE_HOME is set.
			state, getenv := t.TempDir(), f.World.Getenv
			f.World.Getenv = func(name string) string {
				if name == "XDG_STATE_HOME" {
					return state
				}
				return getenv(name)
			}
			f.Settings = app.NewSettings(f.World)
			f.Locks = app.NewLockFolder(f.World, f.Settings)
			dir := filepath.Dir(f.config)
			if err := os.RemoveAll(dir); err != nil {
				t.Fatal(err)
			}
			if there == ".aws" {
				if err := os.Mkdir(dir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			for _, path := range []string{f.home, dir} {
				if err := os.Chown(path, 12345, 12345); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Fatal(err)
				}
			}
			err := f.edit(t, nil)
			if refused := (*Error)(nil); !errors.As(err, &refused) ||
				refused.Reason != "belongs to another user: no file is made there" {
				t.Errorf("%v", err)
			}
			found := 0
			_ = filepath.WalkDir(f.home, func(path string, _ fs.DirEntry, _ error) error {
				if _, st := stat(t, path); st.Uid == 0 {
					t.Errorf("made: %s", path)
				}
				found++
				return nil
			})
			if found == 0 {
				t.Error("nothing was looked at")
			}
		})
	}
}

func TestALinkStaysAndItsTargetIsWritten(t *testing.T) {
	f := newFiled(t)
	target := filepath.Join(f.home, "dotfiles", "aws", "config")
	f.write(t, target, oldText)
	// .aws is a link to dotfiles/link, which is one to aws; the file in it is one too.
	for _, link := range [][2]string{{"../dotfiles/../dotfiles/aws/config", f.config}, {"aws", filepath.Join(f.home, "dotfiles", "link")}} {
		_ = os.Remove(link[1])
		if err := os.Symlink(link[0], link[1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.edit(t, nil); err != nil {
		t.Fatal(err)
	}
	f.holds(t, target, newText)
	if to, err := os.Readlink(f.config); err != nil || to != "../dotfiles/../dotfiles/aws/config" {
		t.Errorf("the link is %q, %v", to, err)
	}
	got, err := followLinks(filepath.Join(f.home, "dotfiles", "link", "config"))
	if want, _ := followLinks(target); err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
}

func TestWhatCannotBeRewrittenIsLeftAsItWas(t *testing.T) {
	change := func(t *testing.T, f filed) { f.write(t, f.config, "[profile mine]\n") }
	for _, row := range []struct {
		name      string
		root      bool
		prepare   func(*testing.T, filed)
		meanwhile func(*testing.T, filed)
		problem   string
		holds     string
	}{
		{"changed by another program", false, nil, change, "~/.aws/config was changed by another program in the meantime", "[profile mine]\n"},
		{"taken away by another program", false, nil, func(t *testing.T, f filed) { os.Remove(f.config) }, "~/.aws/config was changed by another program in the meantime", ""},
		{"made by another program", false, func(t *testing.T, f filed) { os.Remove(f.config) }, change, "~/.aws/config was changed by another program in the meantime", "[profile mine]\n"},
		{"made empty by another program", false, func(t *testing.T, f filed) { os.Remove(f.config) }, func(t *testing.T, f filed) { f.write(t, f.config, "") }, "~/.aws/config was changed by another program in the meantime", ""},
		{"read-only", false, func(t *testing.T, f filed) { os.Chmod(f.config, 0o400) }, nil, "~/.aws/config is read-only", oldText},
		{"two names", false, func(t *testing.T, f filed) { os.Link(f.config, f.config+"2") }, nil, "~/.aws/config has a second name (a hard link), which would keep the old text", oldText},
		{"a folder", false, func(t *testing.T, f filed) { os.Remove(f.config); os.Mkdir(f.config, 0o700) }, nil, "~/.aws/config is not a file", ""},
		{"a link to itself", false, func(t *testing.T, f filed) { os.Remove(f.config); os.Symlink("config", f.config) }, nil, "~/.aws/config goes through too many links", ""},
		{"another user's link", true, func(t *testing.T, f filed) {
			os.Rename(f.config, f.config+"2")
			os.Symlink("config2", f.config)
			os.Lchown(f.config, 12345, 12345)
		}, nil, "~/.aws/config is a link that another user owns", oldText},
		{"another user's link on the way", true, func(t *testing.T, f filed) {
			os.Rename(filepath.Dir(f.config), f.home+"/elsewhere")
			os.Symlink("elsewhere", filepath.Dir(f.config))
			os.Lchown(filepath.Dir(f.config), 12345, 12345)
		}, nil, "~/.aws is a link that another user owns", oldText},
	} {
		t.Run(row.name, func(t *testing.T) {
			if row.root && os.Geteuid() != 0 {
				t.Skip("needs root, who can give files away")
			}
			f := newFiled(t)
			if row.prepare != nil {
				row.prepare(t, f)
			}
			err := f.edit(t, func() {
				if row.meanwhile != nil {
					row.meanwhile(t, f)
				}
			})
			if e, ok := errors.AsType[*Error](err); !ok || e.Error() != row.problem {
				t.Fatalf("error is %v", err)
			}
			if row.holds != "" {
				f.holds(t, f.config, row.holds)
			}
			left, err := filepath.Glob(filepath.Join(f.home, "*", ".new-*"))
			hidden, _ := filepath.Glob(filepath.Join(f.home, ".aws", ".new-*"))
			if err != nil || len(left)+len(hidden) > 0 {
				t.Errorf("left behind: %v %v", left, hidden)
			}
		})
	}
}

func TestAnEditThatChangesNothingTouchesNothing(t *testing.T) {
	f := newFiled(t)
	_, before := stat(t, f.config)
	for _, fails := range []error{nil, errors.New("no")} {
		err := f.Rewrite(t.Context(), Config, func(file profiles.File) ([]byte, error) { return file.Data, fails })
		if err != fails {
			t.Errorf("error is %v", err)
		}
	}
	if _, after := stat(t, f.config); after.Ino != before.Ino {
		t.Error("it is another file")
	}
}

func TestEditsAtTheSameTimeAreAllThere(t *testing.T) {
	f := newFiled(t)
	const n = 20
	done := make(chan error, n)
	for i := range n {
		go func() {
			other := Editor{f.World, f.Settings, app.NewLockFolder(f.World, f.Settings)} // as another process
			done <- other.Rewrite(t.Context(), Config, func(file profiles.File) ([]byte, error) {
				e, err := edit.Config(file)
				if err == nil {
					err = e.Set(edit.Profile("a"), "k"+strings.Repeat("k", i), "1")
				}
				return e.Bytes(), err
			})
		}()
	}
	for range n {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
	text, err := os.ReadFile(f.config)
	if err != nil || bytes.Count(text, []byte("\nk")) != n {
		t.Errorf("%v: %s", err, text)
	}
}

func TestWhyThereIsNoLock(t *testing.T) {
	interrupted, cancel := context.WithCancelCause(t.Context())
	cancel(app.ErrInterrupted)
	for _, row := range []struct {
		name string
		ctx  context.Context
		err  error
		want string
	}{
		{"another hatstand has it", t.Context(), &lock.HeldError{PID: 7, Holder: "an edit", Err: context.DeadlineExceeded}, "/h/.aws/config is being edited by another hatstand (process 7)"},
		{"Ctrl-C while it waits", interrupted, &lock.HeldError{PID: 7, Err: context.Canceled}, mfa.ErrCancelled.Error()},
		{"the folder cannot be written to", t.Context(), &lock.Error{Path: "/run/x.lock", Op: "take", Err: &fs.PathError{Op: "open", Path: "/run/x.lock", Err: syscall.EROFS}},
			"/h/.aws/config was not changed, since there can be no lock in /run: read-only file system"},
		{"the folder is another user's, which has a hint of its own", t.Context(), &lock.Error{Path: "/run", Op: "open", Err: &cache.FolderError{Path: "/run", Reason: "belongs to another user", Fix: "chown it"}},
			"lock: open /run: folder /run belongs to another user"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := lockError(row.ctx, "/h/.aws/config", row.err); got.Error() != row.want {
				t.Errorf("got %q, want %q", got, row.want)
			}
		})
	}
}

func TestCutPathGivesEveryPart(t *testing.T) {
	var parts []string
	for rest := "//a/../b//c/"; ; {
		var part string
		if part, rest = cutPath(rest); part == "" {
			break
		}
		parts = append(parts, part)
	}
	if want := []string{"a", "..", "b", "c"}; !slices.Equal(parts, want) {
		t.Errorf("%q", parts)
	}
}
