//go:build unix && !linux

package ttytest

import "golang.org/x/sys/unix"

const getTermios = unix.TIOCGETA
