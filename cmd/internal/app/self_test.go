package app

import (
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"hatstand/cmd/internal/testkit"
	"hatstand/profiles/cmdline"
)

// A shell, botocore's splitter and our own must take the word that adopt writes as the program's path.
func TestCommandWordIsOneWordForEveryReader(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a POSIX shell's words")
	}
	python, err := exec.LookPath("python3")
	if err != nil {
		testkit.MissingPart(t, "python3")
	}
	for _, path := range []string{
		"/usr/local/bin/hatstand", "/of alice/hatstand", "/$HOME/`id`/hatstand", `/a"b/hatstand`, "/it's/hatstand", `/back\slash/hatstand`, "/a;b/&/|/hatstand",
		"/~/(x)/*/?/[a]/{b}/hatstand", "/#/hatstand", "/!/hatstand", "/%s/%PATH%/hatstand", "/A=b/hatstand", "/ü/hatstand", "/a  b/hatstand", "/'/hatstand",
	} {
		word, err := CommandWord(path, "linux")
		if err != nil {
			t.Errorf("%q is refused: %v", path, err)
			continue
		}
		line := word + " credential-process prod"
		want := []string{path, "credential-process", "prod"}
		if words, err := cmdline.Split(line); err != nil || !reflect.DeepEqual(words, want) {
			t.Errorf("%s: our own splitter: %q %v", line, words, err)
		}
		for _, reader := range [][]string{
			{"sh", "-c", `printf '%s\n' ` + line},
			{python, "-c", "import shlex, sys\nfor word in shlex.split(sys.argv[1]): print(word)", line},
		} {
			out, err := exec.Command(reader[0], reader[1:]...).Output()
			if words := strings.Split(strings.TrimSuffix(string(out), "\n"), "\n"); err != nil || !reflect.DeepEqual(words, want) {
				t.Errorf("%s: %s: %q %v", line, filepath.Base(reader[0]), words, err)
			}
		}
	}
}

func TestCommandWordRefusesWhatReadersTakeDifferently(t *testing.T) {
	for _, row := range []struct{ goos, path, want string }{
		{"linux", "/a #b/hatstand", ""}, // a comment for some
		{"linux", "/a ;b/hatstand", ""},
		{"linux", "/a\nb/hatstand", ""},
		{"linux", "/a\x1bb/hatstand", ""},
		{"windows", `C:\100%\hatstand.exe`, ""},
		{"windows", `C:\a^b\hatstand.exe`, ""},
		{"windows", `C:\a&b\hatstand.exe`, ""},
		{"windows", `C:\Tools\hatstand.exe`, `C:\Tools\hatstand.exe`},
		{"windows", `C:\Program Files\hatstand.exe`, `"C:\Program Files\hatstand.exe"`},
	} {
		if got, err := CommandWord(row.path, row.goos); got != row.want || (err == nil) != (row.want != "") {
			t.Errorf("%s %q: %q, %v", row.goos, row.path, got, err)
		}
	}
}

// An upgrade puts another file behind the name on PATH; what the system calls the running program is the old one.
func TestTheProgramIsWrittenByItsNameOnPath(t *testing.T) {
	dir := t.TempDir()
	file := func(path string) string {
		path = filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	other, old, renamed, passing := file("other/hatstand"), file("Cellar/1.0/hatstand"), file("Cellar/1.0/hs"), file("go-build77/hatstand")
	for _, target := range []string{old, renamed} {
		link := filepath.Join(dir, "bin", filepath.Base(target))
		if err := os.MkdirAll(filepath.Dir(link), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(target, link); err != nil {
			t.Skip(err)
		}
	}
	path := strings.Join([]string{"", "relative", filepath.Dir(other), filepath.Join(dir, "bin")}, string(filepath.ListSeparator))
	for _, row := range []struct{ name, self, want string }{
		{"a link on PATH that leads to it", old, filepath.Join(dir, "bin", "hatstand")},
		{"by another name it is known by its path alone", renamed, renamed},
		{"first on PATH", other, other},
		{"started by go run: it goes away", passing, ""},
		{"not known", "", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			w := World{Self: func() string { return row.self }, Getenv: func(string) string { return path }}
			if got, err := LastingSelf(w); got != row.want || (err == nil) != (row.want != "") {
				t.Errorf("%q, %v", got, err)
			}
		})
	}
}
