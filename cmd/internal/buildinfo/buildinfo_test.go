package buildinfo

import (
	"runtime/debug"
	"testing"
)

func TestInfo(t *testing.T) {
	vcs := []debug.BuildSetting{
		{Key: "vcs", Value: "git"}, {Key: "vcs.revision", Value: "0123456789abcdef"}, {Key: "vcs.time", Value: "2026-01-31T12:00:00Z"},
		{Key: "vcs.modified", Value: "true"},
	}
	for _, row := range []struct {
		name   string
		linked Info
		built  debug.BuildInfo
		want   Info
	}{
		{"a folder without a repository says nothing", Info{}, debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, Info{}},
		{
			"a repository says its commit", Info{}, debug.BuildInfo{Settings: vcs},
			Info{Commit: "0123456789abcdef", Date: "2026-01-31T12:00:00Z", Modified: true},
		},
		{"go install says the module's version", Info{}, debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}}, Info{Version: "v1.2.3"}},
		{
			"the linker's flags win, all together", Info{Version: "v1.2.3", Commit: "fedc", Date: "2025-12-31"}, debug.BuildInfo{Main: debug.Module{Version: "v9"}, Settings: vcs},
			Info{Version: "v1.2.3", Commit: "fedc", Date: "2025-12-31"},
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := row.linked.with(&row.built); got != row.want {
				t.Errorf("%+v, want %+v", got, row.want)
			}
		})
	}
}
