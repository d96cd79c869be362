package main

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// A hostileProxy takes connections to AWS's hosts for its own, with certificates of its own. Behind it is the test's AWS,
// so that all works for who trusts them. It keeps all that it reads and writes.
type hostileProxy struct {
	t      *testing.T
	aws    http.Handler
	ca     *x509.Certificate
	key    *ecdsa.PrivateKey
	listen net.Listener

	mu    sync.Mutex
	hosts []string // that were asked for
	seen  bytes.Buffer
}

func newHostileProxy(t *testing.T, aws http.Handler) *hostileProxy {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p := &hostileProxy{t: t, aws: aws, key: key}
	p.ca = &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "hostile"}, NotBefore: time.Now().Add(-time.Hour),
		NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	if p.listen, err = net.Listen("tcp4", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { p.listen.Close() })
	go func() {
		for {
			c, err := p.listen.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

// certificate is the proxy's, for a host; "" for its own, which signs the others.
func (p *hostileProxy) certificate(host string) ([]byte, error) {
	c := p.ca
	if host != "" {
		c = &x509.Certificate{
			SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: host}, DNSNames: []string{host},
			NotBefore: p.ca.NotBefore, NotAfter: p.ca.NotAfter,
		}
	}
	return x509.CreateCertificate(rand.Reader, c, p.ca, p.key.Public(), p.key)
}

func (p *hostileProxy) serve(c net.Conn) {
	defer c.Close()
	r, err := http.ReadRequest(bufio.NewReader(c))
	if err != nil {
		return
	}
	p.mu.Lock()
	p.hosts = append(p.hosts, r.Method+" "+r.Host)
	p.mu.Unlock()
	host, _, _ := net.SplitHostPort(r.Host)
	der, err := p.certificate(host)
	if err != nil {
		p.t.Error(err)
		return
	}
	fmt.Fprint(c, "HTTP/1.1 200 OK\r\n\r\n")
	inner := tls.Server(c, &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: p.key}}})
	in := bufio.NewReader(inner)
	for {
		r, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		asked, err := httputil.DumpRequest(r, true)
		if err != nil {
			return
		}
		w := httptest.NewRecorder()
		p.aws.ServeHTTP(w, r)
		answer := w.Result()
		answered, err := httputil.DumpResponse(answer, true)
		if err != nil {
			return
		}
		p.mu.Lock()
		p.seen.Write(slices.Concat(asked, []byte("\n\n"), answered, []byte("\n\n")))
		p.mu.Unlock()
		if answer.Write(inner) != nil {
			return
		}
	}
}

// took is what the proxy got since it was last asked.
func (p *hostileProxy) took() (hosts []string, seen string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	hosts, seen = slices.Compact(slices.Sorted(slices.Values(p.hosts))), p.seen.String()
	p.hosts = nil
	p.seen.Reset()
	return hosts, seen
}

// TestAProxyOfAnEnvrc lets an .envrc name a proxy, and then certificates, too. docs/threats.md says what each of the two
// gets, and this is all that it gets.
func TestAProxyOfAnEnvrc(t *testing.T) {
	t.Parallel()
	h := newHerd(t, herdBin(t), 2)
	proxy := newHostileProxy(t, h.aws)
	der, err := proxy.certificate("")
	if err != nil {
		t.Fatal(err)
	}
	h.write("ca.pem", string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})))
	ca := filepath.Join(h.dir, "ca.pem")
	carol := h.aws.AddUser(home, "carol")
	key := carol.AddKey()
	envrc := h.with("HTTPS_PROXY=http://"+proxy.listen.Addr().String(), "AWS_ENDPOINT_URL_STS=", "AWS_ENDPOINT_URL_IAM=",
		"AWS_ACCESS_KEY_ID="+key.ID, "AWS_SECRET_ACCESS_KEY="+key.Secret)
	secrets := []string{key.Secret, h.alice.Seed, h.bob.Seed, herdPassphrase}

	// A proxy alone: host names.
	code := h.code()
	for _, args := range [][]string{{"credential-process", "p0", "--mfa-code", code}, {"keys", "add", "carol", "--from-env"}} {
		p := envrc.hat(args...)
		p.start()
		p.wait()
		if p.exitCode() != 1 || !strings.Contains(p.errs.String(), "certificate") {
			t.Errorf("%v: exit code %d, stderr %s", args, p.exitCode(), p.errs.String())
		}
	}
	if hosts, seen := proxy.took(); !slices.Equal(hosts, []string{"CONNECT sts.us-east-1.amazonaws.com:443"}) || seen != "" {
		t.Errorf("a proxy alone saw %q and\n%s", hosts, seen)
	}

	// Certificates, too: all that goes over the wire, which has no long-lived secret.
	for i, variable := range []string{"AWS_CA_BUNDLE=" + ca, "SSL_CERT_FILE=" + ca} {
		trusting := envrc.with(variable)
		code := h.code()
		if i > 0 {
			h.do("", h.bin, "logout", "--all")
		}
		p := trusting.hat("credential-process", "p0", "--mfa-code", code)
		p.start()
		p.wait()
		var d document
		if err := json.Unmarshal(p.out.Bytes(), &d); err != nil {
			t.Fatalf("%s: %v: %s", variable, err, p.errs.String())
		}
		trusting.do("", h.bin, "keys", "add", "carol", "--from-env", "--replace")
		_, seen := proxy.took()
		for what, text := range map[string]string{"the code": "TokenCode=" + code, "the role's secret": d.SecretAccessKey, "the session token": d.SessionToken} {
			if !strings.Contains(seen, text) {
				t.Errorf("%s: %s is not seen, which docs/threats.md says", variable, what)
			}
		}
		for _, secret := range secrets {
			if strings.Contains(seen, secret) {
				t.Errorf("%s: %q is seen in\n%s", variable, secret, seen)
			}
		}
	}
	trusting := envrc.with("AWS_CA_BUNDLE=" + ca)
	trusting.do("", h.bin, "keys", "rotate", "carol")
	_, seen := proxy.took()
	if made := regexp.MustCompile(`<SecretAccessKey>([^<]+)</SecretAccessKey>`).FindAllString(seen, -1); len(made) != 1 || strings.Contains(seen, key.Secret) {
		t.Errorf("keys rotate showed %d secrets, want that of the new key alone", len(made))
	}
	for _, verb := range [][]string{{"explain", "p0"}, {"doctor"}} {
		p := trusting.hat(verb...)
		p.start()
		p.wait()
		for _, want := range []string{"HTTPS_PROXY", proxy.listen.Addr().String(), "AWS_CA_BUNDLE", ca} {
			if !strings.Contains(p.out.String(), want) {
				t.Errorf("%s does not show %s: %s", verb[0], want, p.out.String())
			}
		}
	}
	if hosts, _ := proxy.took(); len(hosts) > 0 {
		t.Errorf("explain and doctor called %q", hosts)
	}
}
