package main

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// debian puts packages into a root of their own. Keys and sessions outlive an upgrade, and the removal too.
func (r releaser) debian(old, newer string) {
	t := r.t
	root := t.TempDir()
	small := mayMount() == nil
	if small {
		// Enough for both versions of the programs at once, as dpkg has them for a moment.
		if err := syscall.Mount("tmpfs", root, "tmpfs", 0, "size=160m,mode=755"); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { syscall.Unmount(root, syscall.MNT_DETACH) })
	}
	for _, dir := range []string{"var/lib/dpkg/info", "var/lib/dpkg/updates"} {
		if err := os.MkdirAll(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(root, "var/lib/dpkg/status"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	command := func(args ...string) []string {
		return append([]string{"--root=" + root, "--force-not-root", "--force-script-chrootless", "--log=/dev/null"}, args...)
	}
	dpkg := func(args ...string) string { return r.do(root, "dpkg", command(args...)...) }
	bin := filepath.Join(root, "usr/bin/hatstand")
	dpkg("--install", old)
	as := func(version, when string) {
		t.Helper()
		if out := r.do(root, bin, "version"); !strings.HasPrefix(out, "hatstand "+version+" ") {
			t.Errorf("%s it is %s", when, out)
		}
		of := map[string]string{"v0.1.0": old, "v0.2.0": newer}[version]
		r.do(root, "sh", "-c", "dpkg-deb --fsys-tarfile '"+of+"' | bsdtar -xOf - ./usr/bin/hatstand-credential-process | cmp - usr/bin/hatstand-credential-process")
	}
	as("v0.1.0", "installed")
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

		// What cannot be installed leaves all as it was.
		broken := filepath.Join(t.TempDir(), "broken.deb")
		r.do(root, "sh", "-c", "head -c 1000000 '"+newer+"' >'"+broken+"'")
		if out := r.fail(root, "dpkg", command("--install", broken)...); !strings.Contains(out, "unexpected end of file") {
			t.Errorf("nothing is said of a package that is cut: %s", out)
		}
		as("v0.1.0", "after a broken package")
		if small {
			filler := filepath.Join(root, "filler")
			fillDisk(t, filler, 8<<20)
			if out := r.fail(root, "dpkg", command("--install", newer)...); !strings.Contains(out, "No space left on device") {
				t.Errorf("nothing is said of a full disk: %s", out)
			}
			as("v0.1.0", "on a full disk")
			if after := serve(); after != before {
				t.Error("the session was not kept on a full disk")
			}
			if err := os.Remove(filler); err != nil {
				t.Fatal(err)
			}
		}

		dpkg("--install", newer)
		as("v0.2.0", "after the upgrade")
		if after := serve(); after != before {
			t.Error("the session was not kept")
		}
		// Somebody has put a program by hand where PATH leads first.
		local := filepath.Join(root, "usr/local/bin")
		if err := os.MkdirAll(local, 0o755); err != nil {
			t.Fatal(err)
		}
		r.do(root, "cp", w.bin, local)
		doctor := w.run(bin, "doctor")
		doctor.cmd.Env = append(slices.Clone(w.env), "PATH="+local+":"+filepath.Dir(bin))
		doctor.start()
		doctor.wait()
		if want := "  warn  " + local + "/hatstand: is installed too\n"; !strings.Contains(doctor.out.String(), want) {
			t.Errorf("doctor does not tell of %s:\n%s", local, doctor.out.String())
		}
		if err := os.RemoveAll(filepath.Join(root, "usr/local")); err != nil {
			t.Fatal(err)
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

// fillDisk writes a file until so little is left of its disk.
func fillDisk(t *testing.T, path string, left uint64) {
	t.Helper()
	var disk syscall.Statfs_t
	if err := syscall.Statfs(filepath.Dir(path), &disk); err != nil {
		t.Fatal(err)
	}
	free := disk.Bavail * uint64(disk.Bsize)
	if free < left {
		t.Fatalf("%d bytes are free", free)
	}
	if err := os.WriteFile(path, make([]byte, free-left), 0o600); err != nil {
		t.Fatal(err)
	}
}

// packages looks into each kind of package: all have the same files but for zsh's and the licence's folders, root's, and
// both programs run from where they are unpacked.
func (r releaser) packages(dist string) {
	t := r.t
	listed := func(tar string) map[string]string {
		t.Helper()
		files := map[string]string{}
		for line := range strings.Lines(tar) {
			// -rwxr-xr-x  0 0      0    28557474 Nov 30 06:37 usr/bin/hatstand
			f := strings.Fields(line)
			if len(f) != 9 {
				t.Fatalf("%q", line)
			}
			if name := strings.TrimLeft(f[8], "./"); !strings.HasPrefix(f[0], "d") && strings.HasPrefix(name, "usr/") {
				files[name] = f[0] + " " + f[2] + ":" + f[3]
			}
		}
		return files
	}
	deb := listed(r.do(dist, "sh", "-c", "dpkg-deb --fsys-tarfile '"+r.one(dist, "*.deb")+"' | bsdtar --numeric-owner -tvf -"))
	pages, err := filepath.Glob("man/*.1")
	if err != nil || len(pages) < 20 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	const program, plain = "-rwxr-xr-x 0:0", "-rw-r--r-- 0:0"
	want := func(zsh, licence string) map[string]string {
		files := map[string]string{"usr/bin/hatstand": program, "usr/bin/hatstand-credential-process": program,
			"usr/share/bash-completion/completions/hatstand": plain, "usr/share/fish/vendor_completions.d/hatstand.fish": plain,
			"usr/share/zsh/" + zsh + "/_hatstand": plain, "usr/share/" + licence: plain}
		for _, page := range pages {
			files["usr/share/man/man1/"+filepath.Base(page)+".gz"] = plain
		}
		return files
	}
	differ := func(what string, got, want map[string]string) {
		t.Helper()
		if !maps.Equal(got, want) {
			t.Errorf("%s has\n%q\nwant\n%q", what, got, want)
		}
	}
	differ("deb", deb, want("vendor-completions", "doc/hatstand/copyright"))
	for what, pattern := range map[string]string{"rpm": "*.rpm", "apk": "*.apk", "arch": "*.pkg.tar.zst"} {
		file := r.one(dist, pattern)
		differ(what, listed(r.do(dist, "bsdtar", "--numeric-owner", "-tvf", file)), want("site-functions", "licenses/hatstand/LICENSE"))
		root := t.TempDir()
		r.do(root, "bsdtar", "-xf", file)
		bin := filepath.Join(root, "usr/bin/hatstand")
		version := r.do(root, bin, "version")
		if !strings.HasPrefix(version, "hatstand v0.1.0 ") {
			t.Errorf("%s: %s", what, version)
		}
		// The small program knows no verbs: it starts the one that lies beside it.
		if got := r.do(root, "env", "-i", "HOME="+root, "HATSTAND_BACKEND=file", bin+"-credential-process", "--help"); !strings.Contains(got, "credential-process [PROFILE]") {
			t.Errorf("%s: the small program: %s", what, got)
		}
		if page := r.do(root, "gzip", "-dc", "usr/share/man/man1/hatstand.1.gz"); !strings.HasPrefix(page, ".") || !strings.Contains(page, ".TH") {
			t.Errorf("%s: the manual page begins with %.40q", what, page)
		}
		for _, shell := range []string{"bash", "zsh", "fish"} {
			path := map[string]string{"bash": "bash-completion/completions/hatstand", "zsh": "zsh/site-functions/_hatstand",
				"fish": "fish/vendor_completions.d/hatstand.fish"}[shell]
			if got := r.do(root, "cat", "usr/share/"+path); got != r.do(root, bin, "completion", shell) {
				t.Errorf("%s: the completion of %s is another one", what, shell)
			}
		}
		if what == "rpm" {
			r.do(dist, "rpm", "--checksig", "--nosignature", file)
			got := r.do(dist, "rpm", "-qp", "--qf", `%{NAME} %{VERSION} %{LICENSE} [%{FILEUSERNAME}:%{FILEGROUPNAME} ]`, file)
			if strings.ReplaceAll(got, "root:root ", "") != "hatstand 0.1.0 MIT " {
				t.Errorf("rpm: %s", got)
			}
			continue
		}
		info := r.do(root, "cat", ".PKGINFO")
		for _, line := range []string{"pkgname = hatstand", "license = MIT"} {
			if !strings.Contains("\n"+info, "\n"+line+"\n") {
				t.Errorf("%s: .PKGINFO lacks %q: %s", what, line, info)
			}
		}
	}
}
