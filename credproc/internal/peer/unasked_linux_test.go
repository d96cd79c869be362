package peer

import (
	"errors"
	"fmt"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"
)

// The test program plays one under a filter of system calls, as containers have it: the number of a call,
// its first argument (-1: any) and the error that it gives (0: none, and nothing is done).
const playFiltered = "HATSTAND_PEER_TEST_FILTERED"

// The kernel says "no such socket" of one that is bound to a device; the table has it.
func TestASocketThatTheKernelDoesNotFindIsFoundInTheTable(t *testing.T) {
	bound := net.Dialer{Control: func(_, _ string, raw syscall.RawConn) (err error) {
		raw.Control(func(fd uintptr) { err = unix.SetsockoptString(int(fd), unix.SOL_SOCKET, unix.SO_BINDTODEVICE, "lo") })
		return err
	}}
	c := pair(t, listen(t), func(address string) (*net.TCPConn, error) {
		c, err := bound.Dial("tcp4", address)
		if err != nil {
			t.Skip(err)
		}
		return c.(*net.TCPConn), nil
	})
	if uid, err := ask(addrs(c)); err == nil {
		t.Logf("this kernel tells user %d, so that this shows nothing", uid)
	}
	if err := Check(c); err != nil {
		t.Error(err)
	}
}

// The kernel answers with a listener of the client's port when the client is gone.
func TestAListenerIsNoClient(t *testing.T) {
	ln := listen(t)
	var c *net.TCPConn
	for attempt := 1; ; attempt++ {
		client, err := dialPlain(ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		c = accept(t, ln)
		client.SetLinger(0)
		client.Close()
		late, err := net.Listen("tcp4", client.LocalAddr().String())
		if err == nil {
			defer late.Close()
			break
		}
		// Connections to other servers may have that port too.
		if attempt == 100 {
			t.Fatal(err)
		}
	}
	if uid, err := ask(addrs(c)); err == nil {
		t.Errorf("user %d", uid)
	}
	var unknown *UnknownError
	if err := Check(c); !errors.As(err, &unknown) {
		t.Error(err)
	}
}

func TestWhereTheKernelIsNotToBeAskedTheTableIsRead(t *testing.T) {
	if runtime.GOARCH != "amd64" && runtime.GOARCH != "arm64" {
		t.Skip("the filter is written for amd64 and arm64")
	}
	for _, row := range []struct {
		name           string
		call, argument int
		gives          syscall.Errno
		asked          error
	}{
		{"not allowed", unix.SYS_SOCKET, unix.AF_NETLINK, unix.EPERM, unix.EPERM},
		{"not allowed by SELinux", unix.SYS_SENDTO, -1, unix.EACCES, unix.EACCES},
		{"no such protocol", unix.SYS_SOCKET, unix.AF_NETLINK, unix.EPROTONOSUPPORT, unix.EPROTONOSUPPORT},
		{"no netlink", unix.SYS_SOCKET, unix.AF_NETLINK, unix.EAFNOSUPPORT, unix.EAFNOSUPPORT},
		{"no such call", unix.SYS_SENDTO, -1, unix.ENOSYS, unix.ENOSYS},
		{"no time limit", unix.SYS_SETSOCKOPT, -1, unix.ENOPROTOOPT, unix.ENOPROTOOPT},
		{"no answer", unix.SYS_SENDTO, -1, 0, unix.EAGAIN},
	} {
		t.Run(row.name, func(t *testing.T) {
			out, err := again(t, os.Getuid(), fmt.Sprintf("%s=%d %d %d", playFiltered, row.call, row.argument, int(row.gives))).CombinedOutput()
			if strings.HasPrefix(string(out), "no filter") {
				t.Skip(string(out))
			}
			if want := fmt.Sprintf("asked: %v\nchecked: <nil>\n", row.asked); err != nil || string(out) != want {
				t.Errorf("%v\nwant %s\ngot  %s", err, want, out)
			}
		})
	}
}

func beFiltered(filter string) {
	var call, argument, gives int
	if _, err := fmt.Sscan(filter, &call, &argument, &gives); err != nil {
		panic(err)
	}
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	client, err := dialPlain(ln.Addr().String())
	if err != nil {
		panic(err)
	}
	defer client.Close()
	server, err := ln.(*net.TCPListener).AcceptTCP()
	if err != nil {
		panic(err)
	}
	if err := refuse(call, argument, gives); err != nil {
		fmt.Println("no filter:", err)
		return
	}
	_, err = ask(addrs(server))
	fmt.Println("asked:", err)
	fmt.Println("checked:", Check(server))
}

// refuse makes a system call give an error, in all threads.
func refuse(call, argument, gives int) error {
	const number, first = 0, 16 // struct seccomp_data
	match := uint8(0)
	if argument < 0 {
		match = 1 // past the comparison that follows
	}
	program := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(call), Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: first},
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(argument), Jf: 1 - match},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(gives)},
		{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	_, _, errno := unix.Syscall(unix.SYS_SECCOMP, unix.SECCOMP_SET_MODE_FILTER, unix.SECCOMP_FILTER_FLAG_TSYNC,
		uintptr(unsafe.Pointer(&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]})))
	if errno != 0 {
		return errno
	}
	return nil
}
