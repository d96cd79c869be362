//go:build unix

package main

import (
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"hatstand/cache/folder"
)

// jsSDK is a small program that uses it. What npm installs for it is kept between runs, in the temporary
// folder.
func jsSDK(t *testing.T) client {
	t.Helper()
	c := client{name: "JS SDK", slow: true}
	if !longTests() {
		return c
	}
	dir, missing, broken := installedJS(t, "testdata/programs/jssdk", "whoami.js", "loop.js")
	if missing != "" || broken != "" {
		c.missing, c.broken = missing, broken
		return c
	}
	c.args = func(profile, url string) []string {
		return []string{"node", filepath.Join(dir, "whoami.js"), profile, url}
	}
	return c
}

// installedJS is a folder with a program of testdata and what npm installs for it. missing names Debian packages that are
// not here; broken says why it cannot be had though they are.
func installedJS(t *testing.T, source string, files ...string) (dir, missing, broken string) {
	t.Helper()
	for _, program := range []string{"node", "npm"} {
		if _, err := exec.LookPath(program); err != nil {
			return "", "nodejs npm", ""
		}
	}
	var text []byte
	for _, name := range append([]string{"package.json"}, files...) {
		b, err := os.ReadFile(filepath.Join(source, name))
		if err != nil {
			t.Fatal(err)
		}
		text = append(text, b...)
	}
	dir = filepath.Join(os.TempDir(), fmt.Sprintf("hatstand-test-js-%d-%x", os.Geteuid(), sha256.Sum256(text)))
	info, err := os.Lstat(dir)
	if err == nil && (!info.IsDir() || !folder.Trusted(info)) {
		t.Fatalf("%s is somebody else's", dir)
	}
	if err != nil {
		if err := installJS(source, dir); err != nil {
			if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
				t.Fatal(err)
			}
			return "", "", err.Error()
		}
	}
	return dir, "", ""
}

// installJS makes the folder whole or not at all.
func installJS(source, dir string) error {
	made, err := os.MkdirTemp(filepath.Dir(dir), "hatstand-test-js-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(made)
	if err := os.CopyFS(made, os.DirFS(source)); err != nil {
		return err
	}
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--loglevel=error")
	cmd.Dir = made
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("npm install: %w: %s", err, out)
	}
	if err := os.Rename(made, dir); err != nil && !os.IsExist(err) {
		return err
	}
	return nil
}
