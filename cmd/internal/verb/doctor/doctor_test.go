package doctor

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
)

func TestDiagnose(t *testing.T) {
	no := func(name string) cache.ProbeResult {
		return cache.ProbeResult{Backend: name, Err: &cache.Error{Backend: name, Op: "open", Err: errors.New("not here")}}
	}
	yes := func(name string, holds ...string) cache.ProbeResult {
		return cache.ProbeResult{Backend: name, Holds: holds}
	}
	const where = "/s/backend"
	for _, row := range []struct {
		name   string
		choice cache.Choice
		probed []cache.ProbeResult
		want   []string
		works  bool
	}{
		{
			"the recorded one works", cache.Choice{Backend: "file", Recorded: "file", Record: where},
			[]cache.ProbeResult{no("pass"), yes("file", "me")},
			[]string{"off pass: not here", "ok file: used, as recorded in /s/backend: works"}, true,
		},
		{
			"the recorded one does not", cache.Choice{Backend: "pass", Recorded: "pass", Record: where},
			[]cache.ProbeResult{no("pass"), yes("file")},
			[]string{"error pass: used, as recorded in /s/backend: not here", "ok file: works"}, false,
		},
		{
			"one that comes before it works now", cache.Choice{Backend: "file", Recorded: "file", Record: where},
			[]cache.ProbeResult{yes("pass"), yes("file")},
			[]string{"ok pass: works", "ok file: used, as recorded in /s/backend: works", "warning file: pass would come before it, and works here"}, true,
		},
		{
			"nothing is recorded", cache.Choice{},
			[]cache.ProbeResult{no("pass"), yes("file")},
			[]string{"off pass: not here", "ok file: would be used, as the first that works: works"}, true,
		},
		{
			"nothing works, and keyctl is never taken unless it is named", cache.Choice{},
			[]cache.ProbeResult{no("file"), {Backend: "keyctl", OnlyByName: true}},
			[]string{"off file: not here", "ok keyctl: works"}, false,
		},
		{
			"a setting names one, and another is recorded", cache.Choice{Backend: "pass", From: "HATSTAND_BACKEND", Recorded: "file", Record: where},
			[]cache.ProbeResult{yes("pass"), yes("file", "me", "you")},
			[]string{"ok pass: used, since HATSTAND_BACKEND names it: works", "warning file: works; not used, and has keys of me, you", "warning HATSTAND_BACKEND: names pass, but file is recorded"}, true,
		},
		{
			"a migration was interrupted", cache.Choice{Backend: "file", Recorded: "file", Record: where, Copies: "pass"},
			[]cache.ProbeResult{yes("file")},
			[]string{"ok file: used", "warning migration: one is not finished: file is in use, and pass has copies"}, true,
		},
		{
			"a note is told", cache.Choice{Backend: "file", Recorded: "file", Record: where},
			[]cache.ProbeResult{{Backend: "file", Note: "locked: it is asked for"}},
			[]string{"ok file: used, as recorded in /s/backend: works; locked: it is asked for"}, true,
		},
	} {
		t.Run(row.name, func(t *testing.T) {
			got, err := diagnose(row.choice, row.probed)
			if (err == nil) != row.works || err != nil && advice.Exit(err) != advice.Keyring {
				t.Errorf("%v", err)
			}
			if !slices.EqualFunc(got, row.want, func(f finding, want string) bool {
				line := string(f.State) + " " + f.What + ": " + f.Text
				return line == want || f.State == stateWarning && strings.HasPrefix(line, want) && len(f.Hints) > 0 || strings.HasSuffix(want, ": used") && strings.HasPrefix(line, want)
			}) {
				t.Errorf("%+v\nwant %q", got, row.want)
			}
		})
	}
}

// What doctor takes for a setting of [hatstand] is what is read somewhere.
func TestProgramSettings(t *testing.T) {
	known := programSettings()
	read := map[string]bool{ // by package profiles
		"mfa_session_duration": true, "sign_in": true, "sign_in_endpoint": true, "sign_in_timeout": true, "sso_cache": true,
	}
	look := regexp.MustCompile(`(?:\b(?:[sS]ettings|s)\.Get|\.Program|\.setting)\((?:w, set, )?"([a-z_-]+)"`)
	err := filepath.WalkDir("../../..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") {
			return err
		}
		text, err := os.ReadFile(path)
		for _, m := range look.FindAllStringSubmatch(string(text), -1) {
			read[strings.ReplaceAll(m[1], "-", "_")] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for key := range read {
		if _, ok := known[key]; !ok {
			t.Errorf("%s is read, and doctor would call it unknown", key)
		}
	}
	for key := range known {
		if !read[key] {
			t.Errorf("doctor knows %s, and nothing reads it", key)
		}
	}
}
