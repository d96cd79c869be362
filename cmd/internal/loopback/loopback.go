// Package loopback listens on 127.0.0.1, for the endpoints that exec and serve start. It listens on no other address.
package loopback

import (
	"fmt"
	"net"
)

// Listen listens on a port of 127.0.0.1; 0 is any free one. The error is a *PortError.
func Listen(port uint16) (net.Listener, error) {
	ln, err := net.Listen("tcp4", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return nil, &PortError{Port: port, Process: processOn(port), Err: err}
	}
	return ln, nil
}

// A PortError is a port that cannot be listened on.
type PortError struct {
	Port    uint16
	Process string // the one that listens there; "" if that is not known
	Err     error
}

func (e *PortError) Error() string {
	switch {
	case e.Port == 0:
		return fmt.Sprintf("no free port on 127.0.0.1: %v", e.Err)
	case e.Process != "":
		return fmt.Sprintf("port %d of 127.0.0.1 is taken, by %s", e.Port, e.Process)
	}
	return fmt.Sprintf("port %d of 127.0.0.1: %v", e.Port, e.Err)
}

func (e *PortError) Unwrap() error { return e.Err }

// Hints has none where no port was named.
func (e *PortError) Hints() []string {
	if e.Port == 0 {
		return nil
	}
	return []string{"end it, or name another port; 0 is any free one"}
}
