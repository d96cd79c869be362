package main

import (
	"bytes"
	"embed"
	"io"
	"strings"
	"text/template"
	"time"
)

// summary is what a list of programs says of this one.
const summary = "Assume AWS roles: one MFA prompt for all, keys in the keyring"

//go:embed manifests
var manifestFiles embed.FS

// A download is an archive of the release, and what each package manager calls the system that it is for.
type download struct {
	URL, Sum                 string
	Name, Nix, Scoop, Winget string // Name is Homebrew's
}

// manifests writes what package managers other than the systems' own install a release by: the archives' addresses and
// checksums, in the words of each. A manager whose systems were not built has none.
func (r *release) manifests() error {
	type systems struct {
		Name     string
		Archives []download
	}
	var facts struct {
		Version, Date, Address, Summary string
		Brew                            []systems
		Unix, Windows                   []download
	}
	facts.Version, facts.Date, facts.Address, facts.Summary = r.version, r.date.Format(time.DateOnly), r.address, summary
	for _, s := range []struct {
		goos, brew string
		archs      map[string]download
	}{
		{"darwin", "macos", map[string]download{"amd64": {Name: "intel", Nix: "x86_64-darwin"}, "arm64": {Name: "arm", Nix: "aarch64-darwin"}}},
		{"linux", "linux", map[string]download{"amd64": {Name: "intel", Nix: "x86_64-linux"}, "arm64": {Name: "arm", Nix: "aarch64-linux"}}},
		{"windows", "", map[string]download{"amd64": {Scoop: "64bit", Winget: "x64"}, "arm64": {Scoop: "arm64", Winget: "arm64"}}},
	} {
		var found []download
		for _, arch := range []string{"amd64", "arm64"} {
			d, name := s.archs[arch], r.archiveName(s.goos, arch)
			var err error
			if d.Sum, err = r.sum(name); err != nil {
				return err
			}
			if d.Sum != "" {
				d.URL = r.download(name)
				found = append(found, d)
			}
		}
		switch {
		case len(found) == 0:
		case s.brew == "":
			facts.Windows = found
		default:
			facts.Brew = append(facts.Brew, systems{s.brew, found})
			facts.Unix = append(facts.Unix, found...)
		}
	}
	fill := func(name string) ([]byte, error) {
		t, err := template.New(name).Funcs(template.FuncMap{"upper": strings.ToUpper}).ParseFS(manifestFiles, "manifests/"+name)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = t.Execute(&b, facts)
		return b.Bytes(), err
	}
	var names []string
	if len(facts.Unix) > 0 {
		names = append(names, "hatstand.rb", "flake.nix")
	}
	if len(facts.Windows) > 0 {
		names = append(names, "hatstand.json", "Hatstand.Hatstand.yaml", "Hatstand.Hatstand.installer.yaml", "Hatstand.Hatstand.locale.en-US.yaml")
	}
	for _, name := range names {
		text, err := fill(name)
		if err != nil {
			return err
		}
		if name == "flake.nix" { // a flake is a folder: Nix takes one as an archive that has nothing but it
			flake := []content{folder("hatstand"), {"hatstand/" + name, text, 0o644, 0}}
			err = r.write("hatstand_"+r.version+"_flake.tar.gz", func(w io.Writer) error { return r.targz(w, flake) })
		} else {
			err = r.write(name, func(w io.Writer) error { _, err := w.Write(text); return err })
		}
		if err != nil {
			return err
		}
	}
	return nil
}
