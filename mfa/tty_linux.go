package mfa

import (
	"fmt"

	"golang.org/x/sys/unix"
)

const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
	disabled   = 0 // _POSIX_VDISABLE
)

// flush drops what was typed and not read.
func (t *TTY) flush() {
	t.rest = nil
	_ = unix.IoctlSetInt(t.fd, unix.TCFLSH, unix.TCIFLUSH)
}

// Name is the terminal's path as another process finds it, as /dev/pts/3; "" if that is not known.
func (t *TTY) Name() string {
	device, err := unix.IoctlGetUint32(t.fd, unix.TIOCGDEV)
	if err != nil {
		return ""
	}
	for _, path := range []string{
		fmt.Sprintf("/dev/pts/%d", unix.Minor(uint64(device))), fmt.Sprintf("/dev/tty%d", unix.Minor(uint64(device))),
		"/dev/console",
	} {
		var info unix.Stat_t
		if unix.Stat(path, &info) == nil && info.Mode&unix.S_IFMT == unix.S_IFCHR && uint32(info.Rdev) == device {
			return path
		}
	}
	return ""
}
