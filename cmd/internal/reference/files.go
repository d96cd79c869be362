package reference

import (
	"strconv"

	"hatstand/cmd/internal/advice"
)

// Files are the files and folders that hatstand reads or writes.
func Files() Table {
	return Table{Title: "Files", Rows: []Row{
		{Name: "~/.aws/config", Meaning: "profiles; `adopt`, `release`, `profiles add`, `profiles sync` and `mfa enroll` change it (`AWS_CONFIG_FILE`)"},
		{Name: "~/.aws/credentials", Meaning: "keys in plain text, for programs without a keyring; `keys import` and `keys export` change it (`AWS_SHARED_CREDENTIALS_FILE`)"},
		{Name: "~/.local/share/hatstand/keyring", Meaning: "the file keyring (`XDG_DATA_HOME`)"},
		{Name: "~/.local/state/hatstand", Meaning: "which keyring is in use, the profiles that were used last, a migration on its way (`XDG_STATE_HOME`)"},
		{Name: "$XDG_RUNTIME_DIR/hatstand", Meaning: "locks, hashes of spent token codes, tokens of `serve`"},
		{Name: "~/.aws/login/cache", Meaning: "only with `sso_cache = shared`: sign-ins to the console, in the AWS CLI's own files (`AWS_LOGIN_CACHE_DIRECTORY`)"},
		{Name: "~/.aws/sso/cache", Meaning: "only with `sso_cache = shared`: sign-ins, in the AWS CLI's own files"},
	}}
}

// ExitCodes lists the exit codes that all verbs have.
func ExitCodes() Table {
	row := func(code int, meaning string) Row { return Row{Name: strconv.Itoa(code), Meaning: meaning} }
	return Table{Title: "Exit codes",
		Intro: "`exec` ends with the command's own code; 126 if it cannot be executed, 127 if it is not found.",
		Rows: []Row{
			row(0, "done"),
			row(advice.Failed, "failed"),
			row(advice.Usage, "usage or configuration"),
			row(advice.NoHuman, "needs a human and there is none"),
			row(advice.Refused, "AWS refused"),
			row(advice.Keyring, "keyring locked or unavailable"),
			row(advice.Cancelled, "cancelled"),
		}}
}
