package mfa

import "golang.org/x/sys/unix"

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
