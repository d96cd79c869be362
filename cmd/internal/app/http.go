package app

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sync"
	"time"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles/userfile"
)

// HTTPClients are what this process calls AWS with, one for each set of roots, so that the second call of a chain
// takes the connection of the first: a handshake is two trips more.
type HTTPClients struct {
	proxy  func(*http.Request) (*url.URL, error)
	getenv func(string) string
	goos   string

	mu sync.Mutex
	of map[string]*http.Client // by the CA bundle and what is in it, which may change while a process lives
}

// NewHTTPClients makes none yet.
func NewHTTPClients(w World) *HTTPClients {
	return &HTTPClients{proxy: w.Proxy, getenv: w.Getenv, goos: w.GOOS}
}

// For is for AWS: proxies as the environment says, the CA bundle instead of the system's
// roots where one is set, no redirects, and a limit on the dial; package awsclient limits the
// whole call.
func (h *HTTPClients) For(caBundle string) (*http.Client, error) {
	var roots string
	pem, err := h.readBundle(caBundle)
	if err != nil {
		return nil, err
	}
	if caBundle != "" {
		roots = caBundle + "\n" + string(pem)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if c := h.of[roots]; c != nil {
		return c, nil
	}
	t := &http.Transport{
		Proxy:               h.proxy,
		DialContext:         (&net.Dialer{Timeout: 5 * time.Second}).DialContext,
		TLSHandshakeTimeout: 5 * time.Second,
		// The next call of a chain follows at once. AWS may close a connection that was idle for longer just as a call
		// is sent on it, and the call must then be retried. (A call that must not be retried uses no idle connection:
		// package awsclient.)
		IdleConnTimeout:   3 * time.Second,
		ForceAttemptHTTP2: true,
	}
	if caBundle != "" {
		pool, err := poolOf(caBundle, pem)
		if err != nil {
			return nil, err
		}
		t.TLSClientConfig = &tls.Config{RootCAs: pool, MinVersion: tls.VersionTLS12}
	}
	c := &http.Client{
		Transport:     t,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	if h.of == nil {
		h.of = map[string]*http.Client{}
	}
	h.of[roots] = c
	return c, nil
}

// Roots are a CA bundle's; nil: the system's, where none is set.
func (h *HTTPClients) Roots(caBundle string) (*x509.CertPool, error) {
	pem, err := h.readBundle(caBundle)
	if err != nil || caBundle == "" {
		return nil, err
	}
	return poolOf(caBundle, pem)
}

// maxBundle bounds a file with certificates, in bytes.
const maxBundle = 16 << 20

// readBundle reads a CA bundle. Where none is set, it checks what crypto/x509 is going to read in its place.
func (h *HTTPClients) readBundle(path string) ([]byte, error) {
	if path == "" {
		return nil, h.checkSystemRoots()
	}
	pem, err := userfile.Read(path, maxBundle)
	if err != nil {
		return nil, &ui.UsageError{Reason: fmt.Sprintf("CA bundle: %v", err), Next: "correct AWS_CA_BUNDLE or ca_bundle"}
	}
	return pem, nil
}

func poolOf(path string, pem []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(pem) {
		return nil, &ui.UsageError{Reason: fmt.Sprintf("CA bundle %s: no certificate in it", ui.Quoted(path)),
			Next: "correct AWS_CA_BUNDLE or ca_bundle: it must be a PEM file"}
	}
	return pool, nil
}

// checkSystemRoots looks at the files that the environment names for crypto/x509, which reads whatever they are to the
// end, without a limit, and passes over those that are not there. On Windows and macOS it reads none.
func (h *HTTPClients) checkSystemRoots() error {
	if h.goos == "windows" || h.goos == "darwin" {
		return nil
	}
	const file, folders = "SSL_CERT_FILE", "SSL_CERT_DIR"
	refuse := func(name string, err error) error {
		return &ui.UsageError{Reason: fmt.Sprintf("%s: %v", name, err), Next: "unset " + name + ", or correct it"}
	}
	if path := h.getenv(file); path != "" {
		if err := userfile.Check(path, maxBundle); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return refuse(file, err)
		}
	}
	for _, folder := range filepath.SplitList(h.getenv(folders)) {
		entries, err := os.ReadDir(folder)
		if err != nil {
			continue
		}
		for _, e := range entries {
			path := filepath.Join(folder, e.Name())
			if info, err := os.Stat(path); err != nil || info.IsDir() {
				continue
			}
			if err := userfile.Check(path, maxBundle); err != nil {
				return refuse(folders, err)
			}
		}
	}
	return nil
}
