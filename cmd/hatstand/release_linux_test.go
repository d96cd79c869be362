package main

import (
	"bytes"
	"debug/buildinfo"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
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

// in is the releaser for a part of its test.
func (r releaser) in(t *testing.T) releaser { return releaser{t, r.program} }

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

// fail runs what must fail, and returns what it says.
func (r releaser) fail(dir, name string, args ...string) string {
	r.t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C")
	out, err := cmd.CombinedOutput()
	if _, failed := err.(*exec.ExitError); !failed {
		r.t.Errorf("%s %q: %v\n%s", name, args, err, out)
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

// files are those that were made to be released, in order.
func (r releaser) files(dist string) []string {
	r.t.Helper()
	all, err := filepath.Glob(filepath.Join(dist, "*"))
	if err != nil {
		r.t.Fatal(err)
	}
	return slices.DeleteFunc(all, func(path string) bool {
		i, err := os.Stat(path)
		return err != nil || i.IsDir()
	})
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
	for program, part := range map[string]string{
		"git": "git", "dpkg": "dpkg", "gzip": "gzip", "bsdtar": "libarchive-tools", "rpm": "rpm", "ruby": "ruby", "nix": "nix-bin"} {
		if _, err := exec.LookPath(program); err != nil {
			missingPart(t, part)
		}
	}
	r := newReleaser(t)
	first, second := r.clone(), r.clone()
	dist := r.release(first, "0.1.0")

	t.Run("two builds of one commit are the same bytes", func(t *testing.T) {
		again := r.release(second, "0.1.0")
		made := r.files(dist)
		for _, path := range made {
			a, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if b, err := os.ReadFile(filepath.Join(again, filepath.Base(path))); err != nil || !bytes.Equal(a, b) {
				t.Errorf("%s differs (%v)", filepath.Base(path), err)
			}
		}
		if len(made) != 10 { // an archive, its bill of materials, four packages, the checksums, an image, a formula, a flake
			t.Errorf("%q were made", made)
		}
	})

	t.Run("checksums", func(t *testing.T) { r.in(t).checksums(dist) })
	t.Run("the bill of materials has what Go has built in", func(t *testing.T) { r.in(t).bill(dist) })
	t.Run("all packages have the same files", func(t *testing.T) { r.in(t).packages(dist) })
	t.Run("the image serves credentials", func(t *testing.T) { runImage(t, r.one(dist, "*_image.tar")) })
	t.Run("package managers", func(t *testing.T) { r.in(t).manifests(first, dist) })
	t.Run("a Debian package is installed, upgraded and removed", func(t *testing.T) {
		r.in(t).debian(r.one(dist, "*.deb"), r.one(r.release(second, "0.2.0"), "*.deb"))
	})
}

// checksums does what docs/install.md tells a user to do before anything is unpacked.
func (r releaser) checksums(dist string) {
	t := r.t
	var made []string
	for _, path := range r.files(dist) {
		if name := filepath.Base(path); name != "checksums.txt" {
			made = append(made, name+": OK")
		}
	}
	if got, want := r.do(dist, "sha256sum", "--check", "--strict", "checksums.txt"), strings.Join(made, "\n")+"\n"; got != want {
		t.Errorf("the checksums are of\n%swant\n%s", got, want)
	}
	install, err := os.ReadFile("../../docs/install.md")
	if err != nil {
		t.Fatal(err)
	}
	const command = "sha256sum --check --ignore-missing checksums.txt"
	if !strings.Contains(string(install), "\n"+command+"\n") {
		t.Errorf("docs/install.md does not tell: %s", command)
	}
	// A user has one archive, and the checksums of all.
	archive := r.one(dist, "*_linux_*.tar.gz")
	whole, err := os.ReadFile(archive)
	if err != nil {
		t.Fatal(err)
	}
	sums, err := os.ReadFile(filepath.Join(dist, "checksums.txt"))
	if err != nil {
		t.Fatal(err)
	}
	other := bytes.Clone(whole)
	other[len(other)/2] ^= 1
	for _, tt := range []struct {
		name, says string
		archive    []byte
		good       bool
	}{
		{"whole", ": OK\n", whole, true},
		{"cut", ": FAILED\n", whole[:len(whole)-1], false},
		{"with another bit", ": FAILED\n", other, false},
	} {
		dir := t.TempDir()
		for name, b := range map[string][]byte{"checksums.txt": sums, filepath.Base(archive): tt.archive} {
			if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.Command("sh", "-c", command)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "LC_ALL=C")
		out, err := cmd.Output()
		if want := filepath.Base(archive) + tt.says; string(out) != want || (err == nil) != tt.good {
			t.Errorf("%s: %v, %q; want %q", tt.name, err, out, want)
		}
		// Nothing further is made of a broken archive.
		cmd = exec.Command(r.program, "-rest", "-version", "0.1.0", "-dist", dir)
		out, err = cmd.CombinedOutput()
		if refused := strings.HasPrefix(string(out), "release: "+filepath.Base(archive)+": "); refused == tt.good || (err == nil) != tt.good {
			t.Errorf("%s: %v, %q", tt.name, err, out)
		}
	}
}

// bill holds the bill of materials to what Go tells of the programs that are installed.
func (r releaser) bill(dist string) {
	t := r.t
	var bill struct {
		SPDXVersion, Name string
		Packages          []struct{ Name, VersionInfo, LicenseDeclared string }
		Files             []struct{ FileName string }
	}
	b, err := os.ReadFile(r.one(dist, "*.spdx.json"))
	if err == nil {
		err = json.Unmarshal(b, &bill)
	}
	if err != nil {
		t.Fatal(err)
	}
	if bill.SPDXVersion != "SPDX-2.3" || bill.Name != filepath.Base(r.one(dist, "*_linux_*.tar.gz")) || len(bill.Files) != 2 {
		t.Errorf("%s, of %s, with %d files", bill.SPDXVersion, bill.Name, len(bill.Files))
	}
	if p := bill.Packages[0]; p.Name != "hatstand" || p.VersionInfo != "0.1.0" || p.LicenseDeclared != "MIT" {
		t.Errorf("the package is %+v", p)
	}
	has := map[string]string{}
	for _, p := range bill.Packages[1:] {
		has[p.Name] = p.VersionInfo
	}
	want := map[string]string{"stdlib": strings.TrimPrefix(runtime.Version(), "go")}
	for _, program := range []string{"hatstand", "hatstand-credential-process"} {
		info, err := buildinfo.ReadFile(r.one(dist, program+"_linux_*/"+program))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range info.Deps {
			want[m.Path] = m.Version
		}
	}
	if !maps.Equal(has, want) || len(want) < 20 {
		t.Errorf("the bill has %q, want %q", has, want)
	}
}
