//go:build darwin || dragonfly || freebsd || netbsd || openbsd

package mfa

import "golang.org/x/sys/unix"

const (
	getTermios = unix.TIOCGETA
	setTermios = unix.TIOCSETA
	disabled   = 0xff // _POSIX_VDISABLE
)

// flush drops what was typed and not read.
func (t *TTY) flush() {
	const read = 1 // FREAD of sys/fcntl.h
	t.rest = nil
	_ = unix.IoctlSetPointerInt(t.fd, unix.TIOCFLUSH, read)
}

// Name is "": the terminal's path is not known here.
func (t *TTY) Name() string { return "" }
