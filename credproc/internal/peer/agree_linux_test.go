package peer

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// The test program plays many clients, too, one after another of each kind. It connects, waits for a byte,
// does what its kind does, says so with a byte on its standard output, and stays until its standard input
// ends.
const playCrowd = "HATSTAND_PEER_TEST_CROWD"

const crowd = 1500 // for each user; each end has a descriptor

// A kind is how the two ends treat a connection, and whether its client is told then.
type kind struct {
	name      string
	multipath bool
	dial      func(address string) (*net.TCPConn, error)
	client    func(*net.TCPConn)
	server    func(*net.TCPConn)
	told      told
}

type told int

const (
	never told = iota
	always
	// A socket of Multipath TCP's keeps its user when it is closed, until the kernel comes to clear it away.
	either
)

var kinds = []kind{
	{"live", false, dialPlain, stay, stay, always},
	{"of a socket for several paths", true, dialMultipath, stay, stay, always},
	{"of an IPv6 socket", false, dialMapped, stay, stay, always},
	{"half closed by the client", false, dialPlain, shut, stay, always},
	{"half closed by the server", false, dialPlain, drain, shut, always},
	{"shut by both, the client first", false, dialPlain, shutThenDrain, drainThenShut, never},
	{"shut by both, the server first", false, dialPlain, drainThenShut, shut, never},
	{"closed", false, dialPlain, shutDown, stay, never},
	{"closed after the server", false, dialPlain, func(c *net.TCPConn) { drain(c); c.Close() }, shut, never},
	{"reset", false, dialPlain, func(c *net.TCPConn) { c.SetLinger(0); c.Close() }, stay, never},
	{"closed, of a socket for several paths", true, dialMultipath, shutDown, stay, either},
}

func stay(*net.TCPConn)            {}
func shut(c *net.TCPConn)          { c.CloseWrite() }
func shutDown(c *net.TCPConn)      { c.Close() }
func drain(c *net.TCPConn)         { io.Copy(io.Discard, c) }
func drainThenShut(c *net.TCPConn) { drain(c); shut(c) }
func shutThenDrain(c *net.TCPConn) { shut(c); drain(c) }

func dialPlain(address string) (*net.TCPConn, error) { return dialWith(address, false) }

// dialMultipath is an ordinary connection where the kernel has no Multipath TCP.
func dialMultipath(address string) (*net.TCPConn, error) { return dialWith(address, true) }

func dialWith(address string, multipath bool) (*net.TCPConn, error) {
	var d net.Dialer
	d.SetMultipathTCP(multipath)
	c, err := d.Dial("tcp4", address)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

// dialMapped is an ordinary connection where the kernel has no IPv6.
func dialMapped(address string) (*net.TCPConn, error) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return dialPlain(address)
	}
	f := os.NewFile(uintptr(fd), "socket")
	defer f.Close()
	to := netip.MustParseAddrPort(address)
	if err := unix.Connect(fd, &unix.SockaddrInet6{Port: int(to.Port()), Addr: to.Addr().As16()}); err != nil {
		return nil, err
	}
	c, err := net.FileConn(f)
	if err != nil {
		return nil, err
	}
	return c.(*net.TCPConn), nil
}

func beCrowd(address string) {
	var all []*net.TCPConn
	for i := range crowd {
		k := kinds[i%len(kinds)]
		c, err := k.dial(address)
		if err != nil {
			os.Stdout.WriteString(err.Error())
			os.Exit(1)
		}
		io.ReadFull(c, make([]byte, 1))
		k.client(c)
		all = append(all, c)
		os.Stdout.WriteString(".")
	}
	io.Copy(io.Discard, os.Stdin)
	for _, c := range all {
		c.Close()
	}
}

// Of thousands of connections, whatever has become of them, the kernel says to the question what its table
// says, of either end.
func TestTheAnswerAndTheTableAgree(t *testing.T) {
	local := listen(t)
	if _, err := ask(addrs(pair(t, local, dialPlain))); err != nil {
		t.Skipf("this kernel is not to be asked: %v", err)
	}
	for _, user := range []struct {
		name string
		uid  int
	}{{"our user", os.Getuid()}, {"another user", 65534}} {
		t.Run(user.name, func(t *testing.T) {
			if user.uid != os.Getuid() && os.Getuid() != 0 {
				t.Skip("only root can be a second user")
			}
			cmd := again(t, user.uid, playCrowd+"="+local.Addr().String())
			stdin, err := cmd.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer cmd.Wait()
			defer stdin.Close()
			done := bufio.NewReader(stdout)
			var all []*net.TCPConn
			for i := range crowd {
				c := accept(t, local)
				all = append(all, c)
				if _, err := c.Write([]byte("x")); err != nil {
					t.Fatal(err)
				}
				kinds[i%len(kinds)].server(c)
				if b, err := done.ReadByte(); b != '.' {
					rest, _ := done.Peek(done.Buffered())
					t.Fatalf("%s: %v %q", kinds[i%len(kinds)].name, err, rest)
				}
			}
			compare(t, all, user.uid, func(k kind) told { return k.told })
			stdin.Close()
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
			compare(t, all, user.uid, func(k kind) told {
				if k.multipath {
					return either
				}
				return never
			})
		})
	}
}

// compare asks for both ends of each connection, and reads the table once for all of them. What has changed
// in between is looked at again.
func compare(t *testing.T, all []*net.TCPConn, user int, want func(kind) told) {
	t.Helper()
	known := table(t)
	last := map[netip.AddrPort]int{}
	for i, c := range all {
		theirs, _ := addrs(c)
		last[theirs] = i
	}
	for i, c := range all {
		theirs, ours := addrs(c)
		if last[theirs] != i {
			continue // the port of one that was reset may be given out again
		}
		k := kinds[i%len(kinds)]
		for _, end := range [][2]netip.AddrPort{{theirs, ours}, {ours, theirs}} {
			uid, err := ask(end[0], end[1])
			if err != nil && !errors.Is(err, errNoRow) {
				t.Fatalf("%s: %v", k.name, err)
			}
			if inTable, there := known[end]; there != (err == nil) || there && inTable != uid {
				uid, err = ask(end[0], end[1])
				inTable, tableErr := search(end[0], end[1])
				again, againErr := ask(end[0], end[1])
				if changed := again != uid || !errors.Is(againErr, err); !changed && (!errors.Is(tableErr, err) || inTable != uid) {
					t.Errorf("%s, %v: the answer is %d, %v; the table's %d, %v", k.name, end, uid, err, inTable, tableErr)
				}
			}
			// The last segment of a connection that ends may be on its way for a moment.
			for late := time.Now().Add(10 * time.Second); err == nil && end[0] == theirs && want(k) == never && time.Now().Before(late); time.Sleep(time.Millisecond) {
				uid, err = ask(end[0], end[1])
			}
			if is := err == nil; end[0] == theirs && (want(k) == never && is || want(k) == always && !is || is && uid != uint32(user)) {
				t.Errorf("%s, %v: %d, %v", k.name, end, uid, err)
			}
		}
		if t.Failed() {
			return
		}
	}
}

// table are the users of all open sockets, by both ends.
func table(t *testing.T) map[[2]netip.AddrPort]uint32 {
	t.Helper()
	known := map[[2]netip.AddrPort]uint32{}
	for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		b, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(b)) {
			if r, ok := parseRow(line, binary.NativeEndian); ok && r.open {
				known[[2]netip.AddrPort{r.local, r.remote}] = r.uid
			}
		}
	}
	return known
}

func listen(t *testing.T) *net.TCPListener {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ln.Close() })
	return ln.(*net.TCPListener)
}

func accept(t *testing.T, ln *net.TCPListener) *net.TCPConn {
	t.Helper()
	c, err := ln.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// pair is a connection of our own: the server's end.
func pair(t *testing.T, ln *net.TCPListener, dial func(string) (*net.TCPConn, error)) *net.TCPConn {
	t.Helper()
	client, err := dial(ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	return accept(t, ln)
}

// addrs are the ends of a connection, the other's first.
func addrs(c *net.TCPConn) (theirs, ours netip.AddrPort) {
	theirs, _ = addrPort(c.RemoteAddr())
	ours, _ = addrPort(c.LocalAddr())
	return plain(theirs), plain(ours)
}
