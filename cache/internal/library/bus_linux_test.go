package library

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// tellBus has the test program tell which bus it would give to a child, instead of running tests.
const tellBus = "HATSTAND_TEST_TELL_BUS"

func TestMain(m *testing.M) {
	if os.Getenv(tellBus) != "" {
		address, set := os.LookupEnv("DBUS_SESSION_BUS_ADDRESS")
		fmt.Printf("%q %v", address, set)
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// A program that links the library dials no bus at its start, starts none, and gives the address on to its children.
func TestNoBusIsDialled(t *testing.T) {
	dir, err := os.MkdirTemp("", "hs") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	l, err := net.Listen("unix", filepath.Join(dir, "bus"))
	if err != nil {
		t.Fatal(err)
	}
	dialled := make(chan bool, 16)
	go func() {
		defer close(dialled)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			c.Close()
			dialled <- true
		}
	}()
	launched := filepath.Join(dir, "launched")
	if err := os.WriteFile(filepath.Join(dir, "dbus-launch"), []byte("#!/bin/sh\ntouch "+launched+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	there := "unix:path=" + filepath.Join(dir, "bus")
	for _, row := range []struct {
		set  []string
		want string
	}{
		{nil, `"" false`},
		{[]string{"DBUS_SESSION_BUS_ADDRESS="}, `"" true`},
		{[]string{"DBUS_SESSION_BUS_ADDRESS=autolaunch:"}, `"autolaunch:" true`},
		{[]string{"DBUS_SESSION_BUS_ADDRESS=" + there}, fmt.Sprintf("%q true", there)},
	} {
		cmd := exec.Command(self)
		cmd.Env = append([]string{"PATH=" + dir + ":" + os.Getenv("PATH"), "XDG_RUNTIME_DIR=" + dir, tellBus + "=1", "GORACE=atexit_sleep_ms=0"}, row.set...)
		if out, err := cmd.CombinedOutput(); err != nil || string(out) != row.want {
			t.Errorf("%q: %q, %v", row.set, out, err)
		}
	}
	l.Close()
	for range dialled {
		t.Error("the bus was dialled")
	}
	if _, err := os.Stat(launched); err == nil {
		t.Error("dbus-launch was run")
	}
}
