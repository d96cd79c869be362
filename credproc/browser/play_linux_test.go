package browser

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

func platformParts() map[string]func() {
	return map[string]func(){"hurried": playHurried, "crowded": playCrowded, "hardened": playHardened, "attacker": playAttacker}
}

func session() int {
	id, _ := unix.Getsid(0)
	return id
}

// asNobody runs a command as another user of this machine. The program lies in a folder that is closed to
// others: it is run by its descriptor.
func asNobody(t *testing.T, cmd *exec.Cmd) *exec.Cmd {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can be a second user")
	}
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { self.Close() })
	cmd.Path, cmd.Dir = "/proc/self/fd/3", "/"
	cmd.ExtraFiles = []*os.File{self}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	return cmd
}

// Another user who has read the address in a command line gets nothing, and leaves it good.
func TestAnotherUserGetsNothing(t *testing.T) {
	h, done := serving(t)
	for _, row := range []struct {
		name string
		cmd  *exec.Cmd
		want visit
	}{
		{"another user", asNobody(t, play(t, "visitor", "TEST_BROWSER_ADDRESS="+h.URL())), visit{Status: 404}},
		{"ours, afterwards", play(t, "visitor", "TEST_BROWSER_ADDRESS="+h.URL()), visit{Status: 303, Location: secretTarget}},
	} {
		out, err := row.cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		var got visit
		if err := json.Unmarshal(out, &got); err != nil {
			t.Fatalf("%s: %s", row.name, out)
		}
		if got.Status != row.want.Status || got.Location != row.want.Location {
			t.Errorf("%s: %d %q", row.name, got.Status, got.Location)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if got := fmt.Sprint(h.once.Refused()); got != "a connection of another user (uid 65534)" {
		t.Errorf("refused: %s", got)
	}
}

// playAttacker waits for the command line of a browser with a mark, and goes to the address in it.
func playAttacker() {
	address := regexp.MustCompile(`http://127\.0\.0\.1:[0-9]+/[A-Z2-7]{26}`)
	for {
		lines, _ := filepath.Glob("/proc/[0-9]*/cmdline")
		for _, line := range lines {
			b, err := os.ReadFile(line)
			if found := address.Find(b); err == nil && found != nil && strings.Contains(string(b), os.Getenv("TEST_BROWSER_MARK")) {
				status, location, err := fetch(string(found))
				fmt.Printf("user %d: %d %q %v", os.Getuid(), status, location, err)
				return
			}
		}
	}
}

// The attack that all of this is about: another user reads the command line, and is the first one there.
func TestWhoReadsTheCommandLineGetsNothing(t *testing.T) {
	dir := t.TempDir()
	mark, note := filepath.Join(dir, "tried"), filepath.Join(dir, "visit")
	attacker := asNobody(t, play(t, "attacker", "TEST_BROWSER_MARK="+mark))
	var out strings.Builder
	attacker.Stdout = &out
	if err := attacker.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { attacker.Process.Kill() })
	ended := make(chan error, 1)
	go func() { // and only then the browser
		err := attacker.Wait()
		ended <- errors.Join(err, os.WriteFile(mark, nil, 0o600))
	}()
	b := Launcher{
		Commands: [][]string{{link(t, "chromium"), mark}},
		Env:      append(plainEnviron(), playPart+"=browser", visitFile+"="+note, "TEST_BROWSER_AFTER="+mark),
	}
	if err := b.Open(t.Context(), secretTarget); err != nil {
		t.Fatal(err)
	}
	if v := visited(t, note); v.Status != 303 || v.Location != secretTarget {
		t.Errorf("the browser got %d %q", v.Status, v.Location)
	}
	if err := <-ended; err != nil || out.String() != `user 65534: 404 "" <nil>` {
		t.Errorf("the attacker: %s %v", out.String(), err)
	}
}

// playHardened keeps itself from being looked into, as hatstand does, and comes for its own address: its
// files below /proc belong to root then.
func playHardened() {
	if err := unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0); err != nil {
		os.Exit(1)
	}
	h, err := newAddress(secretTarget)
	if err != nil {
		os.Exit(2)
	}
	go h.serve(context.Background())
	status, _, err := fetch(h.URL())
	fmt.Print(os.Getuid(), " ", status, " ", err)
}

func TestAnOrdinaryUserWhoseMemoryIsClosed(t *testing.T) {
	out, err := asNobody(t, play(t, "hardened")).Output()
	if err != nil || string(out) != "65534 303 <nil>" {
		t.Errorf("%q, %v", out, err)
	}
}

// playHurried serves one address and ends with the very next statement.
func playHurried() {
	h, err := newAddress("https://example.org/" + strings.Repeat("x", 100_000))
	if err != nil {
		os.Exit(1)
	}
	os.Stdout.WriteString(h.URL() + "\n")
	if h.serve(context.Background()) != nil {
		os.Exit(2)
	}
	unix.Exit(0)
}

func TestTheProcessMayEndWhenServingHas(t *testing.T) {
	for range 10 {
		cmd := play(t, "hurried")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		address, err := bufio.NewReader(out).ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		host, path, _ := strings.Cut(strings.TrimPrefix(strings.TrimSpace(address), "http://"), "/")
		c, err := net.Dial("tcp4", host)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(c, "GET /%s HTTP/1.1\r\nHost: %s\r\n\r\n", path, host)
		if err := cmd.Wait(); err != nil { // it is gone, and nothing was read yet
			t.Fatal(err)
		}
		answer, err := bufio.NewReaderSize(c, 1<<20).ReadString('\x00')
		if err == nil || !strings.HasPrefix(answer, "HTTP/1.1 303") || !strings.HasSuffix(answer, "\r\n\r\n") || len(answer) < 100_000 {
			t.Errorf("%d bytes, %.40q...", len(answer), answer)
		}
		c.Close()
	}
}

// playCrowded takes the only port there is, in a network of its own, and asks for another one.
func playCrowded() {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		os.Exit(1)
	}
	up := struct {
		name  [unix.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}{flags: unix.IFF_UP}
	copy(up.name[:], "lo")
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), unix.SIOCSIFFLAGS, uintptr(unsafe.Pointer(&up))); errno != 0 {
		os.Exit(1)
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40000"), 0); err != nil {
		os.Exit(1)
	}
	if _, err := net.Listen("tcp4", "127.0.0.1:40000"); err != nil {
		os.Exit(1)
	}
	_, err = newAddress("https://example.org/")
	fmt.Print(err)
}

func TestNoPortIsFree(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can have a network of its own")
	}
	cmd := play(t, "crowded")
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNET}
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	if got := string(out); got != "no port of 127.0.0.1 for the browser to come to: address already in use" {
		t.Errorf("got %q", got)
	}
}
