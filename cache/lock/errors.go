package lock

import (
	"fmt"

	"hatstand/cache/backend"
)

// An Error says that the lock itself does not work here (read-only or full folder, no permission). It does not mean
// that another process holds it.
type Error struct {
	Path string
	Op   string
	Err  error
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("lock: %s: %s", e.Op, backend.OneLine(e.Err))
	}
	return fmt.Sprintf("lock: %s %s: %s", e.Op, e.Path, backend.OneLine(e.Err))
}

func (e *Error) Unwrap() error { return e.Err }

// A HeldError says that the context ended while another process held the lock.
type HeldError struct {
	PID    int    // 0: not known
	Holder string // as that process said it
	Err    error  // the context's
}

func (e *HeldError) Error() string {
	if e.PID == 0 {
		return fmt.Sprintf("another hatstand is busy with this: %s", backend.OneLine(e.Err))
	}
	return fmt.Sprintf("another hatstand (process %d, for %s) is busy with this: %s", e.PID, e.Holder, backend.OneLine(e.Err))
}

func (e *HeldError) Unwrap() error { return e.Err }

// A RefusedError says that the user declined the prompt of the process that held the lock. Every process that was
// waiting for the lock gets it.
type RefusedError struct{ Holder, Reason string }

func (e *RefusedError) Error() string {
	return fmt.Sprintf("another hatstand (for %s) was asking for this, and %s", e.Holder, e.Reason)
}
