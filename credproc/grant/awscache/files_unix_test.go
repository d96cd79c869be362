//go:build unix

package awscache

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// stranger is a user that is not the one who runs the tests.
const stranger = 65534

func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can give files to another user")
	}
}

func giveAway(t *testing.T, path string) {
	t.Helper()
	if err := os.Lchown(path, stranger, stranger); err != nil {
		t.Fatal(err)
	}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func checkMode(t *testing.T, path string, want fs.FileMode) {
	t.Helper()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
		t.Errorf("%s: %v, %v", path, info.Mode(), err)
	}
}

// What stands in a file's place is neither read nor removed, and a write puts a file there, without a look behind it.
func TestHostileFiles(t *testing.T) {
	for _, row := range []struct {
		claim  string
		make   func(t *testing.T, f Folder, path string)
		kind   Kind
		reason string
		root   bool
	}{
		{"a link to a token", func(t *testing.T, f Folder, path string) {
			put(t, f, "real.json", sso)
			must(t, os.Symlink("real.json", path))
		}, NotRegular, "not a regular file", false},
		{"a link to nothing", func(t *testing.T, f Folder, path string) {
			must(t, os.Symlink("real.json", path))
		}, NotRegular, "not a regular file", false},
		{"a FIFO", func(t *testing.T, f Folder, path string) { must(t, syscall.Mkfifo(path, 0o600)) }, NotRegular, "not a regular file", false},
		{"a FIFO that a writer holds open", func(t *testing.T, f Folder, path string) {
			must(t, syscall.Mkfifo(path, 0o600))
			w, err := os.OpenFile(path, os.O_RDWR, 0)
			must(t, err)
			t.Cleanup(func() { w.Close() })
		}, NotRegular, "not a regular file", false},
		{"a link to a device", func(t *testing.T, f Folder, path string) { must(t, os.Symlink("/dev/zero", path)) }, NotRegular, "not a regular file", false},
		{"a folder", func(t *testing.T, f Folder, path string) { must(t, os.Mkdir(path, 0o700)) }, NotRegular, "not a regular file", false},
		{"another user's file", func(t *testing.T, f Folder, path string) {
			put(t, f, filepath.Base(path), sso)
			giveAway(t, path)
		}, Foreign, "belongs to another user", true},
		{"another user's link to a file of ours", func(t *testing.T, f Folder, path string) {
			put(t, f, "real.json", sso)
			must(t, os.Symlink("real.json", path))
			giveAway(t, path)
		}, NotRegular, "not a regular file", true},
	} {
		t.Run(row.claim, func(t *testing.T) {
			if row.root {
				needRoot(t)
			}
			f := newFolder(t)
			path := filepath.Join(string(f), ssoName)
			row.make(t, f, path)
			before, err := os.Lstat(path)
			must(t, err)
			want := Error{Kind: row.kind, Path: path, Reason: row.reason}
			_, err = f.ReadSSO(ssoName)
			checkError(t, err, want)
			_, err = f.ReadLogin(ssoName)
			checkError(t, err, want)
			checkError(t, f.Remove(ssoName, now), want)
			if after, err := os.Lstat(path); err != nil || !os.SameFile(before, after) {
				t.Errorf("it was touched: %v", err)
			}
			newer := ssoToken()
			newer.AccessToken = "NEW"
			err = f.WriteSSO(ssoName, newer)
			if before.IsDir() {
				checkError(t, err, want)
				return
			}
			if token, again := f.ReadSSO(ssoName); err != nil || again != nil || token.AccessToken != "NEW" {
				t.Errorf("not replaced: %v, %v", err, again)
			}
			checkMode(t, path, 0o600)
			if real, err := os.ReadFile(filepath.Join(string(f), "real.json")); err == nil && string(real) != sso {
				t.Error("the link was followed")
			}
		})
	}
}

func TestHostileFolders(t *testing.T) {
	for _, row := range []struct {
		claim  string
		make   func(t *testing.T, home string, f Folder)
		reason string // "" where it is good
		path   string // below the home
		root   bool
	}{
		{"as the AWS CLI makes it where each user has a group", func(t *testing.T, home string, f Folder) {
			must(t, os.Chmod(string(f), 0o775))
		}, "", "", false},
		{"one's own link to it", func(t *testing.T, home string, f Folder) {
			must(t, os.Rename(filepath.Join(home, ".aws"), filepath.Join(home, "dotfiles")))
			must(t, os.Symlink("dotfiles", filepath.Join(home, ".aws")))
		}, "", "", false},
		{"for all to write", func(t *testing.T, home string, f Folder) {
			must(t, os.Chmod(string(f), 0o777))
		}, "can be written by other users", ".aws/sso/cache", false},
		{"in a folder for all to write", func(t *testing.T, home string, f Folder) {
			must(t, os.Chmod(filepath.Join(home, ".aws"), 0o777))
		}, "can be written by every user, who could replace what is in it", ".aws", false},
		{"a file in its place", func(t *testing.T, home string, f Folder) {
			must(t, os.RemoveAll(string(f)))
			must(t, os.WriteFile(string(f), nil, 0o600))
		}, "is not a folder", ".aws/sso/cache", false},
		{"another user's", func(t *testing.T, home string, f Folder) { giveAway(t, string(f)) }, "belongs to another user", ".aws/sso/cache", true},
		{"another user's link to it", func(t *testing.T, home string, f Folder) {
			must(t, os.Rename(filepath.Join(home, ".aws"), filepath.Join(home, "own")))
			must(t, os.Symlink("own", filepath.Join(home, ".aws")))
			giveAway(t, filepath.Join(home, ".aws"))
		}, "is a link that another user owns", ".aws", true},
		{"in another user's home", func(t *testing.T, home string, f Folder) {
			giveAway(t, home)
		}, "belongs to another user, who could replace what is in it", "", true},
	} {
		t.Run(row.claim, func(t *testing.T) {
			if row.root {
				needRoot(t)
			}
			home := filepath.Join(t.TempDir(), "home")
			f := SSOFolder(home)
			must(t, os.MkdirAll(string(f), 0o755))
			put(t, f, ssoName, sso)
			row.make(t, home, f)
			_, err := f.ReadSSO(ssoName)
			held, listed := f.List(now, nil)
			written := f.WriteSSO(loginName, ssoToken())
			removed := f.Remove(ssoName, now)
			if row.reason == "" {
				for _, err := range []error{err, listed, written, removed} {
					must(t, err)
				}
				checkNames(t, f, loginName)
				return
			}
			want := Error{Kind: UnsafeFolder, Path: filepath.Join(home, row.path), Reason: row.reason}
			for _, err := range []error{err, listed, written, removed} {
				checkError(t, err, want)
				if text := "folder " + want.Path + " " + want.Reason; err == nil || err.Error() != text {
					t.Errorf("%v, want %s", err, text)
				}
			}
			if len(held) > 0 {
				t.Error("it was read")
			}
			if info, err := os.Lstat(string(f)); err == nil && info.IsDir() {
				checkNames(t, f, ssoName)
			}
		})
	}
}

func TestNothingIsMadeInAnotherUsersHome(t *testing.T) {
	needRoot(t)
	home := filepath.Join(t.TempDir(), "home")
	must(t, os.Mkdir(home, 0o700))
	giveAway(t, home)
	checkError(t, SSOFolder(home).WriteSSO(ssoName, ssoToken()),
		Error{Kind: UnsafeFolder, Path: home, Reason: "belongs to another user, who could replace what is in it"})
	if entries, err := os.ReadDir(home); err != nil || len(entries) > 0 {
		t.Errorf("made: %v, %v", entries, err)
	}
}

// What the system refuses is said without the name of the temporary file, which would be another one each time.
func TestWhatTheSystemRefuses(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root may write everywhere")
	}
	f := newFolder(t)
	put(t, f, ssoName, sso)
	path := filepath.Join(string(f), ssoName)
	must(t, os.Chmod(path, 0))
	_, err := f.ReadSSO(ssoName)
	checkError(t, err, Error{Kind: Failed, Path: path, Reason: "open: permission denied"})
	must(t, os.Chmod(string(f), 0o500))
	t.Cleanup(func() { os.Chmod(string(f), 0o700) })
	checkError(t, f.WriteSSO(ssoName, ssoToken()), Error{Kind: Failed, Path: path, Reason: "open: permission denied"})
}

func TestErrorsSayWhichFile(t *testing.T) {
	f := newFolder(t)
	put(t, f, ssoName, strings.Replace(sso, "2026-11-29T16:00:00Z", "SECRET", 1))
	_, err := f.ReadSSO(ssoName)
	if want := "token file " + filepath.Join(string(f), ssoName) + ": expiresAt is not what it should be"; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}
