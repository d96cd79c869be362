//go:build unix

package folder

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
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
		{"in a folder of another user's", func(t *testing.T, dir string) {
			mkdir(t, dir, "", 0o700)
			giveAway(t, filepath.Dir(dir))
		}, "who could replace what is in it", true},
		{"in a sticky folder of another user's, who may rename what is in it", func(t *testing.T, dir string) {
			mkdir(t, dir, "", 0o700)
			mkdir(t, filepath.Dir(dir), "", 0o777|os.ModeSticky)
			giveAway(t, filepath.Dir(dir))
		}, "who could replace what is in it", true},
		{"with a folder two above that all may write to", func(t *testing.T, dir string) {
			mkdir(t, dir, "", 0o700)
			mkdir(t, filepath.Dir(filepath.Dir(dir)), "", 0o777)
		}, "who could replace what is in it", false},
		{"in another user's link to a folder of one's own", func(t *testing.T, dir string) {
			parent := filepath.Dir(dir)
			mkdir(t, parent+"-own", "hatstand", 0o700)
			if err := os.Remove(parent); err != nil {
				t.Fatal(err)
			}
			link(t, parent+"-own", parent)
			giveAway(t, parent)
		}, "is a link that another user owns", true},
		{"in one's own link to a folder that all may write to", func(t *testing.T, dir string) {
			parent := filepath.Dir(dir)
			mkdir(t, parent+"-own", "hatstand", 0o700)
			mkdir(t, parent+"-own", "", 0o777)
			if err := os.Remove(parent); err != nil {
				t.Fatal(err)
			}
			link(t, parent+"-own", parent)
		}, "who could replace what is in it", false},
		{"one's own relative link", func(t *testing.T, dir string) {
			mkdir(t, dir+"-own", "", 0o700)
			link(t, "../parent/hatstand-own", dir)
		}, "", false},
		{"a link to itself", func(t *testing.T, dir string) { link(t, dir, dir) }, "has too many links", false},
		{"a link that goes up again after another one, to an open folder", func(t *testing.T, dir string) {
			parent := filepath.Dir(dir)
			mkdir(t, parent, "own", 0o700)
			mkdir(t, parent, "far", 0o700)
			mkdir(t, filepath.Join(parent, "far"), "near", 0o700)
			mkdir(t, filepath.Join(parent, "far"), "own", 0o777)
			link(t, "far/near", filepath.Join(parent, "way"))
			link(t, "way/../own", dir) // for the kernel far/own, as text own
		}, "can be written by other users", false},
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
			dir := filepath.Join(t.TempDir(), "above", "parent", "hatstand")
			mkdir(t, filepath.Dir(filepath.Dir(dir)), "parent", 0o700)
			row.make(t, dir)
			err := Check(dir)
			if errors.Is(err, os.ErrNotExist) {
				err = nil
			}
			var folder *Error
			switch {
			case row.says == "" && err != nil:
				t.Error(err)
			case row.says != "" && (!errors.As(err, &folder) || !strings.Contains(err.Error(), row.says)):
				t.Errorf("%v", err)
			}
			if made := Make(dir); (made == nil) != (row.says == "") {
				t.Errorf("Make: %v", made)
			}
			if could := CouldMake(dir); (could == nil) != (row.says == "") {
				t.Errorf("CouldMake: %v", could)
			}
		})
	}
}

// What repairs a place harms nothing else: no shared folder is closed, no device moved away.
func TestFixesAreHarmless(t *testing.T) {
	dir := t.TempDir()
	mkdir(t, dir, "open", 0o777)
	mkdir(t, dir, "shared", 0o777|os.ModeSticky)
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "open"):   "chmod 700 " + filepath.Join(dir, "open"),
		filepath.Join(dir, "shared"): "give another folder",
		file:                         "give another folder, or move the file away",
		filepath.Join(file, "below"): "give another folder, or move the file away",
		os.DevNull:                   "give another folder",
		os.DevNull + "/hatstand":     "give another folder",
	} {
		var unsafe *Error
		if err := Check(path); !errors.As(err, &unsafe) || unsafe.Fix != want {
			t.Errorf("%s: %+v, want %q", path, err, want)
		}
	}
}

// The AWS CLI makes its folders by the umask, which gives them to the group where each user has one of their own.
func TestFoldersOfOtherPrograms(t *testing.T) {
	for _, row := range []struct {
		name string
		mode os.FileMode
		says string
	}{
		{"its user's alone", 0o700, ""},
		{"one that its group may write to", 0o770, ""},
		{"one that all may write to", 0o777, "can be written by other users"},
		{"that with a sticky bit", 0o777 | os.ModeSticky, "can be written by other users"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "cache")
			mkdir(t, dir, "", row.mode)
			err := CheckByUmask(dir)
			var unsafe *Error
			if row.says == "" && err != nil || row.says != "" && (!errors.As(err, &unsafe) || unsafe.Reason != row.says) {
				t.Error(err)
			}
		})
	}
	t.Run("another user's", func(t *testing.T) {
		needRoot(t)
		dir := filepath.Join(t.TempDir(), "cache")
		mkdir(t, dir, "", 0o700)
		giveAway(t, dir)
		var unsafe *Error
		if err := CheckByUmask(dir); !errors.As(err, &unsafe) || unsafe.Reason != "belongs to another user" {
			t.Error(err)
		}
	})
}

// Where a folder is missing, those above it are looked at all the same, and nothing is made below another user's.
func TestNothingIsMadeInAnotherUsersHome(t *testing.T) {
	needRoot(t)
	home := filepath.Join(t.TempDir(), "home")
	mkdir(t, home, "", 0o700)
	giveAway(t, home)
	path := filepath.Join(home, ".local", "share", "hatstand")
	for what, err := range map[string]error{"Check": Check(path), "Make": Make(path), "CouldMake": CouldMake(path)} {
		var unsafe *Error
		if !errors.As(err, &unsafe) || unsafe.Path != home || unsafe.Fix == "" {
			t.Errorf("%s: %v", what, err)
		}
	}
	if entries, err := os.ReadDir(home); err != nil || len(entries) > 0 {
		t.Errorf("made: %v, %v", entries, err)
	}
}

func TestUsersOfANamespace(t *testing.T) {
	for _, row := range []struct {
		name, uidMap string
		uid          uint32
		want         bool
	}{
		{"no namespace", "         0          0 4294967295\n", 65534, true},
		{"unshare -U", "", 65534, false},
		{"bubblewrap maps one user", "1000 1000 1\n", 65534, false},
		{"its own user", "1000 1000 1\n", 1000, true},
		{"root is not among them", "1000 1000 1\n", 0, false},
		{"rootless Podman", "0 1000 1\n1 100000 65536\n", 65534, true},
		{"the end of a range", "0 1000 1\n1 100000 65533\n", 65534, false},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := mappedIn(row.uidMap, row.uid); got != row.want {
				t.Error(got)
			}
		})
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

func mkdir(t *testing.T, dir, name string, mode os.FileMode) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
