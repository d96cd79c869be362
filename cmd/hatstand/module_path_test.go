package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// The project has no address yet. When it gets one, one command renames the module everywhere.
func TestTheModuleCanBeRenamed(t *testing.T) {
	long(t)
	t.Parallel()
	for _, program := range []string{"bash", "git", "perl"} {
		if _, err := exec.LookPath(program); err != nil {
			missingPart(t, program)
		}
	}
	const path = "example.com/alice/hatstand"
	copied := filepath.Join(t.TempDir(), "clone")
	do := func(dir, name string, args ...string) string {
		t.Helper()
		cmd := exec.Command(name, args...)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s %q: %v\n%s", name, args, err, out)
		}
		return string(out)
	}
	fails := func(want string, args ...string) {
		t.Helper()
		cmd := exec.Command("scripts/module-path", args...)
		cmd.Dir = copied
		if out, err := cmd.CombinedOutput(); err == nil || !strings.Contains(string(out), want) {
			t.Errorf("module-path %q: %v\n%s", args, err, out)
		}
		if changed := do(copied, "git", "status", "--porcelain"); changed != "" {
			t.Errorf("module-path %q changed\n%s", args, changed)
		}
	}
	// What is in the folder, committed or not, but nothing that git ignores.
	listed := do("../..", "git", "ls-files", "--cached", "--others", "--exclude-standard")
	for name := range strings.Lines(listed) {
		name = strings.TrimSuffix(name, "\n")
		b, err := os.ReadFile(filepath.Join("../..", name))
		if os.IsNotExist(err) { // it was removed since the last commit
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		to := filepath.Join(copied, name)
		info, err := os.Stat(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(to, b, info.Mode()); err != nil {
			t.Fatal(err)
		}
	}
	do(copied, "git", "init", "-q")
	do(copied, "git", "add", "-A")
	do(copied, "git", "-c", "user.name=alice", "-c", "user.email=alice@example.com", "commit", "-q", "-m", "as it is")

	fails("usage: scripts/module-path NEW")
	fails("malformed", "not a path")

	do(copied, "scripts/module-path", path)
	do(copied, "go", "build", "./...")
	do(copied, "go", "vet", "./cmd/internal/buildinfo", "./cache/internal/bustest")
	left := exec.Command("git", "grep", "-nE", `"hatstand/(cache|cmd|credproc|mfa|profiles)[/"]`)
	left.Dir = copied
	if out, _ := left.CombinedOutput(); len(out) > 0 {
		t.Errorf("left as it was:\n%s", out)
	}
	if got := do(copied, "go", "list", "-m"); got != path+"\n" {
		t.Errorf("the module is %q", got)
	}
	// Files of users, and the programs, are called as ever.
	before, after := do(copied, "git", "show", "HEAD:docs/threats.md"), do(copied, "cat", "docs/threats.md")
	if before != after {
		t.Error("paths of files were renamed")
	}
}
