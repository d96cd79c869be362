package app

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// crypto/x509 would read them for ever.
func TestRootsOfTheEnvironment(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "a.pem"), []byte("# none"), 0o600); err != nil {
		t.Fatal(err)
	}
	device := "/dev/zero"
	if _, err := os.Stat(device); err != nil {
		t.Skip("a system without ", device)
	}
	odd := t.TempDir()
	if err := os.Symlink(device, filepath.Join(odd, "b.pem")); err != nil {
		t.Fatal(err)
	}
	for _, row := range []struct{ claim, variable, value, goos, problem string }{
		{"a file", "SSL_CERT_FILE", filepath.Join(dir, "a.pem"), "linux", ""},
		{"no file there", "SSL_CERT_FILE", filepath.Join(dir, "none"), "linux", ""},
		{"a device", "SSL_CERT_FILE", device, "linux", "SSL_CERT_FILE: read /dev/zero: it is not a regular file"},
		{"a device that nothing reads", "SSL_CERT_FILE", device, "darwin", ""},
		{"folders", "SSL_CERT_DIR", dir + ":" + filepath.Join(dir, "none"), "linux", ""},
		{"a device in a folder", "SSL_CERT_DIR", dir + ":" + odd, "linux", "b.pem: it is not a regular file"},
	} {
		t.Run(row.claim, func(t *testing.T) {
			h := NewHTTPClients(World{GOOS: row.goos, Getenv: func(name string) string {
				if name == row.variable {
					return row.value
				}
				return ""
			}})
			_, err := h.For("")
			_, err2 := h.Roots("")
			for _, err := range []error{err, err2} {
				if row.problem == "" && err != nil || row.problem != "" && (err == nil || !strings.Contains(err.Error(), row.problem)) {
					t.Errorf("%v, want %q", err, row.problem)
				}
			}
		})
	}
}

func TestOneClientForTheSameRoots(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	h := NewHTTPClients(World{Getenv: func(string) string { return "" }})
	client := func(path string) *http.Client {
		t.Helper()
		c, err := h.For(path)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	put := func(text string) {
		t.Helper()
		if err := os.WriteFile(bundle, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put(string(cert))
	system, first := client(""), client(bundle)
	if client("") != system || client(bundle) != first {
		t.Error("another client for the same roots")
	}
	if system == first {
		t.Error("one client for other roots")
	}
	put("# renewed\n" + string(cert))
	if client(bundle) == first {
		t.Error("a bundle that changed meanwhile is not read again")
	}
	put("")
	if c, err := h.For(bundle); err == nil {
		t.Errorf("an empty bundle: %v", c)
	}
}
