package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check returns nil if the process at the other end of conn, a TCP connection from this machine, belongs
// to the user of this process; else an *OtherUserError or an *UnknownError. It takes at most some 100 ms.
func Check(conn net.Conn) error {
	uid, err := UID(conn)
	if err != nil {
		return err
	}
	if int64(uid) != int64(os.Geteuid()) || isOverflowUser(uid) {
		return &OtherUserError{UID: uid}
	}
	return nil
}

// isOverflowUser reports whether a user ID may stand for any user that this user namespace does not know: the kernel
// shows all of those as one (the overflow uid), which is also ours where none is mapped (unshare -U).
func isOverflowUser(uid uint32) bool {
	overflow := uint64(65534)
	if text, err := os.ReadFile("/proc/sys/fs/overflowuid"); err == nil {
		if n, err := strconv.ParseUint(strings.TrimSpace(string(text)), 10, 32); err == nil {
			overflow = n
		}
	}
	if uint64(uid) != overflow {
		return false
	}
	text, err := os.ReadFile("/proc/self/uid_map")
	return err != nil || !mapsEveryUser(string(text))
}

// mapsEveryUser reports whether a user namespace maps each user to its own number, as the machine's first namespace
// does.
func mapsEveryUser(uidMap string) bool {
	return slices.Equal(strings.Fields(uidMap), []string{"0", "0", "4294967295"})
}

// UID is the user of the process at the other end. The error is an *UnknownError.
func UID(conn net.Conn) (uint32, error) {
	ours, ok1 := addrPort(conn.LocalAddr())
	theirs, ok2 := addrPort(conn.RemoteAddr())
	if !ok1 || !ok2 {
		return 0, &UnknownError{Err: errors.New("no TCP connection")}
	}
	if uid, err := ask(theirs, ours); err == nil {
		return uid, nil
	}
	uid, err := search(theirs, ours)
	if err != nil {
		return 0, &UnknownError{Err: err}
	}
	return uid, nil
}

// search finds in the tables what ask would find. The kernel does not hold a table still while it is read,
// so that a row can be passed over.
func search(local, remote netip.AddrPort) (uid uint32, err error) {
	for _, wait := range []time.Duration{0, time.Millisecond, 5 * time.Millisecond, 15 * time.Millisecond,
		30 * time.Millisecond} {
		time.Sleep(wait)
		if uid, err = lookUp(local, remote); !errors.Is(err, errNoRow) {
			break
		}
	}
	return uid, err
}

// lookUp looks into both tables: an IPv6 socket can have an IPv4 connection.
func lookUp(local, remote netip.AddrPort) (uint32, error) {
	missing := 0
	for _, path := range []string{"/proc/self/net/tcp", "/proc/self/net/tcp6"} {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) { // a kernel without IPv6 has one table only
			missing++
			continue
		}
		if err != nil {
			return 0, err
		}
		uid, err := owner(f, local, remote, binary.NativeEndian)
		f.Close()
		if !errors.Is(err, errNoRow) {
			return uid, err
		}
	}
	if missing == 2 {
		return 0, fmt.Errorf("/proc/self/net/tcp: %w", fs.ErrNotExist)
	}
	return 0, errNoRow
}

func addrPort(a net.Addr) (netip.AddrPort, bool) {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}, false
	}
	p := t.AddrPort()
	return p, p.IsValid()
}
