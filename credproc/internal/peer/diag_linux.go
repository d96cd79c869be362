package peer

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"
)

// diagLimit is how long to wait for the kernel's answer. Linux has answered before the call that sends the question
// returns; a substitute for Linux (gVisor), or a filter of system calls, may never answer.
const diagLimit = 50 * time.Millisecond

// The parts of a question and of its answer, in bytes: linux/netlink.h and linux/inet_diag.h.
const (
	headLength     = unix.SizeofNlMsghdr
	questionLength = headLength + 8 + idLength // with struct inet_diag_req_v2
	answerLength   = 4 + idLength + 20         // struct inet_diag_msg, after the head; attributes follow
	idLength       = 48                        // struct inet_diag_sockid
	questionNumber = 1
)

var errCutOff = errors.New("an answer that is cut off")

// ask asks the kernel for the user of one socket, by both its ends, and finds what owner finds in the
// table, without reading all of that: one system call each to open, to limit, to ask, to hear and to close.
//
// Any error means only that it has to be looked for in the table. That goes for errNoRow too: the kernel
// says the same where it has no module for TCP, and of a socket that is bound to a device.
func ask(local, remote netip.AddrPort) (uint32, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return 0, err
	}
	defer unix.Close(fd)
	limit := unix.NsecToTimeval(diagLimit.Nanoseconds())
	if err := unix.SetsockoptTimeval(fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &limit); err != nil {
		return 0, err
	}
	if err := unix.Sendto(fd, question(local, remote, binary.NativeEndian), 0,
		&unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return 0, err
	}
	b := make([]byte, 4<<10)
	n, from, err := unix.Recvfrom(fd, b, 0)
	if err != nil {
		return 0, err
	}
	// A process that may do so can send to this socket as well as the kernel, which is number 0.
	if from, ok := from.(*unix.SockaddrNetlink); !ok || from.Pid != 0 {
		return 0, errors.New("an answer that is not the kernel's")
	}
	return answer(b[:n], local, remote, binary.NativeEndian)
}

// question asks for the socket whose own end is local and whose other end is remote, be it one of IPv6
// with an IPv4 connection. Lengths and numbers are in the machine's order, ports in the network's.
func question(local, remote netip.AddrPort, order binary.ByteOrder) []byte {
	local, remote = plain(local), plain(remote)
	b := make([]byte, questionLength)
	order.PutUint32(b[0:], questionLength)
	order.PutUint16(b[4:], unix.SOCK_DIAG_BY_FAMILY)
	order.PutUint16(b[6:], unix.NLM_F_REQUEST)
	order.PutUint32(b[8:], questionNumber)
	q := b[headLength:]
	q[0], q[1] = unix.AF_INET6, unix.IPPROTO_TCP
	order.PutUint32(q[4:], ^uint32(0)) // whatever its state
	id := q[8:]
	binary.BigEndian.PutUint16(id[0:], local.Port())
	binary.BigEndian.PutUint16(id[2:], remote.Port())
	if local.Addr().Is4() && remote.Addr().Is4() {
		q[0] = unix.AF_INET
		copy(id[4:], local.Addr().AsSlice())
		copy(id[20:], remote.Addr().AsSlice())
	} else {
		l, r := local.Addr().As16(), remote.Addr().As16()
		copy(id[4:], l[:])
		copy(id[20:], r[:])
	}
	order.PutUint64(id[40:], ^uint64(0)) // no cookie of an earlier answer
	return b
}

// answer reads what came back. The kernel answers with a listener of that port where there is no such
// connection, so that the ends are compared here as well.
func answer(b []byte, local, remote netip.AddrPort, order binary.ByteOrder) (uint32, error) {
	if len(b) < headLength {
		return 0, errCutOff
	}
	length, kind, number := order.Uint32(b), order.Uint16(b[4:]), order.Uint32(b[8:])
	if length < headLength || uint64(length) > uint64(len(b)) {
		return 0, errCutOff
	}
	if b = b[headLength:length]; number != questionNumber {
		return 0, errors.New("an answer to another question")
	}
	switch {
	case kind == unix.NLMSG_ERROR && len(b) >= 4:
		if no := unix.Errno(-int32(order.Uint32(b))); no != unix.ENOENT {
			return 0, fmt.Errorf("the kernel's answer: %w", no)
		}
		return 0, errNoRow
	case kind != unix.SOCK_DIAG_BY_FAMILY:
		return 0, fmt.Errorf("an answer of kind %d", kind)
	case len(b) < answerLength:
		return 0, errCutOff
	}
	r, ok := parseAnswer(b, order)
	if !ok || !r.open || r.local != plain(local) || r.remote != plain(remote) {
		return 0, errNoRow
	}
	return r.uid, nil
}

// parseAnswer reads a whole struct inet_diag_msg: family, state, two of timers, both ends, three counts, user
// and inode.
func parseAnswer(m []byte, order binary.ByteOrder) (row, bool) {
	size := map[byte]int{unix.AF_INET: 4, unix.AF_INET6: 16}[m[0]]
	id := m[4:]
	local, ok1 := netip.AddrFromSlice(id[4 : 4+size])
	remote, ok2 := netip.AddrFromSlice(id[20 : 20+size])
	return row{
		local:  netip.AddrPortFrom(local.Unmap(), binary.BigEndian.Uint16(id[0:])),
		remote: netip.AddrPortFrom(remote.Unmap(), binary.BigEndian.Uint16(id[2:])),
		open:   connected(m[1]) && order.Uint32(m[68:]) != 0,
		uid:    order.Uint32(m[64:]),
	}, ok1 && ok2
}
