package app

import (
	"strings"
	"testing"
)

func TestVariables(t *testing.T) {
	for _, row := range []struct {
		name, variable string
		want           string // what is shown; "": it does not count
		readable       bool
	}{
		{"a passphrase is not shown", "HATSTAND_FILE_PASSPHRASE=open sesame", "is set", false},
		{"an unknown variable of ours may be a misspelt passphrase", "HATSTAND_PASSPHRASE=open sesame", "is set", false},
		{"keys do not count", "AWS_SECRET_ACCESS_KEY=open sesame", "", false},
		{"a proxy is shown without its password", "https_proxy=http://alice:open-sesame@proxy.example:3128", "http://...@proxy.example:3128", false},
		{"a proxy without a scheme is not shown where it may have a password", "HTTPS_PROXY=alice:open-sesame@proxy.example", "is set", false},
		{"an endpoint on this machine is not readable by others", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:4566", "http://127.0.0.1:4566", false},
		{"plain http to another machine is", "AWS_ENDPOINT_URL=http://evil.example", "http://evil.example", true},
		{"a folder is shown", "XDG_STATE_HOME=/srv/state", "/srv/state", false},
		{"an empty variable does not count", "AWS_CA_BUNDLE=", "", false},
		{"others' variables do not count", "EDITOR=vi", "", false},
	} {
		t.Run(row.name, func(t *testing.T) {
			all := Variables(World{Environ: func() []string { return []string{row.variable} }})
			if row.want == "" {
				if len(all) > 0 {
					t.Errorf("%+v", all)
				}
				return
			}
			if len(all) != 1 || all[0].Shown != row.want || all[0].Readable != row.readable || strings.Contains(all[0].Shown, "sesame") {
				t.Errorf("%+v, want %q", all, row.want)
			}
		})
	}
}
