//go:build unix

package app

import "golang.org/x/sys/unix"

// TerminalSession tells terminals apart: each controls one session. 0 is not known.
func TerminalSession() int {
	sid, err := unix.Getsid(0)
	if err != nil {
		return 0
	}
	return sid
}
