package main

import (
	"archive/tar"
	"archive/zip"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"io"
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
	formats := a.Formats
	for _, o := range a.FormatOverrides {
		if o.Goos == t.goos {
			formats = o.Formats
		}
	}
	entries, err := r.entries(a, programs)
	if err != nil {
		return err
	}
	for _, format := range formats {
		fill := map[string]func(io.Writer, []entry, time.Time) error{"tar.gz": fillTar, "zip": fillZip}[format]
		if fill == nil {
			return fmt.Errorf("archives of format %q are not known here", format)
		}
		err := r.write(name+"."+format, func(w io.Writer) error { return fill(w, entries, r.date) })
		if err != nil {
			return err
		}
	}
	return nil
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

func (r *release) checksums() error {
	name, err := r.expand(r.config.Checksum.NameTemplate, target{})
	if err != nil {
		return err
	}
	made := slices.Clone(r.made)
	slices.Sort(made)
	return r.write(name, func(w io.Writer) error {
		for _, file := range made {
			b, err := os.ReadFile(filepath.Join(r.dist, file))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "%x  %s\n", sha256.Sum256(b), file); err != nil {
				return err
			}
		}
		return nil
	})
}
