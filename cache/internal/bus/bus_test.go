//go:build unix

package bus

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"hatstand/cache/backend"
)

func TestAddress(t *testing.T) {
	folder := t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "bus"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	own := "unix:path=" + filepath.Join(folder, "bus")
	rows := []struct {
		claim   string
		environ []string
		want    string
	}{
		{"what is set", []string{"XDG_RUNTIME_DIR=" + folder, "DBUS_SESSION_BUS_ADDRESS=unix:path=/x"}, "unix:path=/x"},
		{"the last one", []string{"DBUS_SESSION_BUS_ADDRESS=unix:path=/x", "DBUS_SESSION_BUS_ADDRESS=unix:path=/y"}, "unix:path=/y"},
		{"else the login session's", []string{"XDG_RUNTIME_DIR=" + folder}, own},
		{"also where a library would start one", []string{"XDG_RUNTIME_DIR=" + folder, "DBUS_SESSION_BUS_ADDRESS=autolaunch:"}, own},
		{"a session without a bus", []string{"XDG_RUNTIME_DIR=" + filepath.Join(folder, "none")}, ""},
	}
	for _, row := range rows {
		if got := Address(func() []string { return row.environ }); got != row.want {
			t.Errorf("%s: %q, want %q", row.claim, got, row.want)
		}
	}
}

// A bus that takes the connection and never answers is given up.
func TestBusThatNeverAnswers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "dead")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	c := New("unix:path=" + path)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Connect(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("%v", err)
	}
	start := time.Now()
	if _, err := c.Connect(t.Context()); !errors.Is(err, backend.Absent) {
		t.Errorf("%v", err)
	}
	if took := time.Since(start); took < dialTimeout/2 {
		t.Errorf("it was given up after %s", took)
	}
}

func TestOtherKindsOfAddresses(t *testing.T) {
	for _, address := range []string{"", "tcp:host=127.0.0.1,port=1", "autolaunch:", "unixexec:path=/bin/true", "launchd:env=X", "x"} {
		if _, err := New(address).Connect(t.Context()); !errors.Is(err, backend.Absent) {
			t.Errorf("%q: %v", address, err)
		}
	}
}
