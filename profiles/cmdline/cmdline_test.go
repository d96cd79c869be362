package cmdline

import (
	"strings"
	"testing"
)

func TestSplitFollowsPOSIXQuoting(t *testing.T) {
	for in, want := range map[string]string{
		``: ``, `  `: ``, `a`: `a`, ` a  b `: `a|b`, "a\tb\nc\r\nd": `a|b|c|d`,
		`"a b" c`: `a b|c`, `'a b' c`: `a b|c`, `a"b c"d`: `ab cd`, `""`: ``, `a '' b`: `a||b`,
		`a\ b`: `a b`, `"a\"b"`: `a"b`, `"a\\b"`: `a\b`, `"a\b"`: `a\b`, `'a\b'`: `a\b`, `'a'\''b'`: `a'b`, `\'`: `'`,
		`$HOME ~ *`: `$HOME|~|*`, `a # b`: `a|#|b`, `a;b|c`: `a;b|c`, `"it's"`: `it's`, "a\\\nb": "a\nb", `é "ü ö"`: `é|ü ö`,
	} {
		words, problem := splitPOSIX(in)
		if got := strings.Join(words, "|"); got != want || problem != "" {
			t.Errorf("%q is %q (%s), want %q", in, got, problem, want)
		}
	}
	for _, in := range []string{`"`, `'`, `a "b`, `a 'b\'c'`, `\`, `a\`, `"a\`} {
		if words, problem := splitPOSIX(in); problem == "" {
			t.Errorf("%q is %q, want an error", in, words)
		}
	}
}

func TestSplitFollowsWindowsQuoting(t *testing.T) {
	for in, want := range map[string]string{
		`C:\bin\tool.exe a`: `C:\bin\tool.exe|a`, `"C:\Program Files\x" 'a b'`: `C:\Program Files\x|'a|b'`,
		`a\"b`: `a"b`, `"a\\" b`: `a\|b`, `"a\\\"b"`: `a\"b`, `""`: ``, `x\\y\`: `x\\y\`, `a "" b`: `a||b`,
	} {
		words, problem := splitWindows(in)
		if got := strings.Join(words, "|"); got != want || problem != "" {
			t.Errorf("%q is %q (%s), want %q", in, got, problem, want)
		}
	}
	if words, problem := splitWindows(`a "b`); problem == "" {
		t.Errorf("an open quote is %q", words)
	}
}

func TestSplitWantsAWord(t *testing.T) {
	for _, in := range []string{"", " \t", `"`} {
		if words, err := Split(in); err == nil {
			t.Errorf("%q is %q, want an error", in, words)
		}
	}
}

func TestHatstandIsRecognisedInACredentialProcess(t *testing.T) {
	const self = "/opt/hs dev/hs"
	for command, want := range map[string]bool{
		`hatstand credential-process prod`:                         true,
		`hatstand credential-process`:                              true,
		`/usr/local/bin/hatstand credential-process "prod"`:        true,
		`'C:\Program Files\hatstand.EXE' credential-process prod`:  true,
		`"/opt/hs dev/hs" credential-process prod`:                 true,
		`hatstand credential-process --no-cache prod`:              true,
		`hatstand credential-process --region eu-west-1 prod`:      true,
		`hatstand credential-process --region=eu-west-1 prod`:      true,
		`hatstand credential-process prod --duration 1h`:           true,
		`hatstand --no-cache credential-process -- prod`:           true,
		`env AWS_REGION=x hatstand credential-process prod`:        true,
		`/usr/bin/env -i A=1 B=2 hatstand credential-process prod`: true,
		`sh -c "hatstand credential-process prod"`:                 true,
		`/bin/sh -c 'exec hatstand credential-process prod'`:       true,
		`bash -c 'AWS_REGION=x exec hatstand credential-process'`:  true,
		`hatstand-credential-process prod`:                         true,
		`hatstand-credential-process`:                              true,
		`/usr/local/bin/hatstand-credential-process prod`:          true,
		`C:\\bin\\hatstand-credential-process.exe prod`:            true,
		`hatstand-credential-process --no-cache prod`:              true,
		`sh -c 'exec hatstand-credential-process prod'`:            true,
		`hatstand-credential-process other`:                        false,
		`hatstand-credential-process credential-process`:           false,
		`hatstand-credential-processor prod`:                       false,
		`hatstand credential-process other`:                        false,
		`hatstand credential-process 222222222222:A --source prod`: false,
		`hatstand exec prod -- tool`:                               false,
		`hatstand`:                                                 false,
		`tool hatstand credential-process prod`:                    false,
		`aws-vault export --format=json prod`:                      false,
		`sh -c "cat creds.json"`:                                   false,
		`sh script.sh`:                                             false,
		`hatstander credential-process prod`:                       false,
		`env`:                                                      false,
	} {
		words, problem := splitPOSIX(command)
		if got := StartsHatstandFor(words, self, "prod"); got != want || problem != "" {
			t.Errorf("%s: %v (%s), want %v", command, got, problem, want)
		}
	}
}

// Another program's exit code must not be taken for hatstand's.
func TestWhoseExitCodeItIs(t *testing.T) {
	const self = "/opt/hs dev/hs"
	for command, want := range map[string]bool{
		`hatstand-credential-process other`:                              true,
		`hatstand-credential-process other; exit 3`:                      false,
		`hatstand credential-process other`:                              true,
		`hatstand credential-process`:                                    true,
		`/usr/local/bin/hatstand credential-process other --duration 1h`: true,
		`"/opt/hs dev/hs" credential-process other`:                      true,
		`env AWS_REGION=x hatstand credential-process other`:             true,
		`sh -c 'exec hatstand credential-process other'`:                 true,
		`hatstand exec other -- tool`:                                    false,
		`hatstand env other --format json`:                               false,
		`sh -c 'hatstand credential-process other; exit 3'`:              false,
		`sh -c 'hatstand credential-process other || exit 3'`:            false,
		`sh -c 'tool && hatstand credential-process other'`:              false,
		`sh script.sh`:                           false,
		`tool`:                                   false,
		`/opt/other/hs credential-process other`: false,
		`timeout 5 hatstand credential-process other`: false,
	} {
		words, problem := splitPOSIX(command)
		if got := IsHatstand(words, self); got != want || problem != "" {
			t.Errorf("%s: %v (%s), want %v", command, got, problem, want)
		}
	}
}

func TestStartsAWSVault(t *testing.T) {
	for line, want := range map[string]string{
		"aws-vault export --format=json foo":                                  "foo",
		"aws-vault exec foo --json":                                           "foo",
		"aws-vault exec --json foo":                                           "foo",
		"aws-vault exec --json --no-session foo":                              "foo",
		"/usr/local/bin/aws-vault --backend=file export --format json foo":    "foo",
		"/opt/homebrew/bin/aws-vault --backend pass exec -j -d 1h foo":        "foo",
		"env AWS_VAULT_BACKEND=pass aws-vault exec --prompt=ykman --json foo": "foo",
		"AWS_VAULT_BACKEND=pass aws-vault exec foo --json":                    "foo",
		`sh -c "aws-vault exec foo --json"`:                                   "foo",
		`aws-vault.exe export --format=json "my foo"`:                         "my foo",
		"aws-vault exec foo -j --":                                            "foo",

		"aws-vault exec foo -- env":          "",
		"aws-vault export --format=env foo":  "",
		"aws-vault exec foo":                 "",
		"aws-vault list --json foo":          "",
		"aws-vault exec --json":              "",
		"aws-vault exec foo bar --json":      "",
		"my-aws-vault exec foo --json":       "",
		"hatstand credential-process foo":    "",
		"aws-vault exec foo --json --region": "",
	} {
		words, err := Split(line)
		if err != nil {
			t.Fatal(err)
		}
		if got, ok := StartsAWSVault(words); ok != (want != "") || got != want {
			t.Errorf("%s: %q, %v; want %q", line, got, ok, want)
		}
	}
}
