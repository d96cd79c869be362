package doctor

import (
	"strings"
	"testing"

	"hatstand/cmd/internal/app"
)

func TestEnvironment(t *testing.T) {
	for _, row := range []struct {
		name, variable string
		want           string // state and text; "": it is not told of
	}{
		{"a passphrase is not shown", "HATSTAND_FILE_PASSPHRASE=open sesame", "note is set"},
		{"an unknown variable of ours may be a misspelt passphrase", "HATSTAND_PASSPHRASE=open sesame", "note is set"},
		{"keys are not told of", "AWS_SECRET_ACCESS_KEY=open sesame", ""},
		{"a proxy is shown without its password", "https_proxy=http://alice:open-sesame@proxy.example:3128", "note http://...@proxy.example:3128"},
		{"a proxy without a scheme is not shown where it may have a password", "HTTPS_PROXY=alice:open-sesame@proxy.example", "note is set"},
		{"an endpoint on this machine is a note", "AWS_ENDPOINT_URL_STS=http://127.0.0.1:4566", "note http://127.0.0.1:4566"},
		{"plain http to another machine is a warning", "AWS_ENDPOINT_URL=http://evil.example", "warning http://evil.example: what is sent"},
		{"a folder is shown", "XDG_STATE_HOME=/srv/state", "note /srv/state"},
		{"an empty variable does not count", "AWS_CA_BUNDLE=", ""},
		{"others' variables are nobody's business", "EDITOR=vi", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			d := Deps{World: app.World{Environ: func() []string { return []string{row.variable} }}}
			all, err := d.checkEnvironment(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if row.want == "" {
				if len(all) > 0 {
					t.Errorf("%+v", all)
				}
				return
			}
			if len(all) != 1 || !strings.HasPrefix(string(all[0].State)+" "+all[0].Text, row.want) || strings.Contains(all[0].Text, "sesame") {
				t.Errorf("%+v, want %q", all, row.want)
			}
		})
	}
}
