package profiles

import "testing"

func TestLocate(t *testing.T) {
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
		got := Locate(environment(row.env), row.goos)
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

func TestSelectedProfile(t *testing.T) {
	getenv := environment(map[string]string{"AWS_PROFILE": "env"})
	if got := SelectedProfile("arg", getenv); got != "arg" {
		t.Errorf("the argument loses to %q", got)
	}
	if got := SelectedProfile("", getenv); got != "env" {
		t.Errorf("AWS_PROFILE loses to %q", got)
	}
	if got := SelectedProfile("", environment(nil)); got != "" {
		t.Errorf("%q out of nowhere", got)
	}
}
