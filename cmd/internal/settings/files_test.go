package settings

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"hatstand/profiles"
)

func environment(vars map[string]string) func(string) string {
	return func(name string) string { return vars[name] }
}

func TestLocateFiles(t *testing.T) {
	type env = map[string]string
	for _, row := range []struct {
		claim, goos         string
		env                 env
		config, credentials string
	}{
		{"no home: no files", "linux", nil, "", ""},
		{"no home: a file that is named is there all the same", "linux", env{"AWS_CONFIG_FILE": "/c"}, "/c", ""},
		{"~ is the home", "linux", env{"HOME": "/h", "AWS_CONFIG_FILE": "~/c", "AWS_SHARED_CREDENTIALS_FILE": "~"}, "/h/c", "/h"},
		{"~user is a name", "linux", env{"HOME": "/h", "AWS_CONFIG_FILE": "~me/c"}, "~me/c", "/h/.aws/credentials"},
		{"~ within a path is a name", "linux", env{"HOME": "/h", "AWS_CONFIG_FILE": "/x/~/c"}, "/x/~/c", "/h/.aws/credentials"},
		{"~\\ on Windows", "windows", env{"USERPROFILE": `C:\h`, "AWS_CONFIG_FILE": `~\c`}, `C:\h\c`, `C:\h\.aws\credentials`},
		{"~\\ elsewhere", "linux", env{"HOME": "/h", "AWS_CONFIG_FILE": `~\c`}, `~\c`, "/h/.aws/credentials"},
		{"Windows' homes on Windows only", "linux", env{"USERPROFILE": `C:\h`, "HOMEDRIVE": "C:", "HOMEPATH": `\h`}, "", ""},
		{"a home that ends in a separator", "linux", env{"HOME": "/"}, "/.aws/config", "/.aws/credentials"},
	} {
		got := LocateFiles(environment(row.env), row.goos)
		if got.Config != row.config || got.Credentials != row.credentials {
			t.Errorf("%s: %+v, want %q and %q", row.claim, got, row.config, row.credentials)
		}
	}
}

func TestPathsAreShownFromTheHome(t *testing.T) {
	for _, row := range [][3]string{
		{"/h/.aws/config", "/h", "~/.aws/config"}, {"/h/.aws/config", "/h/", "~/.aws/config"}, {"/hh/config", "/h", "/hh/config"},
		{"/h", "/h", "/h"}, {"/x", "", "/x"}, {"/x", "/", "/x"}, {`C:\h\.aws\config`, `C:\h`, `~\.aws\config`},
	} {
		if got := shorten(row[0], row[1]); got != row[2] {
			t.Errorf("%s from %s is %s, want %s", row[0], row[1], got, row[2])
		}
	}
}

func TestLocateFilesGivesAWSsAnswers(t *testing.T) {
	var cases struct {
		Tests []struct {
			Name                                                   string
			Environment                                            map[string]string
			Platform, Profile, ConfigLocation, CredentialsLocation string
		}
	}
	path := filepath.Join("..", "..", "..", "..", "shared", "conformance", "file-location-tests.json")
	data, err := os.ReadFile(path)
	if err != nil {
		t.Skipf("AWS's cases are not here: %s", path)
	}
	if err := json.Unmarshal(data, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases.Tests) != 9 {
		t.Fatalf("%d cases, not 9", len(cases.Tests))
	}
	for _, test := range cases.Tests {
		t.Run(test.Name, func(t *testing.T) {
			getenv := environment(test.Environment)
			got := LocateFiles(getenv, test.Platform)
			if got.Config != test.ConfigLocation || got.Credentials != test.CredentialsLocation {
				t.Errorf("LocateFiles = %+v, want %q and %q", got, test.ConfigLocation, test.CredentialsLocation)
			}
			// AWS falls back on "default"; here nobody is chosen by default, so that a slip
			// cannot choose an identity.
			want := test.Profile
			if want == "default" {
				want = ""
			}
			if got := profiles.SelectedProfile("", getenv); got != want {
				t.Errorf("SelectedProfile = %q, want %q", got, want)
			}
		})
	}
}

func TestReadTakesWhatIsThere(t *testing.T) {
	home := t.TempDir()
	paths := LocateFiles(environment(map[string]string{"HOME": home}), "linux")
	config, credentials, err := ReadFiles(paths)
	if err != nil || len(config.Data)+len(credentials.Data) != 0 || config.Path != "~/.aws/config" {
		t.Fatalf("with no files: %v %v %v", config, credentials, err)
	}
	if err := os.MkdirAll(filepath.Dir(paths.Config), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(paths.Config, []byte("[profile a]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if config, _, err = ReadFiles(paths); err != nil || string(config.Data) != "[profile a]\n" {
		t.Errorf("with a file: %q, %v", config.Data, err)
	}
	if err := os.Mkdir(paths.Credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	_, _, err = ReadFiles(paths)
	if _, ok := errors.AsType[*profiles.Error](err); !ok {
		t.Fatalf("a folder in the file's place: %v", err)
	}
	if got := err.Error(); !strings.HasPrefix(got, "~/.aws/credentials cannot be read: ") || strings.Contains(got, home) {
		t.Errorf("message is %q", got)
	}
	if _, _, err := ReadFiles(Files{}); err != nil {
		t.Errorf("with no home: %v", err)
	}
}
