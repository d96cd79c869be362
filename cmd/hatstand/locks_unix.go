//go:build unix

package main

import "golang.org/x/sys/unix"

// terminalSession tells terminals apart: each controls one session. 0 is not known.
func terminalSession() int {
	sid, err := unix.Getsid(0)
	if err != nil {
		return 0
	}
	return sid
}
