package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/proxy"
	"hatstand/credproc/endpoint"
)

// An image is what the test reads of an OCI image for this machine's processor.
type image struct {
	Architecture, OS string
	Config           struct {
		User, WorkingDir string
		Env, Entrypoint  []string
	}
	Rootfs struct {
		DiffIDs []string `json:"diff_ids"`
	}
	layer     []byte   // unpacked
	platforms []string // that the image is for
}

// readImage reads an image from the tar file of its layout, and holds each part to its digest.
func readImage(t *testing.T, path string) image {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	files := map[string][]byte{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err == nil {
			files[h.Name], err = io.ReadAll(r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if got := string(files["oci-layout"]); got != `{"imageLayoutVersion":"1.0.0"}` {
		t.Errorf("oci-layout is %s", got)
	}
	type descriptor struct {
		Digest   string
		Size     int
		Platform struct{ Architecture, OS string }
	}
	type list struct {
		Manifests, Layers []descriptor
		Config            descriptor
	}
	blob := func(d descriptor, v any) []byte {
		t.Helper()
		b := files["blobs/"+strings.Replace(d.Digest, ":", "/", 1)]
		if got := fmt.Sprintf("sha256:%x", sha256.Sum256(b)); got != d.Digest || len(b) != d.Size {
			t.Fatalf("%d bytes with digest %s, want %d with %s", len(b), got, d.Size, d.Digest)
		}
		if v != nil {
			if err := json.Unmarshal(b, v); err != nil {
				t.Fatal(err)
			}
		}
		return b
	}
	var top, index, manifest list
	var i image
	if err := json.Unmarshal(files["index.json"], &top); err != nil || len(top.Manifests) != 1 {
		t.Fatalf("%v, %s", err, files["index.json"])
	}
	blob(top.Manifests[0], &index)
	for _, d := range index.Manifests {
		i.platforms = append(i.platforms, d.Platform.OS+"/"+d.Platform.Architecture)
		if d.Platform.Architecture == runtime.GOARCH {
			blob(d, &manifest)
		}
	}
	if len(manifest.Layers) != 1 {
		t.Fatalf("%d layers", len(manifest.Layers))
	}
	blob(manifest.Config, &i)
	z, err := gzip.NewReader(bytes.NewReader(blob(manifest.Layers[0], nil)))
	if err == nil {
		i.layer, err = io.ReadAll(z)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprintf("sha256:%x", sha256.Sum256(i.layer)); !slices.Equal(i.Rootfs.DiffIDs, []string{got}) {
		t.Errorf("the layer is %s, the config has %s", got, i.Rootfs.DiffIDs)
	}
	return i
}

// unpack lays the image's files into an empty folder, and returns modes and owners by name.
func (i image) unpack(t *testing.T, root string) map[string]string {
	t.Helper()
	told := map[string]string{}
	for r := tar.NewReader(bytes.NewReader(i.layer)); ; {
		h, err := r.Next()
		if err == io.EOF {
			return told
		}
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(root, h.Name)
		if told[h.Name] = fmt.Sprintf("%o %d:%d", h.Mode, h.Uid, h.Gid); h.Typeflag == tar.TypeDir {
			err = os.Mkdir(path, 0o700)
		} else {
			var b []byte
			if b, err = io.ReadAll(r); err == nil {
				err = os.WriteFile(path, b, 0o600)
			}
		}
		if err == nil {
			err = os.Lchown(path, h.Uid, h.Gid)
		}
		if err == nil {
			err = os.Chmod(path, h.FileInfo().Mode())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// inImage has the test program be the machine of a container that runs an image. Its value is the image's file.
const inImage = "HATSTAND_TEST_IMAGE"

// runImage runs an image on a machine with a network of its own, which only root can have with a second user in it.
func runImage(t *testing.T, path string) {
	if os.Geteuid() != 0 {
		missing(t, "an image runs as another user, which only root can start")
	}
	if _, err := exec.LookPath("ip"); err != nil {
		missingPart(t, "iproute2")
	}
	cmd := exec.Command(os.Args[0], "-test.run=^TestInsideAnImage$", "-test.v")
	cmd.Env = append(os.Environ(), inImage+"="+path)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestInsideAnImage") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestInsideAnImage runs what TestReleases has made, with no other file in its root than the image's: no shell, no
// /proc, no keyring. It serves credentials to another container from the bases that need none.
func TestInsideAnImage(t *testing.T) {
	path := os.Getenv(inImage)
	if path == "" {
		t.Skip("TestReleases runs it")
	}
	ip(t, "link", "set", "lo", "up")
	// As docker has it in a container's network: port 80, which old SDKs want, is anybody's.
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_unprivileged_port_start", []byte("0"), 0); err != nil {
		t.Fatal(err)
	}
	c := newContainer(t, "aws0", endpoint.ContainerHost+"/24", "169.254.170.10/24")
	i := readImage(t, path)
	root := t.TempDir()
	if err := os.Chmod(root, 0o755); err != nil {
		t.Fatal(err)
	}
	told := i.unpack(t, root)
	for name, want := range map[string]string{
		"usr/bin/hatstand": "755 0:0", "usr/bin/hatstand-credential-process": "755 0:0", "etc/ssl/certs/ca-certificates.crt": "644 0:0",
		"home/hatstand/": "700 65532:65532", "run/hatstand/": "700 65532:65532", "tmp/": "1777 0:0", "usr/share/doc/hatstand/copyright": "644 0:0",
	} {
		if told[name] != want {
			t.Errorf("%s: %s, want %s", name, told[name], want)
		}
	}
	if len(told) != 19 {
		t.Errorf("the image has %d files: %q", len(told), slices.Sorted(maps.Keys(told)))
	}
	if i.Config.User != "65532:65532" || strings.Join(i.Config.Entrypoint, " ") != "/usr/bin/hatstand serve --container" {
		t.Errorf("%q, as %q", i.Config.Entrypoint, i.Config.User)
	}

	aws, err := awstest.Start(awstest.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { aws.Close() })
	const admin, reader = "arn:aws:iam::222222222222:role/Admin", "arn:aws:iam::222222222222:role/Reader"
	alice := aws.AddUser("111111111111", "alice")
	key := alice.AddKey()
	provider := aws.AddOIDCProvider("222222222222", "https://ci.example.com", "sts.amazonaws.com")
	aws.AddRole(admin, awstest.Role{Trust: []awstest.Trust{{Federated: "ci.example.com", Audience: "sts.amazonaws.com", Subject: "repo:acme/*"}}})
	aws.AddRole(reader, awstest.Role{Trust: []awstest.Trust{{Principal: alice.ARN}}})
	authority, err := proxy.Start(aws)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { authority.Close() })

	put := func(name string, text []byte) {
		t.Helper()
		path := filepath.Join(root, name)
		os.Mkdir(filepath.Dir(path), 0o755)
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	now := aws.Now()
	put("run/web/token", []byte(provider.Token("repo:acme/app", "sts.amazonaws.com", now, now.Add(time.Hour))))
	put("run/web/config", []byte(`[profile prod]
region = eu-west-1
role_arn = `+admin+`
web_identity_token_file = /run/web/token

[profile reader]
region = eu-west-1
role_arn = `+reader+`
credential_source = Environment
`))
	certificates := filepath.Join(root, "etc/ssl/certs/ca-certificates.crt")
	public, err := os.ReadFile(certificates)
	if err != nil {
		t.Fatal(err)
	}
	authorities := map[string]bool{}
	for block, rest := pem.Decode(public); block != nil; block, rest = pem.Decode(rest) {
		c, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			t.Fatal(err)
		}
		authorities[c.Subject.CommonName] = true
	}
	// Those of AWS's own: https://www.amazontrust.com/repository
	for _, name := range []string{"Amazon Root CA 1", "Amazon Root CA 2", "Amazon Root CA 3", "Amazon Root CA 4",
		"Starfield Services Root Certificate Authority - G2"} {
		if !authorities[name] {
			t.Errorf("no certificate of %s", name)
		}
	}

	run := func(args ...string) *realRun {
		w := realWorld{t: t, env: append(slices.Clone(i.Config.Env), "AWS_CONFIG_FILE=/run/web/config", "HTTPS_PROXY="+authority.URL,
			"AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret)}
		p := w.run(args...)
		p.cmd.Dir = i.Config.WorkingDir
		p.cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Chroot: root, Credential: &syscall.Credential{Uid: 65532, Gid: 65532}}
		return p
	}
	// Without the authority of the proxy no host is AWS's.
	p := run("/usr/bin/hatstand", "exec", "prod", "--", "/usr/bin/hatstand", "version")
	p.start()
	p.wait()
	if p.exitCode() != 1 || !strings.Contains(p.errs.String(), "certificate signed by unknown authority") {
		t.Errorf("exit code %d, %q", p.exitCode(), p.errs.String())
	}
	put("etc/ssl/certs/ca-certificates.crt", append(public, authority.CA...))

	aws.Reset()
	served := serving(t, run(append(slices.Clone(i.Config.Entrypoint), "prod", "reader")...))
	served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"] = filepath.Join(root, served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"])
	// As docs/endpoint.md has it, for another container that mounts /run/hatstand.
	if got, want := served.vars["AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"], filepath.Join(root, "run/hatstand/hatstand/token-container-80"); got != want {
		t.Errorf("the token is in %s, want %s", got, want)
	}
	sts := forwarded(t, endpoint.ContainerHost, strings.TrimPrefix(aws.URL, "http://"))
	client := build(t, "gosdkloop", "./testdata/programs/gosdkloop")
	for profile, want := range map[string]string{"prod": "arn:aws:sts::222222222222:assumed-role/Admin/", "reader": "arn:aws:sts::222222222222:assumed-role/Reader/"} {
		w := realWorld{t: t, env: append(scrubbed(t.TempDir()), "AWS_REGION=eu-west-1", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI=/"+profile,
			"AWS_CONTAINER_AUTHORIZATION_TOKEN="+tokenOf(t, served))}
		p := w.run(c.inside(client, sts)...)
		talk := p.talks()
		if got := talk(); !strings.HasPrefix(got, want) {
			t.Errorf("%s is %q; stderr %s", profile, got, p.errs.String())
		}
		p.silent.Close()
		p.wait()
	}
	seen := map[string]int{}
	for _, call := range aws.Calls() {
		seen[call.Action]++
	}
	if !maps.Equal(seen, map[string]int{"AssumeRoleWithWebIdentity": 1, "AssumeRole": 1, "GetCallerIdentity": 2}) {
		t.Errorf("AWS saw %v", seen)
	}
	served.end()
}
