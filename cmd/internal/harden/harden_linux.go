package harden

import "golang.org/x/sys/unix"

// Memory keeps this process's memory, which holds secrets, out of core dumps and away from other processes of the same
// user (ptrace, /proc/PID/mem and environ), but for those that have opened it before. A program that takes this
// process's place has its own again.
func Memory() { _ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0) }
