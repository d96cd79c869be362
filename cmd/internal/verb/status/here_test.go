package status

import (
	"strings"
	"testing"
	"time"
)

func TestWhoTheCommandsOfAShellAre(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	const keys = "AWS_ACCESS_KEY_ID=ASIA1 "
	for _, row := range []struct {
		name, environ string
		short, words  string
	}{
		{"nothing", "", "", "no role: commands use the profile default, if there is one"},
		{"hat or exec", keys + "HATSTAND_PROFILE=prod AWS_CREDENTIAL_EXPIRATION=2026-01-31T12:47:30Z", "prod 47m", "prod, until 12:47"},
		{"more than an hour", keys + "HATSTAND_PROFILE=prod AWS_CREDENTIAL_EXPIRATION=2026-01-31T14:05:00Z", "prod 2h05m", "prod, until 14:05"},
		{"seconds", keys + "HATSTAND_PROFILE=prod AWS_CREDENTIAL_EXPIRATION=2026-01-31T12:00:59Z", "prod <1m", "prod, until 12:00"},
		{"just over", keys + "HATSTAND_PROFILE=prod AWS_CREDENTIAL_EXPIRATION=2026-01-31T12:00:00Z", "prod expired", "prod, expired at 12:00"},
		{"keys that do not expire", keys + "HATSTAND_PROFILE=me", "me", "me"},
		{"a time that is none", keys + "HATSTAND_PROFILE=me AWS_CREDENTIAL_EXPIRATION=soon", "me", "me"},
		{"a profile that wins over them", keys + "HATSTAND_PROFILE=prod AWS_PROFILE=dev", "prod", "prod; AWS_PROFILE=dev is set too, which the AWS CLI and Python prefer"},
		{"exec --server", "HATSTAND_PROFILE=prod AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/", "prod", "prod, renewed by a local endpoint"},
		{"an endpoint of others", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/v2", "", "credentials of a local endpoint, which renews them"},
		{"a profile", "AWS_PROFILE=dev", "dev", "dev, by AWS_PROFILE"},
		{"hat with an adopted profile", "AWS_PROFILE=dev HATSTAND_PROFILE=dev", "dev", "dev, by AWS_PROFILE"},
		{"and another one since", "AWS_PROFILE=other HATSTAND_PROFILE=dev", "other", "other, by AWS_PROFILE"},
		{"the older variable", "AWS_DEFAULT_PROFILE=dev", "dev", "dev, by AWS_PROFILE"},
		{"somebody else's keys", keys, "", "the access key ASIA1, which hatstand has not set"},
		{"left over from a hat", "HATSTAND_PROFILE=prod", "", "no role: commands use the profile default, if there is one"},
		{"a name that would steer the terminal", "AWS_PROFILE=a\x1b[2Jb", "a\x1b[2Jb", "a[2Jb, by AWS_PROFILE"},
	} {
		env := map[string]string{}
		for kv := range strings.FieldsSeq(row.environ) {
			name, value, _ := strings.Cut(kv, "=")
			env[name] = value
		}
		h := readHere(func(name string) string { return env[name] }, now)
		if got := h.short(now); got != row.short {
			t.Errorf("%s: %q, want %q", row.name, got, row.short)
		}
		if got := h.words(now); got != row.words {
			t.Errorf("%s: %q, want %q", row.name, got, row.words)
		}
	}
}
