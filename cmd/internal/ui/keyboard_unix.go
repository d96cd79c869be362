//go:build unix

package ui

import (
	"errors"
	"time"

	"golang.org/x/sys/unix"
)

// pauseAfterEsc is how long the rest of a key's code may take on its way, through ssh say.
const pauseAfterEsc = 100 * time.Millisecond

// pauseOf reports whether nothing is typed on a terminal for a moment.
func pauseOf(terminal int) func() bool {
	return func() bool {
		for {
			var reads unix.FdSet
			if terminal >= unix.FD_SETSIZE {
				return false
			}
			reads.Set(terminal)
			limit := unix.NsecToTimeval(int64(pauseAfterEsc))
			n, err := unix.Select(terminal+1, &reads, nil, nil, &limit)
			if !errors.Is(err, unix.EINTR) {
				return err == nil && n == 0
			}
		}
	}
}

// readKeys has a terminal give each key at once and draw none. What was typed before stays.
func readKeys(terminal int) error {
	modes, err := unix.IoctlGetTermios(terminal, getTermios)
	if err != nil {
		return err
	}
	modes.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON
	modes.Cc[unix.VMIN], modes.Cc[unix.VTIME] = 1, 0
	return unix.IoctlSetTermios(terminal, setTermios, modes)
}
