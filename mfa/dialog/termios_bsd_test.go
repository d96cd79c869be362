//go:build unix && !linux

package dialog

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA
