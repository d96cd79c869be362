package limits

import (
	"errors"
	"strings"
	"testing"
)

func TestStartURL(t *testing.T) {
	for in, want := range map[string]string{ // "": allowed; else the reason, and after " | " what was meant
		"https://corp.awsapps.com/start":              "",
		"https://corp.awsapps.com/start/":             "",
		"https://corp.awsapps.com/start#":             "",
		"https://corp.awsapps.com/start/#/":           "",
		"https://d-1234567890.awsapps.com/start":      "",
		"https://identitycenter.amazonaws.com/ssoins": "",
		"https://sso.corp.example":                    "",
		"http://127.0.0.1:8080/start":                 "",
		"http://localhost/start":                      "",
		"http://[::1]:1/start":                        "",

		"http://corp.awsapps.com/start":                   `start URL "http://corp.awsapps.com/start" must begin with https | https://corp.awsapps.com/start`,
		"http://localhost.evil.example/start":             `start URL "http://localhost.evil.example/start" must begin with https | https://localhost.evil.example/start`,
		"https://corp.awsapps.com/start?x=1":              `start URL "https://corp.awsapps.com/start?x=1" must end before its '?' or '#' | https://corp.awsapps.com/start`,
		"https://corp.awsapps.com/start/#/?tab=accounts":  `start URL "https://corp.awsapps.com/start/#/?tab=accounts" must end before its '?' or '#' | https://corp.awsapps.com/start/`,
		"https://alice:hushhush@corp.awsapps.com/start":   "start URL must not have a user name in it",
		"https://alice:hushhush@corp.awsapps.com/st art":  "start URL must be a URL like https://corp.awsapps.com/start",
		"https://alice:hush%hush@corp.awsapps.com/start":  "start URL must be a URL like https://corp.awsapps.com/start",
		"corp.awsapps.com/start":                          `start URL "corp.awsapps.com/start" must be a URL like https://corp.awsapps.com/start`,
		"https:///start":                                  `start URL "https:///start" must be a URL like https://corp.awsapps.com/start`,
		"ftp://corp.awsapps.com/start":                    `start URL "ftp://corp.awsapps.com/start" must be a URL like https://corp.awsapps.com/start`,
		"https://corp.awsapps.com/st art":                 `start URL "https://corp.awsapps.com/st art" must be a URL like https://corp.awsapps.com/start`,
		"https://cörp.example/start":                      `start URL "https://cörp.example/start" must be a URL like https://corp.awsapps.com/start`,
		"\"https://corp.awsapps.com/start\"":              `start URL "\"https://corp.awsapps.com/start\"" must be a URL like https://corp.awsapps.com/start`,
		"https://corp.awsapps.com/start\nhttps://x/start": `start URL "https://corp.awsapps.com/start\nhttps://x/start" must be a URL like https://corp.awsapps.com/start`,
	} {
		if got := outcome(CheckStartURL(in)); got != want || strings.Contains(got, "hush") {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestAccountID(t *testing.T) {
	for in, want := range map[string]string{
		"012345678901":   "",
		"12345678901":    `account ID "12345678901" must have 12 digits, not 11: a leading 0 is missing? | 012345678901`,
		"1234567890":     `account ID "1234567890" must have 12 digits, not 10`,
		"1234567890123":  `account ID "1234567890123" must have 12 digits, not 13`,
		"1234-5678-9012": `account ID "1234-5678-9012" must have 12 digits and nothing else | 123456789012`,
		"my-account":     `account ID "my-account" must have 12 digits and nothing else`,
		"١٢٣٤٥٦٧٨٩٠١٢":   `account ID "١٢٣٤٥٦٧٨٩٠١٢" must have 12 digits and nothing else`,
	} {
		if got := outcome(CheckAccountID(in)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestPermissionSet(t *testing.T) {
	long := strings.Repeat("a", 64)
	for in, want := range map[string]string{
		"Admin":                                  "",
		"a":                                      "",
		"aZ09_+=,.@-":                            "",
		long:                                     "",
		long + "a":                               `role name "` + long + `a" must have 1 to 64 characters, not 65`,
		"Read Only":                              `role name "Read Only" may only have the characters A-Z a-z 0-9 _ + = , . @ -`,
		"AWSReservedSSO_Admin_0123456789abcdef":  `role name "AWSReservedSSO_Admin_0123456789abcdef" is a role's name: give the permission set's: Admin | Admin`,
		"AWSReservedSSO_My_Set_0123456789abcdef": `role name "AWSReservedSSO_My_Set_0123456789abcdef" is a role's name: give the permission set's: My_Set | My_Set`,
		"AWSReservedSSO_Admin_beef":              `role name "AWSReservedSSO_Admin_beef" is a role's name: give the permission set's: Admin_beef | Admin_beef`,
		"AWSReservedSSO_":                        `role name "AWSReservedSSO_" is a role's name: give the permission set's`,
	} {
		if got := outcome(CheckPermissionSet(in)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}

func TestScopes(t *testing.T) {
	for in, want := range map[string]string{
		"sso:account:access":         "sso:account:access",
		"sso:account:access, x:y ,z": "sso:account:access,x:y,z",
		"sso:account:access x:y":     `list of scopes "sso:account:access x:y" has a space in it: commas separate scopes | sso:account:access,x:y`,
		"a,,b":                       `list of scopes "a,,b" has an empty scope in it`,
		"a,":                         `list of scopes "a," has an empty scope in it`,
		"a,é":                        "list of scopes \"a,é\" may have visible ASCII characters without \" and \\ only",
		`"a"`:                        "list of scopes \"\\\"a\\\"\" may have visible ASCII characters without \" and \\ only",
	} {
		got, err := ParseScopes(in)
		if err != nil {
			got = outcome(err)
		}
		if got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", in, got, want)
		}
	}
}

// outcome is an error's reason and what was probably meant; "" if there is none.
func outcome(err error) string {
	e, ok := errors.AsType[*Error](err)
	switch {
	case err == nil:
		return ""
	case !ok:
		return "not an *Error: " + err.Error()
	case e.Meant != "":
		return e.Reason + " | " + e.Meant
	}
	return e.Reason
}
