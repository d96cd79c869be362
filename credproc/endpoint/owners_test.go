package endpoint

import (
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// strangersFirst takes the first n connections for another user's.
func strangersFirst(n int64) func(net.Conn) error {
	var seen atomic.Int64
	return func(net.Conn) error {
		if seen.Add(1) <= n {
			return errors.New("a connection of another user (uid 7)")
		}
		return nil
	}
}

func serveOwners(t *testing.T, check func(net.Conn) error) *server {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	owners := newOwnersListener(ln, check)
	h := &http.Server{
		Handler:     &guard{next: container(admin(t)), log: slog.New(slog.DiscardHandler)},
		ConnContext: func(ctx context.Context, c net.Conn) context.Context { return context.WithValue(ctx, callerKey{}, c) },
	}
	go h.Serve(owners)
	t.Cleanup(func() { h.Close() })
	return &server{addr: ln.Addr().String()}
}

func TestIdleConnectionsOfAnotherUserStarveNobody(t *testing.T) {
	const idle = 300
	s := serveOwners(t, strangersFirst(idle))
	var all []net.Conn
	for range idle {
		all = append(all, s.dial(t))
	}
	// All but a few are closed at once, the rest soon.
	for i, c := range all {
		c.SetReadDeadline(time.Now().Add(30 * time.Second))
		if _, err := c.Read(make([]byte, 1)); errors.Is(err, context.DeadlineExceeded) || err == nil {
			t.Fatalf("connection %d: %v", i, err)
		}
	}
	s.wantGood(t)
}

func TestAnotherUserIsTold(t *testing.T) {
	s := serveOwners(t, strangersFirst(1))
	if status, body := s.get(t, s.good()); status != http.StatusForbidden || !strings.Contains(body, "uid 7") || strings.Contains(body, "the-secret") {
		t.Errorf("%d %s", status, body)
	}
	s.wantGood(t)
}

func TestASlowLookUpHoldsUpNobodyElse(t *testing.T) {
	release := make(chan struct{})
	defer close(release)
	var seen atomic.Int64
	s := serveOwners(t, func(net.Conn) error {
		if seen.Add(1) == 1 {
			<-release
		}
		return nil
	})
	s.dial(t)
	for seen.Load() == 0 {
		time.Sleep(time.Millisecond)
	}
	s.wantGood(t)
}

func TestAListenerThatIsClosedEndsItsLookUps(t *testing.T) {
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	owners := newOwnersListener(ln, func(net.Conn) error { return nil })
	c, err := net.Dial("tcp4", ln.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	owners.Close()
	if _, err := owners.Accept(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
	c.SetReadDeadline(time.Now().Add(30 * time.Second))
	if _, err := io.ReadAll(c); errors.Is(err, context.DeadlineExceeded) {
		t.Error("the connection is left open")
	}
}

// The times are not measured: that memory is given back is, and only after a load.
func TestMemoryIsGivenBackAfterALoad(t *testing.T) {
	var m memory
	for range manyConnections - 1 {
		m.connState(nil, http.StateNew)
	}
	for range manyConnections - 1 {
		m.connState(nil, http.StateClosed)
	}
	if m.free != nil {
		t.Error("after a few connections")
	}
	for range manyConnections {
		m.connState(nil, http.StateNew)
	}
	for i := range manyConnections {
		m.connState(nil, http.StateIdle)
		m.connState(nil, http.StateClosed)
		if over := i >= manyConnections*3/4-1; (m.free != nil) != over {
			t.Fatalf("after %d have closed: %v", i+1, !over)
		}
	}
	m.free.Stop()
}
