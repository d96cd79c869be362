package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// A releaser makes releases of the commit that is checked out, in clones of their own.
type releaser struct {
	t       *testing.T
	program string
}

func newReleaser(t *testing.T) releaser {
	t.Helper()
	program := filepath.Join(t.TempDir(), "release")
	cmd := exec.Command("go", "build", "-o", program, ".")
	cmd.Dir = "../../scripts/release"
	if out, err := cmd.CombinedOutput(); err != nil {
		unfetched(t, "go build", err, out)
	}
	return releaser{t, program}
}

func (r releaser) do(dir, name string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		r.t.Fatalf("%s %q: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// clone is a clone of what is committed.
func (r releaser) clone() string {
	r.t.Helper()
	dir := filepath.Join(r.t.TempDir(), "clone of alice")
	r.do("../..", "git", "clone", "-q", "--no-hardlinks", ".", dir)
	return dir
}

// release makes one for this machine, and returns the folder with it.
func (r releaser) release(clone, version string) string {
	r.t.Helper()
	dist := filepath.Join(r.t.TempDir(), "dist")
	r.do(clone, r.program, "-version", version, "-targets", "linux_"+runtime.GOARCH, "-dist", dist)
	return dist
}

func (r releaser) one(dist, pattern string) string {
	r.t.Helper()
	found, err := filepath.Glob(filepath.Join(dist, pattern))
	if err != nil || len(found) != 1 {
		r.t.Fatalf("%s: %q, %v", pattern, found, err)
	}
	return found[0]
}

// TestReleases makes what users get, twice, and installs it, upgrades it and removes it.
func TestReleases(t *testing.T) {
	long(t)
	t.Parallel()
	for _, program := range []string{"git", "dpkg", "gzip", "zstd"} {
		if _, err := exec.LookPath(program); err != nil {
			missingPart(t, program)
		}
	}
	r := newReleaser(t)
	first, second := r.clone(), r.clone()
	dist := r.release(first, "0.1.0")

	t.Run("two builds of one commit are the same bytes", func(t *testing.T) {
		again := r.release(second, "0.1.0")
		made, err := os.ReadDir(dist)
		if err != nil {
			t.Fatal(err)
		}
		files := 0
		for _, e := range made {
			if e.IsDir() {
				continue
			}
			files++
			a, err := os.ReadFile(filepath.Join(dist, e.Name()))
			if err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(filepath.Join(again, e.Name())); err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s differs (%v)", e.Name(), err)
			}
		}
		if files != 6 { // an archive, four packages, the checksums
			t.Errorf("%d files were made", files)
		}
	})

	t.Run("checksums", func(t *testing.T) {
		r.do(dist, "sha256sum", "--check", "--strict", "checksums.txt")
		archive := r.one(dist, "*.tar.gz")
		whole, err := os.ReadFile(archive)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(archive, whole[:len(whole)-1], 0o600); err != nil {
			t.Fatal(err)
		}
		cmd := exec.Command("sha256sum", "--check", "--quiet", "checksums.txt")
		cmd.Dir = dist
		if out, err := cmd.CombinedOutput(); err == nil {
			t.Errorf("a cut archive passes: %s", out)
		}
		if err := os.WriteFile(archive, whole, 0o600); err != nil {
			t.Fatal(err)
		}
	})

	t.Run("all packages have the same files", func(t *testing.T) {
		deb := r.do(dist, "sh", "-c", "dpkg-deb --fsys-tarfile '"+r.one(dist, "*.deb")+"' | tar tf - | sed 's:^[.]/::; s:/$::'")
		for what, list := range map[string]string{
			"apk":  r.do(dist, "sh", "-c", "tar tzf '"+r.one(dist, "*.apk")+"' 2>/dev/null"),
			"arch": r.do(dist, "sh", "-c", "zstd -dcq '"+r.one(dist, "*.zst")+"' | tar tf -"),
		} {
			for _, want := range []string{"usr/bin/hatstand", "usr/bin/hatstand-credential-process", "usr/share/man/man1/hatstand.1.gz",
				"usr/share/bash-completion/completions/hatstand"} {
				if !strings.Contains("\n"+list, "\n"+want+"\n") || !strings.Contains("\n"+deb, "\n"+want+"\n") {
					t.Errorf("%s or deb lacks %s:\n%s\n%s", what, want, list, deb)
				}
			}
		}
	})

	t.Run("a Debian package is installed, upgraded and removed", func(t *testing.T) {
		r.debian(r.one(dist, "*.deb"), r.one(r.release(second, "0.2.0"), "*.deb"))
	})
}

// debian puts packages into a root of their own. Keys and sessions outlive an upgrade, and the removal too.
func (r releaser) debian(old, newer string) {
	t := r.t
	root := t.TempDir()
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	dpkg := func(args ...string) string {
		return r.do(root, "dpkg", append([]string{"--root=" + root, "--force-not-root", "--force-script-chrootless", "--log=/dev/null"}, args...)...)
	}
	bin := filepath.Join(root, "usr/bin/hatstand")
	dpkg("--install", old)
	if out := r.do(root, bin, "version"); !strings.HasPrefix(out, "hatstand v0.1.0 ") {
		t.Errorf("installed is %s", out)
	}
	t.Run("keys and sessions stay", func(t *testing.T) {
		w := newRealWorld(t, bin)
		w.signIn(0)
		serve := func() string {
			p := w.run(bin+"-credential-process", "prod")
			p.start()
			p.wait()
			if p.exitCode() != 0 || p.errs.Len() > 0 {
				t.Errorf("exit code %d, stderr %q", p.exitCode(), p.errs.String())
			}
			return p.out.String()
		}
		before := serve()
		w.aws.Reset()

		dpkg("--install", newer)
		if out := r.do(root, bin, "version"); !strings.HasPrefix(out, "hatstand v0.2.0 ") {
			t.Errorf("after the upgrade it is %s", out)
		}
		if after := serve(); after != before {
			t.Error("the session was not kept")
		}
		// A step back is told of by the package manager, and what version 0.2.0 has stored is read.
		if out := dpkg("--install", old); !strings.Contains(out, "downgrading") {
			t.Errorf("nothing is said of a step back: %s", out)
		}
		if after := serve(); after != before {
			t.Error("the session was not kept by the step back")
		}
		w.saw(t, map[string]int{})
	})
	dpkg("--purge", "hatstand")
	left, err := filepath.Glob(filepath.Join(root, "usr/*"))
	if err != nil || len(left) > 0 {
		t.Errorf("left are %q", left)
	}
}
