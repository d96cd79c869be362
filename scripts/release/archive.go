package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"
)

type archive struct {
	Formats         []string
	FormatOverrides []struct {
		Goos    string
		Formats []string
	} `yaml:"format_overrides"`
	NameTemplate string `yaml:"name_template"`
	BuildsInfo   info   `yaml:"builds_info"`
	Files        []struct {
		Src, Dst string
		Info     info
	}
}

// An info is whose a file in an archive is, and of when. They are the same in every build of a commit.
type info struct{ Owner, Group, Mtime string }

// An entry is a file of an archive.
type entry struct {
	name, path string
	mode       int64
}

func (r *release) archive(a archive, t target, programs []string) error {
	name, err := r.expand(a.NameTemplate, t)
	if err != nil {
		return err
	}
	entries, err := r.entries(a, programs)
	if err != nil {
		return err
	}
	for _, format := range a.formats(t.goos) {
		fill := map[string]func(io.Writer, []entry, time.Time) error{"tar.gz": fillTar, "zip": fillZip}[format]
		if fill == nil {
			return fmt.Errorf("archives of format %q are not known here", format)
		}
		err := r.write(name+"."+format, func(w io.Writer) error { return fill(w, entries, r.date) })
		if err != nil {
			return err
		}
		if err := r.documents("archive", name+"."+format); err != nil {
			return err
		}
	}
	return nil
}

func (a archive) formats(goos string) []string {
	for _, o := range a.FormatOverrides {
		if o.Goos == goos {
			return o.Formats
		}
	}
	return a.Formats
}

func (r *release) entries(a archive, programs []string) ([]entry, error) {
	var all []entry
	for _, f := range a.Files {
		found, err := filepath.Glob(filepath.Join(r.root, f.Src))
		if err != nil || len(found) == 0 {
			return nil, fmt.Errorf("%s: no such file (%w)", f.Src, err)
		}
		slices.Sort(found)
		for _, path := range found {
			all = append(all, entry{filepath.ToSlash(filepath.Join(f.Dst, filepath.Base(path))), path, 0o644})
		}
	}
	for _, path := range programs {
		all = append(all, entry{filepath.Base(path), path, 0o755})
	}
	return all, nil
}

func fillTar(w io.Writer, entries []entry, at time.Time) error {
	z := gzip.NewWriter(w)
	t := tar.NewWriter(z)
	for _, e := range entries {
		b, err := os.ReadFile(e.path)
		if err != nil {
			return err
		}
		if err := t.WriteHeader(&tar.Header{Name: e.name, Mode: e.mode, Size: int64(len(b)), ModTime: at, Uname: "root", Gname: "root"}); err != nil {
			return err
		}
		if _, err := t.Write(b); err != nil {
			return err
		}
	}
	if err := t.Close(); err != nil {
		return err
	}
	return z.Close()
}

func fillZip(w io.Writer, entries []entry, at time.Time) error {
	z := zip.NewWriter(w)
	for _, e := range entries {
		b, err := os.ReadFile(e.path)
		if err != nil {
			return err
		}
		h := &zip.FileHeader{Name: e.name, Method: zip.Deflate, Modified: at}
		h.SetMode(os.FileMode(e.mode))
		f, err := z.CreateHeader(h)
		if err != nil {
			return err
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
	}
	return z.Close()
}

// archiveName is the archive's for a system that has but one.
func (r *release) archiveName(goos, arch string) string {
	a := r.config.Archives[0]
	name, err := r.expand(a.NameTemplate, target{goos: goos, goarch: arch})
	if err != nil {
		return ""
	}
	return name + "." + a.formats(goos)[0]
}

// unpack reads what an archive has, by the last part of its names.
func (r *release) unpack(name string) (map[string][]byte, error) {
	b, err := os.ReadFile(filepath.Join(r.dist, name))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	if filepath.Ext(name) == ".zip" {
		z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		for _, f := range z.File {
			r, err := f.Open()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			if files[filepath.Base(f.Name)], err = io.ReadAll(r); err != nil {
				return nil, fmt.Errorf("%s: %w", name, err)
			}
		}
		return files, nil
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	z.Multistream(false)
	for t := tar.NewReader(z); ; {
		h, err := t.Next()
		if err == io.EOF {
			if _, err := io.Copy(io.Discard, z); err != nil { // the checksum is at its end
				return nil, fmt.Errorf("%s: %w", name, err)
			}
			return files, nil
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		if files[filepath.Base(h.Name)], err = io.ReadAll(t); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
}

func (r *release) checksums() error {
	name, err := r.expand(r.config.Checksum.NameTemplate, target{})
	if err != nil {
		return err
	}
	made := slices.Clone(r.made)
	slices.Sort(made)
	return r.write(name, func(w io.Writer) error {
		for _, file := range made {
			sum, err := r.sum(file)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%s  %s\n", sum, file); err != nil {
				return err
			}
		}
		return nil
	})
}

// sum is the checksum of a file, or "" if there is none.
func (r *release) sum(name string) (string, error) {
	b, err := os.ReadFile(filepath.Join(r.dist, name))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	return fmt.Sprintf("%x", sha256.Sum256(b)), err
}
