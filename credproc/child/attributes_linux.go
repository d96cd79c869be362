package child

import "syscall"

// attributes: a command whose hatstand is killed is asked to end. It would lose its credentials at their expiry, in the
// middle of whatever it does then.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM} }
