package cache

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// A bus that takes the connection and never answers is met by the keyrings behind it alone, and given up.
func TestBusThatNeverAnswers(t *testing.T) {
	w := newWorld(t)
	path := filepath.Join(w.dir, "dead")
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	var dialled atomic.Int32
	go func() {
		for {
			if _, err := l.Accept(); err != nil {
				return
			}
			dialled.Add(1)
		}
	}()
	w.env = append(w.env, "DBUS_SESSION_BUS_ADDRESS=unix:path="+path)
	for _, name := range []string{"file", "keyctl"} {
		out, err := w.as("bus", name, w.dir)
		if err != nil && name == "keyctl" {
			continue // the kernel forbids keyrings here
		}
		if want := fmt.Sprintf("%s\n%q true\n", name, "unix:path="+path); err != nil || out != want {
			t.Errorf("%v\n%swant\n%s", err, out, want)
		}
	}
	if n := dialled.Load(); n != 0 {
		t.Errorf("the bus was dialled %d times by keyrings that do not need it", n)
	}
	if _, err := w.as("choose", "secret-service", w.dir); err == nil || !strings.Contains(err.Error(), "[absent]") {
		t.Errorf("%v", err)
	}
	if n := dialled.Load(); n != 1 {
		t.Errorf("the bus was dialled %d times", n)
	}
}

func TestNoBusIsStarted(t *testing.T) {
	if _, err := os.Stat(fmt.Sprintf("/run/user/%d/bus", os.Getuid())); err == nil {
		t.Skip("this user's session has a bus")
	}
	for _, set := range []string{"", "DBUS_SESSION_BUS_ADDRESS=", "DBUS_SESSION_BUS_ADDRESS=autolaunch:"} {
		w := newWorld(t)
		launched := filepath.Join(w.dir, "launched")
		mkdir(t, w.dir, "bin", 0o700)
		write(t, filepath.Join(w.dir, "bin", "dbus-launch"), "#!/bin/sh\ntouch "+launched+"\n")
		if err := os.Chmod(filepath.Join(w.dir, "bin", "dbus-launch"), 0o700); err != nil {
			t.Fatal(err)
		}
		env := []string{"PATH=" + w.dir + "/bin:" + os.Getenv("PATH"), "HOME=" + w.dir, noExitSleep}
		want := "file\n\"\" false\n"
		if set != "" {
			env = append(env, set)
			want = fmt.Sprintf("file\n%q true\n", strings.TrimPrefix(set, "DBUS_SESSION_BUS_ADDRESS="))
		}
		w.env = env
		if out, err := w.as("bus", "file", w.dir); err != nil || out != want {
			t.Errorf("%q: %v\n%swant\n%s", set, err, out, want)
		}
		if _, err := os.Stat(launched); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%q: dbus-launch was run", set)
		}
	}
}
