// Package peer tells whose process is at the other end of a TCP connection over loopback.
//
// A listener on 127.0.0.1 can be reached by every user of the machine, and a TCP connection carries no credentials as a
// Unix socket's does. On Linux the kernel knows each socket's owner: it is asked for that one socket (sock_diag) and,
// where it gives no answer, its table of all sockets is read (/proc/net/tcp). If neither names the owner, the
// connection is refused. Elsewhere there is no such check: Check lets everyone pass, and the caller rests on the secret
// that its clients have to present.
package peer

import "fmt"

// An OtherUserError is a connection from a process of another user.
type OtherUserError struct{ UID uint32 }

func (e *OtherUserError) Error() string {
	return fmt.Sprintf("a connection of another user (uid %d)", e.UID)
}

// An UnknownError is a connection whose owner cannot be known: it is closed by now, it came from
// another machine, or the kernel does not tell.
type UnknownError struct{ Err error }

func (e *UnknownError) Error() string {
	return fmt.Sprintf("a connection of an unknown user: %v", e.Err)
}

func (e *UnknownError) Unwrap() error { return e.Err }
