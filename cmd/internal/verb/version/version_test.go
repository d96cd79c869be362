package version

import (
	"encoding/json"
	"runtime"
	"strings"
	"testing"

	"hatstand/cmd/internal/buildinfo"
)

func TestLine(t *testing.T) {
	system := " " + runtime.GOOS + "/" + runtime.GOARCH + " " + runtime.Version()
	for _, row := range []struct {
		name  string
		build buildinfo.Info
		want  string
	}{
		{"nothing is known", buildinfo.Info{}, "hatstand (devel)" + system},
		{"a release", buildinfo.Info{Version: "v1.2.3"}, "hatstand v1.2.3" + system},
		{
			"a commit and its date", buildinfo.Info{Version: "v1.2.3", Commit: "0123456789abcdef", Date: "2026-01-31T12:00:00Z"},
			"hatstand v1.2.3" + system + " commit 0123456789ab 2026-01-31T12:00:00Z",
		},
		{"changes that are not in the commit", buildinfo.Info{Commit: "0123", Modified: true}, "hatstand (devel)" + system + " commit 0123 (modified)"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := line(row.build); got != row.want {
				t.Errorf("%q, want %q", got, row.want)
			}
		})
	}
}

func TestJSON(t *testing.T) {
	system := `"os":"` + runtime.GOOS + `","arch":"` + runtime.GOARCH + `","go":"` + runtime.Version() + `"}`
	for _, row := range []struct {
		name  string
		build buildinfo.Info
		want  string
	}{
		{"nothing is known", buildinfo.Info{}, `{"modified":false,` + system},
		{
			"all is known", buildinfo.Info{Version: "v1.2.3", Commit: "0123456789abcdef", Date: "2026-01-31T12:00:00Z", Modified: true},
			`{"version":"v1.2.3","commit":"0123456789abcdef","date":"2026-01-31T12:00:00Z","modified":true,` + system,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got, err := json.Marshal(of(row.build)); err != nil || string(got) != row.want {
				t.Errorf("%s, want %s (%v)", got, row.want, err)
			}
		})
	}
	var out strings.Builder
	cmd := New(&out)
	cmd.SetArgs([]string{"--json"})
	var got build
	if err := cmd.Execute(); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out.String()), &got); err != nil || got != of(buildinfo.Read()) {
		t.Errorf("%s (%v)", out.String(), err)
	}
}
