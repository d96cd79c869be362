package main

import (
	"bytes"
	"fmt"
	"io"
	"path/filepath"

	"github.com/goreleaser/nfpm/v2"
	_ "github.com/goreleaser/nfpm/v2/apk"
	_ "github.com/goreleaser/nfpm/v2/arch"
	_ "github.com/goreleaser/nfpm/v2/deb"
	"github.com/goreleaser/nfpm/v2/files"
	_ "github.com/goreleaser/nfpm/v2/rpm"
	"go.yaml.in/yaml/v3"
)

// packages makes those of a system. What GoReleaser's nfpms section and nfpm's own file have under the same name is read
// by nfpm.
func (r *release) packages(node *yaml.Node, t target, programs []string) error {
	var own struct {
		PackageName      string `yaml:"package_name"`
		Formats          []string
		FileNameTemplate string `yaml:"file_name_template"`
		Bindir           string
	}
	if err := node.Decode(&own); err != nil {
		return err
	}
	var rest map[string]any
	if err := node.Decode(&rest); err != nil {
		return err
	}
	for _, key := range []string{"package_name", "formats", "file_name_template", "bindir"} {
		delete(rest, key)
	}
	text, err := yaml.Marshal(rest)
	if err != nil {
		return err
	}
	expanded, err := r.expand(string(text), t)
	if err != nil {
		return err
	}
	parsed, err := nfpm.Parse(bytes.NewReader([]byte(expanded)))
	if err != nil {
		return err
	}
	for _, format := range own.Formats {
		p := parsed.Info
		p.Name, p.Arch, p.Platform, p.Version = own.PackageName, t.goarch+t.goarm, t.goos, r.version
		p.VersionSchema, p.Prerelease, p.VersionMetadata, p.Release = "semver", "", "", ""
		p.Contents = files.Contents{}
		for _, c := range parsed.Contents {
			c := *c
			c.Source = filepath.Join(r.root, c.Source)
			p.Contents = append(p.Contents, &c)
		}
		for _, path := range programs {
			p.Contents = append(p.Contents, &files.Content{Source: path, Destination: own.Bindir + "/" + filepath.Base(path),
				FileInfo: &files.ContentFileInfo{Mode: 0o755, MTime: r.date}})
		}
		made := nfpm.WithDefaults(&p)
		if err := nfpm.PrepareForPackager(made, format); err != nil {
			return err
		}
		packager, err := nfpm.Get(format)
		if err != nil {
			return err
		}
		name := packager.ConventionalFileName(made)
		if own.FileNameTemplate != "{{ .ConventionalFileName }}" {
			return fmt.Errorf("file_name_template %q is not known here", own.FileNameTemplate)
		}
		if err := r.write(name, func(w io.Writer) error { return packager.Package(made, w) }); err != nil {
			return err
		}
	}
	return nil
}
