package peer

import (
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// The test program plays the client too: it connects, says one byte, and stays until its standard input
// ends.
const playClient = "HATSTAND_PEER_TEST_CONNECT"

func TestMain(m *testing.M) {
	if address := os.Getenv(playCrowd); address != "" {
		beCrowd(address)
		return
	}
	if os.Getenv(playNamespace) != "" {
		beInNamespace()
		return
	}
	if filter := os.Getenv(playFiltered); filter != "" {
		beFiltered(filter)
		return
	}
	address := os.Getenv(playClient)
	if address == "" {
		os.Exit(m.Run())
	}
	c, err := net.Dial("tcp", address)
	if err != nil {
		os.Exit(1)
	}
	if _, err := c.Write([]byte("x")); err != nil {
		os.Exit(1)
	}
	io.Copy(io.Discard, os.Stdin)
}

// from accepts one connection, made by a process of that user. The network "tcp" is both IPv4 and IPv6.
func from(t *testing.T, network, listen, dial string, uid int) net.Conn {
	t.Helper()
	ln, err := net.Listen(network, listen)
	if err != nil {
		t.Skipf("%s: %v", listen, err)
	}
	defer ln.Close()
	cmd := again(t, uid, playClient+"="+net.JoinHostPort(dial, strconv.Itoa(ln.Addr().(*net.TCPAddr).Port)))
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close(); cmd.Wait() })
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	if _, err := io.ReadFull(c, make([]byte, 1)); err != nil {
		t.Fatal(err)
	}
	return c
}

// again is this program once more, as that user.
func again(t *testing.T, uid int, variable string) *exec.Cmd {
	t.Helper()
	// It lies in a folder that is closed to others: it is run by its descriptor.
	self, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { self.Close() })
	cmd := exec.Command("/proc/self/fd/3")
	cmd.ExtraFiles = []*os.File{self}
	cmd.Env = []string{variable, "GORACE=atexit_sleep_ms=0"}
	if uid != os.Getuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(uid), Gid: uint32(uid)}}
	}
	return cmd
}

var ways = []struct{ name, network, listen, dial string }{
	{"IPv4", "tcp4", "127.0.0.1:0", "127.0.0.1"},
	{"IPv6", "tcp6", "[::1]:0", "::1"},
	{"IPv4 to an IPv6 listener", "tcp", "[::]:0", "127.0.0.1"},
}

func TestOurOwnUserPasses(t *testing.T) {
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			if err := Check(from(t, way.network, way.listen, way.dial, os.Getuid())); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestAnotherUserIsRefused(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("only root can be a second user")
	}
	for _, way := range ways {
		t.Run(way.name, func(t *testing.T) {
			err := Check(from(t, way.network, way.listen, way.dial, 65534))
			var other *OtherUserError
			if !errors.As(err, &other) || other.UID != 65534 {
				t.Errorf("%v", err)
			}
		})
	}
}

// A closed socket is shown as root's, which the tests are too.
func TestAClosedConnectionIsNobodys(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	client, err := net.Dial("tcp4", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c, err := ln.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if err := Check(c); err != nil {
		t.Fatalf("before: %v", err)
	}
	client.Close()
	var unknown *UnknownError
	if err := Check(c); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
}

func TestWhatIsNoTCPConnectionIsRefused(t *testing.T) {
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	var unknown *UnknownError
	if err := Check(a); !errors.As(err, &unknown) {
		t.Errorf("%v", err)
	}
}
