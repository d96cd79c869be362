package app

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
)

func TestOneClientForTheSameRoots(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	cert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	h := &HTTPClients{}
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
