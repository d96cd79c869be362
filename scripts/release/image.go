package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	"github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

// imageUser is whom the programs of an image run as: nobody that another image or a machine is likely to have.
const imageUser = 65532

// imageSystems are those that an image is made for, of the ones that were built.
var imageSystems = []string{"amd64", "arm64"}

// image makes an OCI image of the archives for Linux, one for all systems, as a tar file of its layout: there is nothing
// in it but the programs, certificates of authorities, a home and a user. It needs no daemon and no registry.
func (r *release) image() error {
	l := &layout{r: r}
	var manifests []v1.Descriptor
	for _, arch := range imageSystems {
		name := r.archiveName("linux", arch)
		files, err := r.unpack(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return err
		}
		m, err := l.system(arch, files)
		if err != nil {
			return err
		}
		manifests = append(manifests, m)
	}
	if len(manifests) == 0 {
		return nil
	}
	index, err := l.json(v1.MediaTypeImageIndex, v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: manifests, Annotations: r.labels()})
	if err != nil {
		return err
	}
	index.Annotations = map[string]string{v1.AnnotationRefName: r.version}
	top, err := json.Marshal(v1.Index{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageIndex, Manifests: []v1.Descriptor{index}})
	if err != nil {
		return err
	}
	version, err := json.Marshal(v1.ImageLayout{Version: v1.ImageLayoutVersion})
	if err != nil {
		return err
	}
	all := append([]content{{v1.ImageLayoutFile, version, 0o644, 0}, {v1.ImageIndexFile, top, 0o644, 0},
		folder(v1.ImageBlobsDir), folder(v1.ImageBlobsDir + "/sha256")}, l.blobs...)
	return r.write(fmt.Sprintf("%s_%s_image.tar", r.config.ProjectName, r.version), func(w io.Writer) error { return r.tar(w, all) })
}

func (r *release) labels() map[string]string {
	return map[string]string{
		v1.AnnotationTitle: r.config.ProjectName, v1.AnnotationVersion: r.version, v1.AnnotationRevision: r.commit,
		v1.AnnotationSource: r.address, v1.AnnotationLicenses: "MIT", v1.AnnotationDescription: summary,
	}
}

// A layout is what an image consists of.
type layout struct {
	r     *release
	blobs []content
}

// A content is a file, or a folder where its name ends with a slash.
type content struct {
	name string
	data []byte
	mode int64
	user int
}

func folder(name string) content { return content{name: name + "/", mode: 0o755} }

func (l *layout) blob(kind string, b []byte) v1.Descriptor {
	d := digest.FromBytes(b)
	l.blobs = append(l.blobs, content{path.Join(v1.ImageBlobsDir, "sha256", d.Encoded()), b, 0o644, 0})
	return v1.Descriptor{MediaType: kind, Digest: d, Size: int64(len(b))}
}

func (l *layout) json(kind string, v any) (v1.Descriptor, error) {
	b, err := json.Marshal(v)
	return l.blob(kind, b), err
}

// system adds an image for one kind of processor.
func (l *layout) system(arch string, files map[string][]byte) (v1.Descriptor, error) {
	fail := func(err error) (v1.Descriptor, error) { return v1.Descriptor{}, err }
	var plain, packed bytes.Buffer
	if err := l.r.tar(&plain, imageFiles(files)); err != nil {
		return fail(err)
	}
	if err := l.r.targz(&packed, imageFiles(files)); err != nil {
		return fail(err)
	}
	layer := l.blob(v1.MediaTypeImageLayerGzip, packed.Bytes())
	platform := v1.Platform{OS: "linux", Architecture: arch}
	config, err := l.json(v1.MediaTypeImageConfig, v1.Image{
		Created: &l.r.date, Platform: platform,
		RootFS:  v1.RootFS{Type: "layers", DiffIDs: []digest.Digest{digest.FromBytes(plain.Bytes())}},
		History: []v1.History{{Created: &l.r.date, CreatedBy: "scripts/release"}},
		Config: v1.ImageConfig{
			User:       fmt.Sprintf("%d:%d", imageUser, imageUser),
			Env:        []string{"PATH=/usr/bin", "HOME=/home/hatstand", "XDG_RUNTIME_DIR=/run/hatstand"},
			Entrypoint: []string{"/usr/bin/hatstand", "serve", "--container"},
			WorkingDir: "/home/hatstand",
			Labels:     l.r.labels(),
		},
	})
	if err != nil {
		return fail(err)
	}
	d, err := l.json(v1.MediaTypeImageManifest, v1.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2}, MediaType: v1.MediaTypeImageManifest, Config: config, Layers: []v1.Descriptor{layer}})
	d.Platform = &platform
	return d, err
}

func imageFiles(archive map[string][]byte) []content {
	user := fmt.Sprintf("hatstand:x:%d:%d::/home/hatstand:/nonexistent\n", imageUser, imageUser)
	return []content{
		folder("etc"),
		{"etc/group", fmt.Appendf(nil, "hatstand:x:%d:\n", imageUser), 0o644, 0},
		{"etc/passwd", []byte(user), 0o644, 0},
		folder("etc/ssl"), folder("etc/ssl/certs"),
		{"etc/ssl/certs/ca-certificates.crt", authorities(), 0o644, 0},
		folder("home"),
		{"home/hatstand/", nil, 0o700, imageUser},
		folder("run"),
		{"run/hatstand/", nil, 0o700, imageUser}, // the token's, for other containers to mount
		{"tmp/", nil, 0o1777, 0},
		folder("usr"), folder("usr/bin"),
		{"usr/bin/hatstand", archive["hatstand"], 0o755, 0},
		{"usr/bin/hatstand-credential-process", archive["hatstand-credential-process"], 0o755, 0},
		folder("usr/share"), folder("usr/share/doc"), folder("usr/share/doc/hatstand"),
		{"usr/share/doc/hatstand/copyright", archive["LICENSE"], 0o644, 0},
	}
}

// authorities are the certificates that Mozilla trusts for web servers, as the Go project keeps them. Those that are
// trusted under a condition are left out: a file of certificates cannot tell it.
func authorities() []byte {
	var b bytes.Buffer
	for root := range bundle.Roots() {
		if root.Constraint == nil {
			b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: root.Certificate}))
		}
	}
	return b.Bytes()
}

func (r *release) targz(w io.Writer, all []content) error {
	z := gzip.NewWriter(w)
	if err := r.tar(z, all); err != nil {
		return err
	}
	return z.Close()
}

func (r *release) tar(w io.Writer, all []content) error {
	t := tar.NewWriter(w)
	for _, c := range all {
		h := &tar.Header{Name: c.name, Mode: c.mode, Size: int64(len(c.data)), ModTime: r.date, Uid: c.user, Gid: c.user, Typeflag: tar.TypeReg}
		if strings.HasSuffix(c.name, "/") {
			h.Typeflag = tar.TypeDir
		}
		if err := t.WriteHeader(h); err != nil {
			return err
		}
		if _, err := t.Write(c.data); err != nil {
			return err
		}
	}
	return t.Close()
}
