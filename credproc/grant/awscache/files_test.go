package awscache

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/cache/folder"
)

var (
	now       = time.Date(2026, 11, 29, 15, 0, 0, 0, time.UTC)
	ssoName   = SSOFileName("corp", "")
	loginName = LoginFileName("arn:aws:iam::111111111111:user/alice")
)

func TestFilesAreWrittenForTheirUserAlone(t *testing.T) {
	home := t.TempDir()
	sso, login := SSOFolder(home), LoginFolder(home, "")
	if err := sso.WriteSSO(ssoName, ssoToken()); err != nil {
		t.Fatal(err)
	}
	if err := login.WriteLogin(loginName, loginToken()); err != nil {
		t.Fatal(err)
	}
	if s, err := sso.ReadSSO(ssoName); err != nil || string(s.encode()) != string(ssoToken().encode()) {
		t.Error(err)
	}
	if l, err := login.ReadLogin(loginName); err != nil || string(l.encode()) != string(loginToken().encode()) {
		t.Error(err)
	}
	checkMode(t, filepath.Join(home, ".aws"), 0o700)
	for _, f := range []Folder{sso, login} {
		checkMode(t, filepath.Dir(string(f)), 0o700)
		checkMode(t, string(f), 0o700)
	}
	checkMode(t, filepath.Join(string(sso), ssoName), 0o600)
	checkMode(t, filepath.Join(string(login), loginName), 0o600)
}

// A file that others may read is replaced by one that they may not.
func TestAFileIsReplacedWithItsMode(t *testing.T) {
	f := newFolder(t)
	put(t, f, ssoName, strings.Replace(sso, "{", `{"more": [ 1 ], `, 1))
	if err := os.Chmod(filepath.Join(string(f), ssoName), 0o644); err != nil {
		t.Fatal(err)
	}
	token, err := f.ReadSSO(ssoName)
	if err != nil {
		t.Fatal(err)
	}
	token.AccessToken = "NEW"
	if err := f.WriteSSO(ssoName, token); err != nil {
		t.Fatal(err)
	}
	checkMode(t, filepath.Join(string(f), ssoName), 0o600)
	want := strings.NewReplacer("{", `{"more": [ 1 ], `, "SECRET-access", "NEW").Replace(sso)
	if got := get(t, f, ssoName); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	checkNames(t, f, ssoName)
}

func TestWhatCannotBeReadIsNotWritten(t *testing.T) {
	f := newFolder(t)
	put(t, f, ssoName, sso)
	half, late, huge, login := ssoToken(), ssoToken(), ssoToken(), loginToken()
	half.AccessToken = ""
	late.ExpiresAt = time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)
	huge.AccessToken = strings.Repeat("SECRET", sizeLimit/6)
	login.DPoPKey = ""
	path := filepath.Join(string(f), ssoName)
	for _, row := range []struct {
		claim string
		err   error
		want  Error
	}{
		{"half a token", f.WriteSSO(ssoName, half), Error{Kind: Incomplete, Path: path, Reason: "no accessToken"}},
		{"a year without a form", f.WriteSSO(ssoName, late), Error{Kind: Incomplete, Path: path, Reason: "expiresAt is not what it should be"}},
		{"more than a file may have", f.WriteSSO(ssoName, huge), Error{Kind: TooLarge, Path: path, Reason: "larger than 1 MiB"}},
		{"half a login", f.WriteLogin(ssoName, login), Error{Kind: Incomplete, Path: path, Reason: "no dpopKey"}},
		{"a name that leads elsewhere", f.WriteSSO("../"+ssoName, ssoToken()), Error{Kind: Failed, Path: filepath.Join(string(f), "..", ssoName), Reason: "not the name of a token file"}},
		{"another kind of name", f.WriteSSO("x", ssoToken()), Error{Kind: Failed, Path: filepath.Join(string(f), "x"), Reason: "not the name of a token file"}},
		{"no home", Folder("").WriteSSO(ssoName, ssoToken()), Error{Kind: Failed, Path: ssoName, Reason: "the user has no home folder"}},
	} {
		t.Run(row.claim, func(t *testing.T) { checkError(t, row.err, row.want) })
	}
	if got := get(t, f, ssoName); got != sso {
		t.Error(got)
	}
	checkNames(t, f, ssoName)
}

func TestAnAbsentFile(t *testing.T) {
	f := newFolder(t)
	for _, in := range []Folder{f, Folder(filepath.Join(string(f), "none"))} {
		_, err := in.ReadSSO(ssoName)
		checkError(t, err, Error{Kind: Absent, Path: filepath.Join(string(in), ssoName), Reason: "there is none"})
		if !errors.Is(err, fs.ErrNotExist) {
			t.Error(err)
		}
		if err := in.Remove(ssoName, now); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(string(f), "none")); err == nil {
		t.Error("a folder was made to be read or removed from")
	}
}

func TestTooLargeFiles(t *testing.T) {
	f := newFolder(t)
	blanks := strings.Repeat(" ", sizeLimit-len(sso))
	put(t, f, ssoName, sso+blanks)
	if _, err := f.ReadSSO(ssoName); err != nil {
		t.Error("1 MiB: ", err)
	}
	put(t, f, ssoName, sso+blanks+" ")
	_, err := f.ReadSSO(ssoName)
	checkError(t, err, Error{Kind: TooLarge, Path: filepath.Join(string(f), ssoName), Reason: "larger than 1 MiB"})
	if err := os.Truncate(filepath.Join(string(f), ssoName), 1<<40); err != nil {
		t.Skip("the file system has no files of 1 TiB: ", err)
	}
	_, err = f.ReadSSO(ssoName)
	checkError(t, err, Error{Kind: TooLarge, Path: filepath.Join(string(f), ssoName), Reason: "larger than 1 MiB"})
}

// Some write into the file itself, which is empty or half there for a moment.
func TestAFileThatIsBeingWrittenIsReadAgain(t *testing.T) {
	f := newFolder(t)
	put(t, f, ssoName, "")
	texts := []string{sso[:20], sso[:len(sso)-1], sso}
	waits := 0
	token, err := readToken(f, ssoName, decodeSSO, func() {
		put(t, f, ssoName, texts[waits])
		waits++
	})
	if err != nil || token.AccessToken != "SECRET-access" || waits != len(texts) {
		t.Errorf("%v after %d waits", err, waits)
	}
	waits = 0
	put(t, f, ssoName, sso[:20])
	_, err = readToken(f, ssoName, decodeSSO, func() { waits++ })
	checkError(t, err, Error{Kind: NotJSON, Path: filepath.Join(string(f), ssoName), Reason: "not a JSON object"})
	if waits != readings-1 {
		t.Errorf("%d waits", waits)
	}
	put(t, f, ssoName, `{}`)
	_, err = readToken(f, ssoName, decodeSSO, func() { t.Error("waited for what will not change") })
	checkError(t, err, Error{Kind: Incomplete, Path: filepath.Join(string(f), ssoName), Reason: "no accessToken"})
}

func TestRemove(t *testing.T) {
	f := newFolder(t)
	other := SSOFileName("other", "")
	old, young, theirs := folder.TempPrefix+"old", folder.TempPrefix+"young", "tmpabc.tmp"
	dir := folder.TempPrefix + "dir"
	if err := os.Mkdir(filepath.Join(string(f), dir), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{ssoName, other, old, young, theirs} {
		put(t, f, name, sso)
		if err := os.Chtimes(filepath.Join(string(f), name), now, now.Add(-time.Minute)); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{old, dir} {
		if err := os.Chtimes(filepath.Join(string(f), name), now, now.Add(-leftoverAge-time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	if err := f.Remove(ssoName, now); err != nil {
		t.Error(err)
	}
	checkNames(t, f, dir, young, other, theirs)
	checkError(t, f.Remove("../x", now), Error{Kind: Failed, Path: filepath.Join(filepath.Dir(string(f)), "x"), Reason: "not the name of a token file"})
}

// Many write the same file and others read it: each reads a token whole, and nothing is left behind.
func TestReadersSeeWholeTokensWhileManyWrite(t *testing.T) {
	f := SSOFolder(t.TempDir())
	token := func(writer int) SSOToken {
		text := fmt.Sprintf("%d-%s", writer, strings.Repeat("x", 1000*writer))
		s := ssoToken()
		s.AccessToken, s.RefreshToken, s.ClientSecret = text, text, text
		return s
	}
	if err := f.WriteSSO(ssoName, token(0)); err != nil {
		t.Fatal(err)
	}
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	for w := range 6 {
		writers.Go(func() {
			for range 15 {
				// Windows replaces no file while it is read, and here somebody always reads.
				if err := f.WriteSSO(ssoName, token(w)); err != nil && runtime.GOOS != "windows" {
					t.Error(err)
				}
			}
		})
		readers.Go(func() {
			for {
				s, err := readToken(f, ssoName, decodeSSO, func() { t.Error("half a token was seen") })
				if err != nil || s.AccessToken != s.RefreshToken || s.AccessToken != s.ClientSecret {
					t.Error("not one token: ", err)
				}
				select {
				case <-done:
					return
				default:
				}
			}
		})
	}
	writers.Wait()
	close(done)
	readers.Wait()
	checkNames(t, f, ssoName)
}

// The folder is made by whoever comes first.
func TestManyMakeTheFolder(t *testing.T) {
	f := SSOFolder(t.TempDir())
	var all sync.WaitGroup
	for w := range 8 {
		all.Go(func() {
			if err := f.WriteSSO(SSOFileName(fmt.Sprint(w), ""), ssoToken()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if entries, err := os.ReadDir(string(f)); err != nil || len(entries) != 8 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

// newFolder is a folder as the AWS CLI makes it.
func newFolder(t *testing.T) Folder {
	t.Helper()
	f := SSOFolder(t.TempDir())
	if err := os.MkdirAll(string(f), 0o755); err != nil {
		t.Fatal(err)
	}
	return f
}

func put(t *testing.T, f Folder, name, text string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(string(f), name), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func get(t *testing.T, f Folder, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(string(f), name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// checkNames wants the files of a folder, sorted.
func checkNames(t *testing.T, f Folder, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(string(f))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	if fmt.Sprint(names) != fmt.Sprint(want) {
		t.Errorf("%q, want %q", names, want)
	}
}

func checkError(t *testing.T, err error, want Error) {
	t.Helper()
	got, ok := errors.AsType[*Error](err)
	if !ok {
		t.Errorf("%v, want %v", err, &want)
		return
	}
	if plain := (Error{Kind: got.Kind, Path: got.Path, Reason: got.Reason}); plain != want {
		t.Errorf("%+v, want %+v", plain, want)
	}
}
