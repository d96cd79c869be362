package secretservice

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bus"
)

// A lockedError says what has to be unlocked: a collection, or an item, which KeePassXC calls locked until a person has
// allowed this client to use it. Each process is another client.
type lockedError struct {
	path dbus.ObjectPath
	item bool
}

func (e *lockedError) Error() string { return string(e.path) + " is locked" }

// A promptError says that a service makes a change after a prompt, in which a person may have to confirm it.
type promptError struct {
	path dbus.ObjectPath
	// silent: no person is asked. KeePassXC answers each write with a prompt, which shows nothing unless its database
	// or the item is locked.
	silent bool
}

func (e *promptError) Error() string { return "it asks for confirmation" }

// inCollectionAt makes a lockedError of the service's error.
func inCollectionAt(path dbus.ObjectPath, err error) error {
	if bus.Is(err, "org.freedesktop.Secret.Error.IsLocked") {
		return &lockedError{path, false}
	}
	return err
}

// inItemAt makes a lockedError of the service's error.
func inItemAt(path dbus.ObjectPath, err error) error {
	if bus.Is(err, "org.freedesktop.Secret.Error.IsLocked") {
		return &lockedError{path, true}
	}
	return err
}

// unlock unlocks a collection or an item. Two that ask at once would show two dialogs.
func (c *Client) unlock(ctx context.Context, locked *lockedError) error {
	// The name is for messages; and services read from an alias and do not unlock it.
	if err := bus.Within(ctx, c.o.Timeout, c.resolve); err != nil {
		return err
	}
	if locked.item { // gnome-keyring finds the items of a locked collection, and calls them locked
		err := bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error { return c.checkUnlocked(ctx, c.known()) })
		if err != nil && !errors.As(err, &locked) {
			return err
		}
	}
	path := locked.path
	if path == defaultPath {
		path = c.known()
	}
	if c.o.NoPrompts {
		return &lockedError{path, locked.item}
	}
	select {
	case c.dialog <- struct{}{}:
		defer func() { <-c.dialog }()
	case <-ctx.Done():
		return ctx.Err()
	}
	var unlocked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err := bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		return c.bus.Call(ctx, service(), serviceInterface+"Unlock", []any{[]dbus.ObjectPath{path}}, &unlocked, &prompt)
	})
	if err != nil || prompt == noObject {
		return err
	}
	return c.prompt(ctx, prompt, locked.item)
}

// checkSilent checks that storing an item opens no dialog. A dialog could ask to unlock the database, or whether an
// existing item of that name may be used.
func (c *Client) checkSilent(ctx context.Context, collection dbus.ObjectPath, name string) error {
	if err := c.checkUnlocked(ctx, collection); err != nil {
		return err
	}
	var found []dbus.ObjectPath
	err := c.bus.Call(ctx, object(collection), collectionInterface+"SearchItems", c.attributes(name), &found)
	if err != nil {
		return err
	}
	for _, item := range found {
		var locked bool
		err := c.bus.Property(ctx, object(item), itemInterface+"Locked", &locked)
		if err != nil && !bus.NoObject(err) {
			return err
		}
		if locked {
			return &lockedError{item, true}
		}
	}
	return nil
}

// answer makes a change for which the service needs a prompt.
func (c *Client) answer(ctx context.Context, wanted *promptError) error {
	if c.o.NoPrompts && !wanted.silent {
		c.dismiss(ctx, wanted.path)
		return c.unconfirmed("")
	}
	select {
	case c.dialog <- struct{}{}:
		defer func() { <-c.dialog }()
	case <-ctx.Done():
		return ctx.Err()
	}
	return c.prompt(ctx, wanted.path, true)
}

// prompt shows a dialog and waits until it is answered or dismissed. If neither happens in time, it closes the dialog.
// The dialog confirms something, or it unlocks the collection.
func (c *Client) prompt(ctx context.Context, path dbus.ObjectPath, confirms bool) error {
	what, need := "unlocks "+c.subject(), backend.NeedNothing
	if confirms {
		what, need = "confirms this for "+c.subject(), backend.NeedConfirmation
	}
	conn, err := c.bus.Connect(ctx)
	if err != nil {
		return err
	}
	// The signal may come before the answer to the call that shows the dialog.
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	defer conn.RemoveSignal(signals)
	completed := []dbus.MatchOption{
		dbus.WithMatchInterface("org.freedesktop.Secret.Prompt"),
		dbus.WithMatchMember("Completed"),
		dbus.WithMatchObjectPath(path),
	}
	stopped := []dbus.MatchOption{
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, serviceName),
	}
	err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		return errors.Join(conn.AddMatchSignalContext(ctx, completed...), conn.AddMatchSignalContext(ctx, stopped...))
	})
	if err != nil {
		return err
	}
	defer func() {
		_ = bus.Within(context.WithoutCancel(ctx), time.Second, func(ctx context.Context) error {
			return errors.Join(
				conn.RemoveMatchSignalContext(ctx, completed...),
				conn.RemoveMatchSignalContext(ctx, stopped...),
			)
		})
	}()
	err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		return c.bus.Call(ctx, object(path), promptInterface+"Prompt", []any{""})
	})
	if err != nil {
		return err
	}
	wait := c.o.DialogTimeout
	if c.o.NoPrompts {
		wait = c.o.Timeout
	}
	limit := time.NewTimer(wait)
	defer limit.Stop()
	for {
		select {
		case s, ok := <-signals:
			switch {
			case !ok:
				return errors.New("the bus went away while a dialog was open")
			case s.Name == "org.freedesktop.DBus.NameOwnerChanged" && len(s.Body) > 0 && s.Body[0] == serviceName:
				return errors.New(serviceName + " stopped while a dialog was open")
			case s.Path == path && s.Name == promptInterface+"Completed":
				if len(s.Body) > 0 && s.Body[0] == true {
					if confirms {
						return c.unconfirmed(", which it did not get")
					}
					return c.lockedBecause(": its dialog was dismissed or could not be shown")
				}
				return nil
			}
		case <-ctx.Done():
			c.dismiss(ctx, path)
			return fmt.Errorf("nobody answered the dialog that %s: %w", what, ctx.Err())
		case <-limit.C:
			c.dismiss(ctx, path)
			return &backend.Error{
				Kind: backend.TimedOut, Need: need,
				Err: fmt.Errorf("nobody answered the dialog that %s within %s", what, wait),
			}
		}
	}
}

// dismiss closes a dialog that nobody waits for.
func (c *Client) dismiss(ctx context.Context, prompt dbus.ObjectPath) {
	_ = bus.Within(context.WithoutCancel(ctx), time.Second, func(ctx context.Context) error {
		return c.bus.Call(ctx, object(prompt), promptInterface+"Dismiss", nil)
	})
}

// explain makes the error that callers see.
func (c *Client) explain(op string, err error) error {
	var locked *lockedError
	if errors.As(err, &locked) {
		if err = c.lockedBecause(""); locked.item {
			err = c.unconfirmed("")
		}
	}
	return bus.Explain(err, Name, op, serviceName)
}

func (c *Client) lockedBecause(reason string) error {
	return &backend.Error{Kind: backend.Locked, Err: errors.New(c.subject() + " is locked" + reason)}
}

func (c *Client) unconfirmed(more string) error {
	return &backend.Error{
		Kind: backend.Locked, Need: backend.NeedConfirmation,
		Err: errors.New(c.subject() + " wants a confirmation" + more),
	}
}

func (c *Client) subject() string {
	name := c.o.Collection
	if name == "" {
		if name = nameOf(c.known()); name == "" {
			return "the default collection"
		}
	}
	return fmt.Sprintf("the collection %q", name)
}
