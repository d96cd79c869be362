//go:build linux

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestAWSVault has the stories of people who come from aws-vault: it stores, and hatstand imports.
func TestAWSVault(t *testing.T) {
	long(t) // it builds a program that is fetched
	t.Parallel()
	bin := buildAWSVault(t)
	p := stories()
	p.Dir = "testdata/awsvault"
	setup := p.Setup
	p.Setup = func(env *testscript.Env) error {
		env.Setenv("PATH", bin+string(filepath.ListSeparator)+env.Getenv("PATH"))
		return setup(env)
	}
	testscript.Run(t, p)
}

// buildAWSVault builds the program, its last version from its first maintainers, in a module of its own:
// it is no part of this one.
func buildAWSVault(t *testing.T) (folder string) {
	const module = "github.com/99designs/aws-vault/v7"
	folder = t.TempDir()
	err := os.WriteFile(filepath.Join(folder, "go.mod"), []byte("module tool\n\ngo 1.20\n\nrequire "+module+" v7.2.0\n"), 0o600)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-mod=mod", "-o", filepath.Join(folder, "aws-vault"), module)
	cmd.Dir = folder
	if out, err := cmd.CombinedOutput(); err != nil {
		missing(t, "aws-vault cannot be built: go build "+module+": "+string(out))
	}
	return folder
}
