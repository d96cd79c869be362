package endpoint

import (
	"net"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxStrangers is how many connections of other users are served at once, with a refusal. More are closed, so that
	// another user cannot take the descriptors that this user's clients need.
	maxStrangers = 16
	// strangerLimit is how long one of them stays.
	strangerLimit = 2 * time.Second
	// maxUnchecked is how many connections are looked up at once. One look-up takes up to 100 ms where the client
	// has gone away.
	maxUnchecked = 256
)

// An ownersListener looks up the owner of each connection when it is accepted, and bounds how many other users may
// have.
type ownersListener struct {
	net.Listener
	check     func(net.Conn) error
	accepted  chan accepted
	unchecked chan struct{}
	strangers atomic.Int64
	closed    chan struct{}
	close     sync.Once
}

type accepted struct {
	conn net.Conn
	err  error
}

// A checkedConn is a connection whose owner is known.
type checkedConn struct {
	net.Conn
	refused error // why it gets nothing; nil for one of this user's
	onClose func()
}

func (c *checkedConn) Close() error {
	err := c.Conn.Close()
	if c.onClose != nil {
		c.onClose()
	}
	return err
}

func newOwnersListener(ln net.Listener, check func(net.Conn) error) *ownersListener {
	l := &ownersListener{
		Listener: ln, check: check, accepted: make(chan accepted), unchecked: make(chan struct{}, maxUnchecked),
		closed: make(chan struct{}),
	}
	go l.run()
	return l
}

// Accept returns the next connection whose owner is known.
func (l *ownersListener) Accept() (net.Conn, error) {
	select {
	case a := <-l.accepted:
		return a.conn, a.err
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

func (l *ownersListener) Close() error {
	err := l.Listener.Close()
	l.close.Do(func() { close(l.closed) })
	return err
}

func (l *ownersListener) run() {
	for {
		c, err := l.Listener.Accept()
		if err != nil {
			// The server pauses after an error that passes (no descriptors left), and closes after any other.
			if !l.deliver(accepted{err: err}) {
				return
			}
			continue
		}
		select {
		case l.unchecked <- struct{}{}:
		case <-l.closed:
			c.Close()
			return
		}
		go l.admit(c)
	}
}

func (l *ownersListener) admit(c net.Conn) {
	refused := l.check(c)
	<-l.unchecked
	checked := &checkedConn{Conn: c, refused: refused}
	if refused != nil {
		if l.strangers.Add(1) > maxStrangers {
			l.strangers.Add(-1)
			c.Close()
			return
		}
		limit := time.AfterFunc(strangerLimit, func() { c.Close() })
		checked.onClose = sync.OnceFunc(func() {
			limit.Stop()
			l.strangers.Add(-1)
		})
	}
	if !l.deliver(accepted{conn: checked}) {
		checked.Close()
	}
}

func (l *ownersListener) deliver(a accepted) bool {
	select {
	case l.accepted <- a:
		return true
	case <-l.closed:
		return false
	}
}
