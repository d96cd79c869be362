package recent

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// names are those of the history in a folder, in their order.
func names(dir string) string {
	var all []string
	for _, u := range Read(dir) {
		all = append(all, u.Profile)
	}
	return strings.Join(all, " ")
}

func TestAUseIsWrittenForThisUserAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "state", "hatstand")
	if got := names(dir); got != "" {
		t.Errorf("where there is no folder: %q", got)
	}
	if err := Add(dir, at(0), Use{Profile: "a"}, Use{Profile: "b", Item: "i", Until: at(1)}); err != nil {
		t.Fatal(err)
	}
	if got := names(dir); got != "a b" {
		t.Errorf("%q", got)
	}
	if got := Read(dir).Until("b", "i"); !got.Equal(at(1)) {
		t.Errorf("until %v", got)
	}
	info, err := os.Stat(filepath.Join(dir, fileName))
	if err != nil || runtime.GOOS != "windows" && info.Mode() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	if err := Add(dir, at(2)); err != nil || names(dir) != "a b" {
		t.Errorf("nothing was used: %v, %q", err, names(dir))
	}
	if err := Add("", at(2), Use{Profile: "a"}); err != nil {
		t.Errorf("no home is known: %v", err)
	}
}

func TestAFileThatIsNotOursToTrustCountsAsNone(t *testing.T) {
	t.Parallel()
	content, err := encode(after("evil", 0.0))
	if err != nil {
		t.Fatal(err)
	}
	for name, plant := range map[string]func(t *testing.T, path string){
		"damaged": func(t *testing.T, path string) { write(t, path, content[:20]) },
		"too large": func(t *testing.T, path string) {
			write(t, path, append(content, strings.Repeat(" ", largestFile)...))
		},
		"a link": func(t *testing.T, path string) {
			target := filepath.Join(t.TempDir(), "target")
			write(t, target, content)
			if err := os.Symlink(target, path); err != nil {
				t.Skip(err)
			}
			t.Cleanup(func() {
				if now, err := os.ReadFile(target); err != nil || string(now) != string(content) {
					t.Errorf("what the link leads to was changed: %q %v", now, err)
				}
			})
		},
		"a link to nothing": func(t *testing.T, path string) {
			if err := os.Symlink(filepath.Join(t.TempDir(), "none"), path); err != nil {
				t.Skip(err)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if name == "a link" && runtime.GOOS == "windows" {
				t.Skip("a link is followed there")
			}
			dir := filepath.Join(t.TempDir(), "hatstand")
			if err := os.Mkdir(dir, 0o700); err != nil {
				t.Fatal(err)
			}
			plant(t, filepath.Join(dir, fileName))
			if got := names(dir); got != "" {
				t.Errorf("read: %q", got)
			}
			if err := Add(dir, at(0), Use{Profile: "mine"}); err != nil {
				t.Fatal(err)
			}
			if got := names(dir); got != "mine" {
				t.Errorf("after a use: %q", got)
			}
			if info, err := os.Lstat(filepath.Join(dir, fileName)); err != nil || !info.Mode().IsRegular() {
				t.Errorf("%v %v", info, err)
			}
		})
	}
}

func TestAFolderInItsPlaceIsAnError(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "hatstand")
	if err := os.MkdirAll(filepath.Join(dir, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Add(dir, at(0), Use{Profile: "a"}); err == nil || names(dir) != "" {
		t.Errorf("%v %q", err, names(dir))
	}
	left, err := filepath.Glob(filepath.Join(dir, ".new-*"))
	if err != nil || len(left) > 0 {
		t.Errorf("%q was left, %v", left, err)
	}
}

func write(t *testing.T, path string, data []byte) {
	t.Helper()
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
