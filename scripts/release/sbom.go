package main

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"debug/buildinfo"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdx/v2/v2_3"
)

// sbom writes the bill of materials of an archive beside it: what Go says that the programs were built from.
func (r *release) sbom(archive string) error {
	files, err := r.unpack(archive)
	if err != nil {
		return err
	}
	d, err := r.bill(archive, files)
	if err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	return r.write(archive+".spdx.json", func(w io.Writer) error { return spdxjson.Write(d, w, spdxjson.Indent(" ")) })
}

func (r *release) bill(archive string, files map[string][]byte) (*v2_3.Document, error) {
	const unknown, own = "NOASSERTION", common.ElementID("hatstand")
	d := &v2_3.Document{
		SPDXVersion: v2_3.Version, DataLicense: v2_3.DataLicense, SPDXIdentifier: "DOCUMENT",
		DocumentName: archive, DocumentNamespace: fmt.Sprintf("%s/spdx/%s-%s", r.address, archive, r.commit),
		CreationInfo: &v2_3.CreationInfo{
			Created:  r.date.Format("2006-01-02T15:04:05Z"),
			Creators: []common.Creator{{CreatorType: "Tool", Creator: "hatstand-scripts-release"}},
		},
		Packages: []*v2_3.Package{{
			PackageName: r.config.ProjectName, PackageSPDXIdentifier: own, PackageVersion: r.version, PackageFileName: archive,
			PackageDownloadLocation: r.download(archive), PackageLicenseConcluded: "MIT", PackageLicenseDeclared: "MIT", PackageCopyrightText: unknown,
		}},
	}
	relate := func(a common.ElementID, how string, b common.ElementID) {
		d.Relationships = append(d.Relationships, &v2_3.Relationship{
			RefA: common.DocElementID{ElementRefID: a}, RefB: common.DocElementID{ElementRefID: b}, Relationship: how})
	}
	relate("DOCUMENT", common.TypeRelationshipDescribe, own)
	known := map[common.ElementID]bool{}
	for _, name := range slices.Sorted(maps.Keys(files)) {
		if filepath.Ext(name) == ".exe" || !strings.ContainsAny(name, "./") && strings.HasPrefix(name, "hatstand") {
			info, err := buildinfo.Read(bytes.NewReader(files[name]))
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			file := common.ElementID("File-" + name)
			d.Files = append(d.Files, &v2_3.File{
				FileName: "./" + name, FileSPDXIdentifier: file, FileTypes: []string{"BINARY"}, LicenseConcluded: "MIT", FileCopyrightText: unknown,
				Checksums: []common.Checksum{
					{Algorithm: common.SHA1, Value: fmt.Sprintf("%x", sha1.Sum(files[name]))},
					{Algorithm: common.SHA256, Value: fmt.Sprintf("%x", sha256.Sum256(files[name]))},
				},
			})
			relate("DOCUMENT", common.TypeRelationshipDescribe, file)
			relate(file, common.TypeRelationshipGeneratedFrom, own)
			parts := [][2]string{{"stdlib", strings.TrimPrefix(info.GoVersion, "go")}}
			for _, m := range info.Deps {
				if m.Replace != nil {
					m = m.Replace
				}
				parts = append(parts, [2]string{m.Path, m.Version})
			}
			for _, part := range parts {
				id := common.ElementID("Go-" + spdxName(part[0]+"-"+part[1]))
				if !known[id] {
					known[id] = true
					d.Packages = append(d.Packages, &v2_3.Package{
						PackageName: part[0], PackageSPDXIdentifier: id, PackageVersion: part[1],
						PackageDownloadLocation: unknown, PackageLicenseConcluded: unknown, PackageLicenseDeclared: unknown, PackageCopyrightText: unknown,
						PackageExternalReferences: []*v2_3.PackageExternalReference{{
							Category: common.CategoryPackageManager, RefType: common.TypePackageManagerPURL, Locator: "pkg:golang/" + part[0] + "@" + part[1]}},
					})
				}
				relate(file, common.TypeRelationshipDependsOn, id)
			}
		}
	}
	if len(d.Files) == 0 {
		return nil, fmt.Errorf("no programs in it")
	}
	return d, nil
}

// spdxName has the characters alone that a name in SPDX may have.
func spdxName(s string) string {
	return strings.Map(func(c rune) rune {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' {
			return c
		}
		return '-'
	}, s)
}
