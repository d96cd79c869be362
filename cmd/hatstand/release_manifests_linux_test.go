package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// manifests has what package managers read made of a release for all systems, and reads it as they do. The archives of
// the systems that this is not are copies with a byte more: to build the programs for each takes minutes.
func (r releaser) manifests(clone, made string) {
	t := r.t
	dist := t.TempDir()
	archive, err := os.ReadFile(r.one(made, "*_linux_*.tar.gz"))
	if err != nil {
		t.Fatal(err)
	}
	sums := map[string]string{}
	for i, name := range []string{"linux_amd64.tar.gz", "linux_arm64.tar.gz", "linux_armv7.tar.gz", "darwin_amd64.tar.gz", "darwin_arm64.tar.gz",
		"windows_amd64.zip", "windows_arm64.zip"} {
		name = "hatstand_0.1.0_" + name
		b := append(bytes.Clone(archive), make([]byte, i)...)
		sums[name] = fmt.Sprintf("%x", sha256.Sum256(b))
		if err := os.WriteFile(filepath.Join(dist, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const address = "https://github.com/alice/hatstand"
	r.do(clone, r.program, "-rest", "-version", "0.1.0", "-dist", dist, "-address", address)
	url := func(name string) string { return address + "/releases/download/v0.1.0/hatstand_0.1.0_" + name }
	sum := func(name string) string { return sums["hatstand_0.1.0_"+name] }

	t.Run("Homebrew", func(t *testing.T) {
		r := r.in(t)
		formula := r.one(dist, "hatstand.rb")
		if out := r.do(dist, "ruby", "-wc", formula); out != "Syntax OK\n" {
			t.Error(out)
		}
		stub, err := filepath.Abs("testdata/formula.rb")
		if err != nil {
			t.Fatal(err)
		}
		for _, system := range []string{"macos intel darwin_amd64", "macos arm darwin_arm64", "linux intel linux_amd64", "linux arm linux_arm64"} {
			f := strings.Fields(system)
			name := f[2] + ".tar.gz"
			want := "0.1.0\n" + url(name) + "\n" + sum(name) + "\n"
			if got := r.do(dist, "ruby", stub, formula, f[0], f[1]); got != want {
				t.Errorf("%s: %s, want %s", system, got, want)
			}
		}
		folder, prefix := t.TempDir(), t.TempDir()
		r.do(folder, "tar", "xzf", r.one(made, "*_linux_*.tar.gz"))
		r.do(dist, "ruby", stub, formula, "linux", "intel", folder, prefix)
		for _, name := range []string{"bin/hatstand-credential-process", "share/man/man1/hatstand.1.gz", "etc/bash_completion.d/hatstand",
			"share/zsh/site-functions/_hatstand", "share/fish/vendor_completions.d/hatstand.fish"} {
			r.one(prefix, name)
		}
	})

	t.Run("Scoop", func(t *testing.T) {
		r := r.in(t)
		type download struct{ URL, Hash string }
		var m struct { // the schema's names, of which these are mandatory: https://github.com/ScoopInstaller/Scoop/blob/master/schema.json
			Version, Description, Homepage, License string
			Architecture                            map[string]download
			Bin                                     []string
		}
		b, err := os.ReadFile(r.one(dist, "hatstand.json"))
		if err != nil {
			t.Fatal(err)
		}
		d := json.NewDecoder(bytes.NewReader(b))
		d.DisallowUnknownFields()
		if err := d.Decode(&m); err != nil {
			t.Fatal(err)
		}
		if m.Version != "0.1.0" || m.Description == "" || m.Homepage != address || m.License != "MIT" ||
			!slices.Equal(m.Bin, []string{"hatstand.exe", "hatstand-credential-process.exe"}) ||
			!maps.Equal(m.Architecture, map[string]download{
				"64bit": {url("windows_amd64.zip"), sum("windows_amd64.zip")}, "arm64": {url("windows_arm64.zip"), sum("windows_arm64.zip")}}) {
			t.Errorf("%s", b)
		}
	})

	t.Run("winget", func(t *testing.T) {
		r := r.in(t)
		// Each manifest has all that its schema wants, and nothing that the schema does not know:
		// https://github.com/microsoft/winget-cli/tree/master/schemas/JSON/manifests/v1.9.0
		const both = "ManifestType ManifestVersion PackageIdentifier PackageVersion"
		read := func(name, keys string) map[string]any {
			t.Helper()
			text := r.do(dist, "ruby", "-ryaml", "-rjson", "-rdate", "-e",
				"puts JSON.dump(YAML.safe_load(File.read(ARGV[0]), permitted_classes: [Date]))", name)
			var m map[string]any
			if err := json.Unmarshal([]byte(text), &m); err != nil {
				t.Fatal(err)
			}
			want := strings.Fields(both + " " + keys)
			slices.Sort(want)
			if got := slices.Sorted(maps.Keys(m)); !slices.Equal(got, want) {
				t.Errorf("%s has %q, want %q", name, got, want)
			}
			if m["PackageIdentifier"] != "Hatstand.Hatstand" || m["PackageVersion"] != "0.1.0" || m["ManifestVersion"] != "1.9.0" {
				t.Errorf("%s: %s", name, text)
			}
			return m
		}
		if m := read("Hatstand.Hatstand.yaml", "DefaultLocale"); m["ManifestType"] != "version" || m["DefaultLocale"] != "en-US" {
			t.Errorf("%v", m)
		}
		m := read("Hatstand.Hatstand.locale.en-US.yaml", "PackageLocale Publisher PackageName PackageUrl License ShortDescription Moniker Tags")
		if m["ManifestType"] != "defaultLocale" || m["PackageLocale"] != "en-US" || m["PackageUrl"] != address {
			t.Errorf("%v", m)
		}
		m = read("Hatstand.Hatstand.installer.yaml", "InstallerType NestedInstallerType NestedInstallerFiles ReleaseDate Installers")
		want := []any{}
		for arch, name := range map[string]string{"x64": "windows_amd64.zip", "arm64": "windows_arm64.zip"} {
			want = append(want, fmt.Sprint(map[string]any{
				"Architecture": arch, "InstallerUrl": url(name), "InstallerSha256": strings.ToUpper(sum(name))}))
		}
		got := []any{}
		for _, i := range m["Installers"].([]any) {
			got = append(got, fmt.Sprint(i))
		}
		order := func(a, b any) int { return strings.Compare(a.(string), b.(string)) }
		slices.SortFunc(want, order)
		slices.SortFunc(got, order)
		if !slices.Equal(got, want) || m["ManifestType"] != "installer" || m["InstallerType"] != "zip" || m["NestedInstallerType"] != "portable" {
			t.Errorf("%v, want %v", m, want)
		}
		files := fmt.Sprint(m["NestedInstallerFiles"])
		if want := "[map[PortableCommandAlias:hatstand RelativeFilePath:hatstand.exe] " +
			"map[PortableCommandAlias:hatstand-credential-process RelativeFilePath:hatstand-credential-process.exe]]"; files != want {
			t.Errorf("%s, want %s", files, want)
		}
	})

	t.Run("Nix", func(t *testing.T) {
		r := r.in(t)
		flake := "file://" + r.one(dist, "*_flake.tar.gz")
		nixpkgs, err := filepath.Abs("testdata/nixpkgs")
		if err != nil {
			t.Fatal(err)
		}
		nix := func(args ...string) string {
			t.Helper()
			home := t.TempDir()
			return r.do(dist, "env", append([]string{"HOME=" + home, "nix", "--extra-experimental-features", "nix-command flakes",
				"--store", home + "/store", "--quiet", "--quiet"}, append(args, "--no-write-lock-file", "--override-input", "nixpkgs", "path:"+nixpkgs)...)...)
		}
		nix("flake", "check", "--no-build", flake)
		type source struct{ URL, Hash string }
		got, want := map[string]source{}, map[string]source{}
		text := nix("eval", "--json", flake+"#packages", "--apply",
			"builtins.mapAttrs (system: p: { url = p.default.src.url; hash = p.default.src.outputHash; })")
		text = strings.TrimSpace(text) // warnings of Nix's come before it
		if err := json.Unmarshal([]byte(text[strings.LastIndex(text, "\n")+1:]), &got); err != nil {
			t.Fatalf("%v: %s", err, text)
		}
		for system, name := range map[string]string{"x86_64-linux": "linux_amd64", "aarch64-linux": "linux_arm64",
			"x86_64-darwin": "darwin_amd64", "aarch64-darwin": "darwin_arm64"} {
			name += ".tar.gz"
			want[system] = source{url(name), sum(name)}
		}
		if !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	})

	t.Run("an image for each processor", func(t *testing.T) {
		r := r.in(t)
		i := readImage(t, r.one(dist, "*_image.tar"))
		if !slices.Equal(i.platforms, []string{"linux/amd64", "linux/arm64"}) {
			t.Errorf("%q", i.platforms)
		}
	})

	t.Run("what GoReleaser is not told of", func(t *testing.T) {
		r := r.in(t)
		path := filepath.Join(clone, ".goreleaser.yaml")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		defer os.WriteFile(path, text, 0o600)
		for told, made := range map[string]string{"- hatstand.json": "hatstand.json", "_image.tar": "hatstand_0.1.0_image.tar"} {
			if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte(told), []byte("- x")), 0o600); err != nil {
				t.Fatal(err)
			}
			want := "release: " + made + " is none of the documents in .goreleaser.yaml\n"
			if got := r.fail(clone, r.program, "-rest", "-version", "0.1.0", "-dist", dist); got != want {
				t.Errorf("%q, want %q", got, want)
			}
		}
	})
}
