package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
)

func TestATagNeedsAVersionAndAnEntryInTheChangelog(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the script is for who makes a release, and bash may be that of WSL, which knows no path of Windows'")
	}
	if _, err := exec.LookPath("bash"); err != nil {
		missingPart(t, "bash")
	}
	script, err := os.ReadFile("../../scripts/check-tag")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "scripts"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte("# Changes\n\n## Unreleased\n\n## 1.2.0 (2026-12-01)\n\n## 1.1.0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "scripts", "check-tag")
	if err := os.WriteFile(path, script, 0o755); err != nil {
		t.Fatal(err)
	}
	const version, entry = " is no semantic version: v1.2.3, or v1.2.3-rc.1\n", ": give \"## Unreleased\" that name and the date\n"
	for _, tt := range []struct{ tag, says string }{
		{"v1.2.0", ""}, {"v1.1.0", ""},
		{"1.2.0", "check-tag: 1.2.0" + version}, {"v1.2", "check-tag: v1.2" + version}, {"v01.2.0", "check-tag: v01.2.0" + version},
		{"v1.2.0 ", "check-tag: v1.2.0 " + version},
		{"v1.3.0", "check-tag: CHANGELOG.md has no section \"## 1.3.0\"" + entry}, {"v1.2.0-rc.1", "check-tag: CHANGELOG.md has no section \"## 1.2.0-rc.1\"" + entry},
	} {
		out, err := exec.Command("bash", path, tt.tag).CombinedOutput()
		if string(out) != tt.says || (err == nil) != (tt.says == "") {
			t.Errorf("%q: %v, %q; want %q", tt.tag, err, out, tt.says)
		}
	}
}
