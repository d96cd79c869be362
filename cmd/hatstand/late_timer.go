package main

import (
	"context"
	"sync"
	"time"
)

// withLateTimer is context.WithTimeout whose timer runs from when somebody waits for the context's end.
// In a warm call nobody does, and a timer would have the runtime start its poller.
func withLateTimer(parent context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	l := &lateTimer{parent: parent, deadline: time.Now().Add(d)}
	if earlier, ok := parent.Deadline(); ok && earlier.Before(l.deadline) {
		l.deadline = earlier
	}
	return l, l.stop
}

type lateTimer struct {
	parent   context.Context
	deadline time.Time

	mu      sync.Mutex
	stopped bool
	timed   context.Context // nil until somebody waits
	cancel  context.CancelFunc
}

func (l *lateTimer) Deadline() (time.Time, bool) { return l.deadline, true }

func (l *lateTimer) Done() <-chan struct{} { return l.started().Done() }

// Value has what package context keeps there to find the one that ends.
func (l *lateTimer) Value(key any) any { return l.started().Value(key) }

func (l *lateTimer) Err() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.timed != nil:
		return l.timed.Err()
	case l.stopped:
		return context.Canceled
	case l.parent.Err() != nil:
		return l.parent.Err()
	case !time.Now().Before(l.deadline):
		return context.DeadlineExceeded
	}
	return nil
}

func (l *lateTimer) started() context.Context {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timed == nil {
		l.timed, l.cancel = context.WithDeadline(l.parent, l.deadline)
		if l.stopped {
			l.cancel()
		}
	}
	return l.timed
}

func (l *lateTimer) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.stopped = true
	if l.timed != nil {
		l.cancel()
	}
}
