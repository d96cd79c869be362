package bus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/backend"
)

// Is tells whether an error is a D-Bus error of one of the names given.
func Is(err error, names ...string) bool {
	var e dbus.Error
	return errors.As(err, &e) && slices.Contains(names, e.Name)
}

// NoProgram tells whether an error means that nobody has the name called and the bus cannot start its program.
func NoProgram(err error) bool {
	return Is(err, "org.freedesktop.DBus.Error.ServiceUnknown", "org.freedesktop.DBus.Error.NameHasNoOwner",
		"org.freedesktop.DBus.Error.Spawn.ExecFailed", "org.freedesktop.DBus.Error.Spawn.ChildExited",
		"org.freedesktop.DBus.Error.Spawn.ChildSignaled", "org.freedesktop.DBus.Error.Spawn.FileInvalid",
		"org.freedesktop.DBus.Error.Spawn.ServiceNotFound", "org.freedesktop.DBus.Error.Spawn.Failed",
		"org.freedesktop.DBus.Error.Spawn.PermissionsInvalid", "org.freedesktop.DBus.Error.Spawn.SetupFailed")
}

// NoObject tells whether an error means that a program has no such object.
func NoObject(err error) bool {
	return Is(err, "org.freedesktop.DBus.Error.UnknownObject", "org.freedesktop.DBus.Error.UnknownMethod",
		"org.freedesktop.DBus.Error.UnknownInterface", "org.freedesktop.DBus.Error.NoSuchObject",
		"org.freedesktop.Secret.Error.NoSuchObject")
}

// Within makes calls with a time limit. If they take longer, the error has the kind [backend.TimedOut].
func Within(ctx context.Context, limit time.Duration, calls func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	err := calls(limited)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case limited.Err() != nil:
		return &backend.Error{Kind: backend.TimedOut, Err: fmt.Errorf("%w within %s", backend.ErrTimeout, limit)}
	}
	return err
}

// Explain makes the error that callers of a keyring behind the bus see: [backend.ErrNotFound], the context's if it
// was cancelled, else one of *[backend.Error], which says what was being done. program is what was called.
func Explain(err error, name, op, program string) error {
	if err == nil || errors.Is(err, backend.ErrNotFound) || errors.Is(err, context.Canceled) {
		return err
	}
	var e *backend.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.DeadlineExceeded):
		e = &backend.Error{Kind: backend.TimedOut, Err: err}
	case NoProgram(err):
		e = &backend.Error{Kind: backend.Absent, Op: "open", Err: fmt.Errorf("nobody answers for %s: %w", program, err)}
	default:
		e = &backend.Error{Err: err}
	}
	e.Backend = name
	if e.Op == "" {
		e.Op = op
	}
	return e
}
