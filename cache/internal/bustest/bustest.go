// Package bustest gives tests a session bus of their own, with real keyrings on it and with stand-ins for those that
// cannot be installed. Nothing of it is linked into a program.
package bustest

import (
	"bufio"
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
)

// A Bus is a message bus on which nothing is started by itself, and a home for the programs on it.
type Bus struct {
	Address string
	Home    string
}

const config = `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path=SOCKET</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>`

// Start starts a bus for a test.
func Start(t testing.TB) *Bus {
	t.Helper()
	daemon := Need(t, "dbus-daemon", "dbus")
	home, err := os.MkdirTemp("", "hs") // short: a socket's path has 108 bytes at most
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(home) })
	EndWith(t, home)
	socket := filepath.Join(home, "bus")
	file := filepath.Join(home, "bus.conf")
	if err := os.WriteFile(file, []byte(strings.ReplaceAll(config, "SOCKET", socket)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(home, "run"), 0o700); err != nil {
		t.Fatal(err)
	}
	b := &Bus{Address: "unix:path=" + socket, Home: home}
	cmd := exec.Command(daemon, "--config-file="+file, "--nofork", "--print-address=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	b.start(t, cmd)
	if _, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the bus does not start: %v", err)
	}
	return b
}

// Environ is the environment of a program on the bus.
func (b *Bus) Environ() []string {
	return []string{"HOME=" + b.Home, "XDG_RUNTIME_DIR=" + b.Home + "/run", "PATH=" + os.Getenv("PATH"), "DBUS_SESSION_BUS_ADDRESS=" + b.Address}
}

// start starts a program that lives no longer than the test.
func (b *Bus) start(t testing.TB, cmd *exec.Cmd) {
	t.Helper()
	cmd.Env = slices.Concat(b.Environ(), cmd.Env)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
}

// Connect connects a test to its bus.
func (b *Bus) Connect(t testing.TB, o ...dbus.ConnOption) *dbus.Conn {
	t.Helper()
	conn, err := dbus.Connect(b.Address, o...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

// await waits until somebody has a name.
func (b *Bus) await(t testing.TB, name string) {
	t.Helper()
	conn := b.Connect(t)
	defer conn.Close()
	for until := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		var there bool
		if err := conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&there); err != nil {
			t.Fatal(err)
		}
		if there {
			return
		}
		if time.Now().After(until) {
			t.Fatalf("nobody has the name %s", name)
		}
	}
}

// GnomeKeyring starts the real gnome-keyring, whose collection "login" opens by a password. With "" it stays locked.
// The process can be ended to see what then happens.
func (b *Bus) GnomeKeyring(t testing.TB, password string) *os.Process {
	t.Helper()
	args := []string{"--foreground", "--components=secrets"}
	if password != "" {
		args = append(args, "--unlock")
	}
	cmd := exec.Command(Need(t, "gnome-keyring-daemon", "gnome-keyring"), args...)
	cmd.Stdin = strings.NewReader(password)
	b.start(t, cmd)
	b.await(t, "org.freedesktop.secrets")
	return cmd.Process
}

// KWallet5 starts the real kwalletd5, without a display.
func (b *Bus) KWallet5(t testing.TB) {
	t.Helper()
	cmd := exec.Command(Need(t, "kwalletd5", "libkf5wallet-bin"))
	cmd.Env = []string{"QT_QPA_PLATFORM=offscreen", "XDG_CURRENT_DESKTOP=KDE"}
	b.start(t, cmd)
	b.await(t, "org.kde.kwalletd5")
}

// Run runs a program on the bus and returns what it prints.
func (b *Bus) Run(t testing.TB, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = b.Environ()
	var errText bytes.Buffer
	cmd.Stderr = &errText
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, errText.Bytes())
	}
	return string(out)
}

// Calls records the methods that are called on the bus from now on, but for those of the test itself; the function
// returns them once the bus has told of all.
func (b *Bus) Calls(t testing.TB) (methods func() []string) {
	t.Helper()
	conn := b.Connect(t)
	messages := make(chan *dbus.Message, 100_000)
	if err := conn.BusObject().Call("org.freedesktop.DBus.Monitoring.BecomeMonitor", 0, []string{"type='method_call'"}, uint32(0)).Err; err != nil {
		t.Fatal(err)
	}
	conn.Eavesdrop(messages)
	return func() []string {
		last := b.Connect(t) // what it says comes after what was said before
		mark := "hatstand.mark" + strings.ReplaceAll(last.Names()[0], ":", "")
		_ = last.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, mark).Err
		own := last.Names()[0]
		var all []string
		for m := range messages {
			if len(m.Body) > 0 && m.Body[0] == mark {
				break
			}
			if m.Type != dbus.TypeMethodCall { // signals to the monitor itself
				continue
			}
			sender, _ := m.Headers[dbus.FieldSender].Value().(string)
			member, _ := m.Headers[dbus.FieldMember].Value().(string)
			if sender != own {
				all = append(all, member)
			}
		}
		return all
	}
}

// Need is the path of a program that a test needs. Without it the test is skipped, or fails where every part is
// required.
func Need(t testing.TB, program, pkg string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err == nil {
		return path
	}
	if os.Getenv("HATSTAND_TEST_REQUIRE_ALL") == "1" {
		t.Fatalf("%s is not installed: apt-get install %s", program, pkg)
	}
	t.Skipf("%s is not installed: apt-get install %s", program, pkg)
	return ""
}

// Library builds a program that reads and writes items as github.com/99designs/keyring does, for tests that either
// reads what the other wrote:
//
//	library secret-service COLLECTION get|set|remove|keys [NAME [DATA]]
//	library kwallet WALLET get|set|remove|keys [NAME [DATA]]
//	library keyctl KEYRING get|set|remove|keys [NAME [DATA]]
func Library(t testing.TB) string {
	t.Helper()
	program := filepath.Join(t.TempDir(), "library")
	if out, err := exec.Command("go", "build", "-o", program, "hatstand/cache/internal/bustest/library").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return program
}
