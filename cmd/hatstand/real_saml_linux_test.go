package main

import (
	"bufio"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"hatstand/credproc/awstest"
	"hatstand/credproc/awstest/saml"
)

// A samlpProvider is a real SAML provider. pages counts what it has shown.
type samlpProvider struct {
	url string
	mu  sync.Mutex
	got []string
}

func (p *samlpProvider) pages() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return strings.Join(p.got, " ")
}

// startSAMLP starts the provider of npm's samlp, whose responses the world's AWS takes.
func startSAMLP(t *testing.T, w *realWorld, pairs ...string) *samlpProvider {
	t.Helper()
	dir, absent, broken := installedJS(t, "testdata/programs/samlp", "idp.js")
	if absent != "" {
		missingPart(t, absent)
	}
	if broken != "" {
		t.Skip(broken)
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	about := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "idp"}, NotAfter: time.Now().Add(24 * time.Hour)}
	cert, err := x509.CreateCertificate(rand.Reader, about, about, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	files := t.TempDir()
	write := func(name, kind string, bytes []byte) string {
		path := filepath.Join(files, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: bytes}), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	cmd := exec.Command("node", append([]string{filepath.Join(dir, "idp.js"), write("key", "RSA PRIVATE KEY", x509.MarshalPKCS1PrivateKey(key)),
		write("cert", "CERTIFICATE", cert)}, pairs...)...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	lines := bufio.NewScanner(out)
	if !lines.Scan() {
		t.Fatal("the provider does not say where it is")
	}
	p := &samlpProvider{url: lines.Text()}
	go func() {
		for lines.Scan() {
			p.mu.Lock()
			p.got = append(p.got, lines.Text())
			p.mu.Unlock()
		}
	}()
	w.aws.AddSAMLProvider(&saml.Provider{ARN: samlCorp, Issuer: "https://idp.example.com", Key: &key.PublicKey})
	return p
}

// TestRealSAML is a real provider, a real browser, and hatstand as it is built.
func TestRealSAML(t *testing.T) {
	long(t)
	t.Parallel()
	w := newRealWorld(t, build(t, "hatstand", "."))
	chromium, err := exec.LookPath("chromium")
	if err != nil {
		missingPart(t, "chromium")
	}
	const dev, ops = "arn:aws:iam::" + work + ":role/Dev", "arn:aws:iam::" + work + ":role/Ops"
	p := startSAMLP(t, w, dev+","+samlCorp, samlCorp+" , "+ops)
	for _, role := range []string{dev, ops} {
		w.aws.AddRole(role, awstest.Role{MaxSession: 2 * time.Hour, Trust: []awstest.Trust{{Federated: samlCorp, Audience: saml.SignIn}}})
	}
	home := t.TempDir()
	config := filepath.Join(home, "config")
	text := "[hatstand-saml corp]\nsaml_url = " + p.url + "\nbrowser = " + chromium + " --headless=new --no-sandbox --disable-gpu --disable-quic" +
		" --no-proxy-server --disable-background-networking --disable-component-update --disable-sync\n"
	for name, role := range map[string]string{"dev": dev, "ops": ops} {
		text += "[profile " + name + "]\nregion = eu-west-1\nrole_arn = " + role + "\nsaml = corp\n"
	}
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(home, "state")
	run := func(exit int, args ...string) (out, errs string) {
		t.Helper()
		p := w.run(append([]string{w.bin}, args...)...)
		p.cmd.Env = append(p.cmd.Env[:len(p.cmd.Env):len(p.cmd.Env)], "AWS_CONFIG_FILE="+config, "XDG_STATE_HOME="+state)
		p.start()
		p.wait()
		if p.exitCode() != exit {
			t.Fatalf("%q: exit code %d, stdout %q, stderr %q", args, p.exitCode(), p.out.String(), p.errs.String())
		}
		return p.out.String(), p.errs.String()
	}
	saw := func(pages string, calls int) { // in all
		t.Helper()
		until(t, "the pages "+pages, func() bool { return p.pages() == pages })
		w.saw(t, map[string]int{"AssumeRoleWithSAML": calls})
	}
	out, errs := run(0, "login", "dev", "ops")
	if !strings.HasPrefix(out, "dev: "+dev+" until ") || !strings.Contains(out, "\nops: "+ops+" until ") || errs != "" {
		t.Errorf("%q, %q", out, errs)
	}
	saw("login", 2)
	if info, err := os.Stat(filepath.Join(state, "hatstand", "browser", "corp")); err != nil || info.Mode().Perm() != 0o700 {
		t.Errorf("%v, %v", info, err)
	}
	if out, errs := run(0, "credential-process", "dev"); !strings.Contains(out, `"Expiration"`) || errs != "" {
		t.Errorf("%q, %q", out, errs)
	}
	saw("login", 2)
	// the provider knows the person by now
	run(0, "exec", "--each", "dev,ops", "--no-cache", "--", "true")
	saw("login known", 4)
	// no window for a program
	_, errs = run(3, "credential-process", "dev", "--no-cache")
	if want := "hatstand: error: profile \"dev\": SAML sign-in to corp: a program waits for the credentials, and no window is opened for one\n" +
		"hatstand: hint: in a terminal: hatstand login corp\n"; errs != want {
		t.Errorf("%q", errs)
	}
	saw("login known", 4)
	// what the provider offers becomes profiles, without a call to AWS
	for _, want := range []string{"corp: added 2\n", "corp: up to date\n"} {
		if out, errs := run(0, "profiles", "sync", "--saml", "corp"); out != want || errs != "" {
			t.Errorf("%q, %q", out, errs)
		}
	}
	saw("login known known known", 4)
	run(0, "exec", work+"-Dev", "--", "true")
	saw("login known known known known", 5)
}
