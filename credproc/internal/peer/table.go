package peer

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"net/netip"
	"strconv"
	"strings"
)

// errNoRow means that the table has no open socket between the two addresses.
var errNoRow = errors.New("no such socket")

// owner finds the user of the socket whose own end is local and whose other end is remote, in a table
// as /proc/net/tcp and /proc/net/tcp6 have it. The socket with the ends the other way round is another
// one, and not taken. order is that of the machine: the table shows addresses as it keeps them.
//
// A socket that its process has closed stays in the table for a while with user 0, as though it were
// root's. It has no inode then, and is not taken either.
func owner(table io.Reader, local, remote netip.AddrPort, order binary.ByteOrder) (uid uint32, err error) {
	local, remote = plain(local), plain(remote)
	found := false
	lines := bufio.NewScanner(table)
	for lines.Scan() {
		r, ok := parseRow(lines.Text(), order)
		if !ok || !r.open || r.local != local || r.remote != remote {
			continue
		}
		if found && r.uid != uid {
			return 0, errors.New("the table names two users")
		}
		uid, found = r.uid, true
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	if !found {
		return 0, errNoRow
	}
	return uid, nil
}

// plain returns an address in the form in which all sources can be compared: an IPv4-mapped IPv6 address becomes IPv4,
// and the zone is dropped.
func plain(a netip.AddrPort) netip.AddrPort {
	return netip.AddrPortFrom(a.Addr().Unmap().WithZone(""), a.Port())
}

// A row is one socket, as the table or the kernel's answer to ask has it.
type row struct {
	local, remote netip.AddrPort
	open          bool // a process holds it, and it is connected
	uid           uint32
}

// parseRow reads one line: number, both ends, state, queues, timer, retransmits, user, timeout, inode
// and more. The heading is no row.
func parseRow(line string, order binary.ByteOrder) (row, bool) {
	f := strings.Fields(line)
	if len(f) < 10 {
		return row{}, false
	}
	local, ok1 := parseEnd(f[1], order)
	remote, ok2 := parseEnd(f[2], order)
	state, err1 := strconv.ParseUint(f[3], 16, 8)
	uid, err2 := strconv.ParseUint(f[7], 10, 32)
	inode, err3 := strconv.ParseUint(f[9], 10, 64)
	if !ok1 || !ok2 || err1 != nil || err2 != nil || err3 != nil {
		return row{}, false
	}
	return row{local: local, remote: remote, open: connected(byte(state)) && inode != 0, uid: uint32(uid)}, true
}

// connected tells whether a socket in that state has both its ends.
func connected(state byte) bool {
	switch state {
	case 1, 4, 5, 8: // ESTABLISHED, FIN_WAIT1, FIN_WAIT2, CLOSE_WAIT
		return true
	}
	return false
}

// parseEnd reads "0100007F:1F90": words of 32 bits as the machine keeps them, then the port.
func parseEnd(s string, order binary.ByteOrder) (netip.AddrPort, bool) {
	address, port, ok := strings.Cut(s, ":")
	b, err := hex.DecodeString(address)
	if !ok || err != nil || len(port) != 4 {
		return netip.AddrPort{}, false
	}
	for i := 0; i+4 <= len(b); i += 4 {
		binary.BigEndian.PutUint32(b[i:], order.Uint32(b[i:]))
	}
	ip, ok := netip.AddrFromSlice(b)
	n, err := strconv.ParseUint(port, 16, 16)
	if !ok || err != nil {
		return netip.AddrPort{}, false
	}
	return netip.AddrPortFrom(ip.Unmap(), uint16(n)), true
}
