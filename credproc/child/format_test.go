package child_test

import (
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"hatstand/credproc/child"
)

// awkward are values that a careless quoting changes.
func awkward() []string {
	return []string{
		"plain", "", " ", "two words", "it's", `"quoted"`, "'", "''", `\`, `\\'`, `back\slash`, `\n`, "a\nb", "a\n", "\n", "tab\t", "$HOME", "${HOME}", "`id`", "$(id)",
		"%PATH%", "!x!", "^", "&&", "|", ";", "#", "a#b", " # x", "*", "?", "[a]", "~", "{a,b}", "-n", "=", "a=b", "é", "‘x’", "日本", "\x01\x1b[31m", "(x)", "<x>", "$'x'", "\\'", "'\\''",
	}
}

// shells print a variable as it reached them, an x after it, since $(...) and read would trim it.
func shells() map[string][]string {
	return map[string][]string{
		"bash": {"bash", "--norc", "--noprofile"}, "dash": {"dash"}, "zsh": {"zsh", "-f"}, "fish": {"fish", "--no-config"},
	}
}

func TestAnyValueSurvivesTheShell(t *testing.T) {
	for name, args := range shells() {
		t.Run(name, func(t *testing.T) {
			survive(t, args, "'"+os.Args[0]+"'", awkward()) // a program that the shell starts
		})
	}
}

// survive has a shell read what Format wrote, and after each value run a command that tells what it got.
func survive(t *testing.T, shell []string, tell string, values []string) {
	t.Helper()
	if _, err := exec.LookPath(shell[0]); err != nil {
		missing(t, shell[0])
	}
	format := "sh"
	if shell[0] == "fish" {
		format = "fish"
	}
	var script strings.Builder
	for _, v := range values {
		text, err := child.Format(format, "prod", []child.Variable{{Name: "HATSTAND_TEST_VALUE", Value: v}}, []string{"HATSTAND_TEST_GONE", "HATSTAND_TEST_NEVER"})
		if err != nil {
			t.Fatal(err)
		}
		script.WriteString(text + tell + "\n")
	}
	file := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(file, []byte(script.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(shell[0], append(shell[1:], file)...)
	cmd.Env = []string{playRole + "=print", "HOME=" + t.TempDir(), "PATH=" + os.Getenv("PATH"), "HATSTAND_TEST_GONE=here", "LC_ALL=C.UTF-8",
		"GORACE=atexit_sleep_ms=0"} // the race detector's goodbye takes a second
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil || errs.Len() > 0 {
		t.Fatalf("%v: %s", err, errs.String())
	}
	got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00")
	if !slices.Equal(got, values) {
		t.Errorf("want %q\ngot  %q", values, got)
	}
}

func missing(t *testing.T, name string) {
	t.Helper()
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") != "" {
		t.Fatalf("%s is not installed", name)
	}
	t.Skipf("install %s", name)
}

// A thousand values of the characters that shells are particular about.
func TestRandomValuesSurviveTheShell(t *testing.T) {
	letters := []string{"a", "=", "'", `"`, "\\", "$", "`", "!", "%", "^", "\n", "\t", " ", "#", "*", "?", "~", "(", ")", "{", "}", "[", "]", "<", ">", "|", "&", ";", "-", "é", "‘", "日"}
	random := rand.New(rand.NewPCG(1, 2))
	var values []string
	for range 1000 {
		var v string
		for range random.IntN(12) {
			v += letters[random.IntN(len(letters))]
		}
		values = append(values, v)
	}
	for name, args := range shells() {
		t.Run(name, func(t *testing.T) {
			survive(t, args, `printf '%s\000' "$HATSTAND_TEST_VALUE"`, values)
		})
	}
}

// What the others read is as certain, or it is not written.
func TestTheOtherFormatsHoldAValueOrRefuseIt(t *testing.T) {
	set := func(v string) []child.Variable { return []child.Variable{{Name: "X", Value: v}} }
	for _, row := range []struct{ format, value, want string }{
		{"powershell", "it's $x ‘y’", "$Env:X = 'it''s $x ‘‘y’’'\n"},
		{"powershell", "a\nb", "$Env:X = 'a\nb'\n"},
		{"cmd", "a^b&c d", "set \"X=a^b&c d\"\r\n"},
		{"cmd", "100%", ""},
		{"cmd", "!x!", ""},
		{"cmd", `a"b`, ""},
		{"cmd", "a\nb", ""},
		{"dotenv", "wJalr/+=", "X=wJalr/+=\n"},
		{"dotenv", "two $words", "X='two $words'\n"},
		{"dotenv", "it's", ""},
		{"dotenv", "a\nb", ""},
		{"docker", "two 'words' # all", "X=two 'words' # all\n"},
		{"docker", "a\nb", ""},
		{"nonsense", "a", ""},
	} {
		got, err := child.Format(row.format, "prod", set(row.value), nil)
		if got != row.want || (err == nil) != (row.want != "") || err != nil && !isValueError(err) {
			t.Errorf("%s %q: got %q, %v", row.format, row.value, got, err)
		}
	}
	for _, v := range awkward() {
		text, err := child.Format("json", "prod", set(v), nil)
		var back map[string]string
		if err != nil || json.Unmarshal([]byte(text), &back) != nil || back["X"] != v {
			t.Errorf("json %q: %q, %v", v, text, err)
		}
	}
}

func isValueError(err error) bool {
	var e *child.ValueError
	return errors.As(err, &e)
}

func TestTheCredentialsFileGetsASection(t *testing.T) {
	got, err := child.Format("ini", "prod", child.Variables("prod", "eu-west-1", role()), nil)
	want := "[prod]\naws_access_key_id = ASIANEW\naws_secret_access_key = new-secret\naws_session_token = new-token\nregion = eu-west-1\n"
	if err != nil || got != want {
		t.Errorf("got %q, %v", got, err)
	}
	for _, profile := range []string{"a]\n[b", "a b"} {
		if _, err := child.Format("ini", profile, nil, nil); !isValueError(err) {
			t.Errorf("%q: %v", profile, err)
		}
	}
}
