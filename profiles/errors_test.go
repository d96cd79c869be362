package profiles

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// message is the error's line, as a user reads it.
func message(t *testing.T, err error) string {
	t.Helper()
	if err == nil {
		return "no error"
	}
	line := err.Error()
	if strings.ContainsAny(line, "\n\x1b") || line == "" {
		t.Errorf("%q is not one printable line", line)
	}
	return line
}

func TestWhatIsNotAnError(t *testing.T) {
	for claim, config := range map[string]string{
		"a byte order mark":                  "\xef\xbb\xbf[profile a]\nregion = r\n",
		"no newline at the end":              "[profile a]\nregion = r",
		"an indented comment":                "[profile a]\nregion = r\n  # why\n\t; why\n",
		"an indented comment among nested":   "[profile a]\ns3 =\n  # why\n  x = y\nregion = r\n",
		"a list in brackets, continued":      "[profile a]\npolicy = {\n  [\"a\"]\n  [1]\n  }\nregion = r\n",
		"a setting in an ignored section":    "[plugins]\nx = y\n[profile a]\nregion = r\n",
		"a comment that cuts a header short": "[profile a] # ]\nregion = r\n",
	} {
		t.Run(claim, func(t *testing.T) {
			p, ok := mustParse(t, config, "").Profile("a")
			if !ok || p.Get("region").Value != "r" {
				t.Errorf("profile is %v, region %q", p, p.Get("region").Value)
			}
		})
	}
}

func TestReadTakesWhatIsThere(t *testing.T) {
	home := t.TempDir()
	paths := Locate(environment(map[string]string{"HOME": home}), "linux")
	config, credentials, err := Read(paths)
	if err != nil || len(config.Data)+len(credentials.Data) != 0 || config.Path != "~/.aws/config" {
		t.Fatalf("with no files: %v %v %v", config, credentials, err)
	}
	if err := os.MkdirAll(filepath.Dir(paths.Config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths.Config, []byte("[profile a]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if config, _, err = Read(paths); err != nil || string(config.Data) != "[profile a]\n" {
		t.Errorf("with a file: %q, %v", config.Data, err)
	}
	if err := os.Mkdir(paths.Credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, err = Read(paths)
	if _, ok := errors.AsType[*Error](err); !ok {
		t.Fatalf("a folder in the file's place: %v", err)
	}
	if got := message(t, err); !strings.HasPrefix(got, "~/.aws/credentials cannot be read: ") || strings.Contains(got, home) {
		t.Errorf("message is %q", got)
	}
	if _, _, err := Read(Paths{}); err != nil {
		t.Errorf("with no home: %v", err)
	}
}
