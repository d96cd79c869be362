// Package secretservice keeps items in the desktop's keyring: a client of the Secret Service
// (https://specifications.freedesktop.org/secret-service/latest/), which gnome-keyring, KeePassXC and KWallet 6 offer.
//
// A read takes three calls: OpenSession (once a process), SearchItems, GetSecret. Items are found by name and listed
// by their attributes; no secret is read but the one asked for. Secrets cross the bus encrypted where the service can
// (Diffie-Hellman, then AES-128), and as they are where it cannot. Items have the form that
// github.com/99designs/keyring gives them, and either reads and replaces what the other wrote.
//
// It never makes a collection, never shows a dialog unless it may ask, and never waits longer than its time limit.
package secretservice

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bus"
	"hatstand/cache/internal/libitem"
)

// Options say which items are meant and how long to wait.
type Options struct {
	// Collection names the collection, by its label or by the last part of its D-Bus path; "" is the default one.
	Collection string
	// Prefix is in front of the names of all items, and sets them apart from other programs'.
	Prefix string
	// NoPrompts: nobody may be asked. A locked collection is then an error of kind [backend.Locked]; else the desktop's
	// dialog is shown.
	NoPrompts bool
	// Timeout bounds an operation without its dialog; 0 is [backend.DefaultTimeout].
	Timeout time.Duration
	// DialogTimeout is how long a dialog may wait for a person; 0 is [backend.DialogTimeout].
	DialogTimeout time.Duration
}

// A Client is a [backend.Keyring]. Its errors are [backend.ErrNotFound], the context's if it was cancelled, and
// *[backend.Error] (around one of encoding/json for an item that hatstand did not write).
type Client struct {
	o      Options
	bus    *bus.Conn
	dialog chan struct{} // holds the right to show a dialog

	sessionLock sync.Mutex
	session     *session

	collectionLock sync.Mutex
	collection     dbus.ObjectPath
}

// New prepares a client on the session bus at an address, as [bus.Address] gives it. Nothing is dialled before the
// first call.
func New(address string, o Options) *Client {
	o.Timeout, o.DialogTimeout = backend.Timeouts(o.Timeout, o.DialogTimeout)
	return &Client{o: o, bus: bus.New(address), dialog: make(chan struct{}, 1)}
}

// Open connects to the session bus. Whether the service and the collection are there is seen when they are used.
func Open(ctx context.Context, address string, o Options) (*backend.Opened, error) {
	c := New(address, o)
	if _, err := c.bus.Connect(ctx); err != nil {
		return nil, c.explain("open", err)
	}
	return &backend.Opened{Name: Name, Keyring: c, EndsItself: true}, nil
}

// Name is the backend's.
const Name = "secret-service"

const (
	serviceName = "org.freedesktop.secrets"

	servicePath    = dbus.ObjectPath("/org/freedesktop/secrets")
	collectionRoot = "/org/freedesktop/secrets/collection/"
	// defaultPath is the alias under which a service offers its default collection.
	defaultPath = dbus.ObjectPath("/org/freedesktop/secrets/aliases/default")
	// noObject is the path that stands for none.
	noObject = dbus.ObjectPath("/")

	serviceInterface    = "org.freedesktop.Secret.Service."
	collectionInterface = "org.freedesktop.Secret.Collection."
	itemInterface       = "org.freedesktop.Secret.Item."
	promptInterface     = "org.freedesktop.Secret.Prompt."

	// nameAttribute is the attribute that the library has an item's name in.
	nameAttribute = "profile"
)

func service() bus.Object                    { return object(servicePath) }
func object(path dbus.ObjectPath) bus.Object { return bus.Object{Service: serviceName, Path: path} }
func (c *Client) attributes(name string) []any {
	return []any{map[string]string{nameAttribute: c.o.Prefix + name}}
}

// Get returns an item's data.
func (c *Client) Get(ctx context.Context, name string) (data []byte, err error) {
	err = c.do(ctx, "read", func(ctx context.Context) error {
		// To agree on a key takes longer than the search: both start at once.
		opened := make(chan error, 1)
		var s *session
		go func() {
			var err error
			s, err = c.openSession(context.WithoutCancel(ctx)) // a write that follows a miss will need it
			opened <- err
		}()
		found, err := c.search(ctx, name)
		if err != nil {
			return err
		}
		select {
		case err = <-opened:
		case <-ctx.Done():
			err = ctx.Err()
		}
		if err != nil {
			return err
		}
		var secret secret
		err = c.bus.Call(ctx, object(found[0]), itemInterface+"GetSecret", []any{s.path}, &secret)
		if bus.NoObject(err) { // another process removed it just now
			return backend.ErrNotFound
		}
		if err != nil {
			return inItemAt(found[0], err)
		}
		stored, err := s.open(secret)
		if err != nil {
			return fmt.Errorf("the secret that came over the bus cannot be decrypted: %w", err)
		}
		data, err = libitem.Decode(stored)
		return err
	})
	return data, err
}

// Set stores an item, in place of the one of that name if there is one.
func (c *Client) Set(ctx context.Context, it backend.Item) error {
	name := c.o.Prefix + it.Name
	stored, err := libitem.Encode(name, it.Label, it.Data)
	if err != nil {
		return err
	}
	return c.do(ctx, "write", func(ctx context.Context) error {
		s, err := c.openSession(ctx)
		if err != nil {
			return err
		}
		secret, err := s.seal(stored)
		if err != nil {
			return err
		}
		properties := map[string]dbus.Variant{
			itemInterface + "Label":      dbus.MakeVariant(name), // by which the library lists
			itemInterface + "Attributes": dbus.MakeVariant(map[string]string{nameAttribute: name}),
		}
		return c.inCollection(ctx, func(collection dbus.ObjectPath) error {
			var item, prompt dbus.ObjectPath
			const replace = true
			err := c.bus.Call(ctx, object(collection), collectionInterface+"CreateItem", []any{properties, secret, replace}, &item, &prompt)
			if err != nil || prompt == noObject {
				return err
			}
			if c.o.NoPrompts {
				if err := c.checkSilent(ctx, collection, it.Name); err != nil {
					c.dismiss(ctx, prompt)
					return err
				}
			}
			return &promptError{prompt, true}
		})
	})
}

// Remove removes an item.
func (c *Client) Remove(ctx context.Context, name string) error {
	return c.do(ctx, "remove", func(ctx context.Context) error {
		found, err := c.search(ctx, name)
		if err != nil {
			return err
		}
		for _, item := range found { // another program may have stored it twice
			var prompt dbus.ObjectPath
			err := c.bus.Call(ctx, object(item), itemInterface+"Delete", nil, &prompt)
			if bus.NoObject(err) {
				continue
			}
			if err != nil {
				return inItemAt(item, err)
			}
			if prompt != noObject {
				return &promptError{prompt, false}
			}
		}
		return nil
	})
}

// Keys returns the names of all items that have the prefix.
func (c *Client) Keys(ctx context.Context) (names []string, err error) {
	err = c.do(ctx, "list", func(ctx context.Context) error {
		names = nil
		return c.inCollection(ctx, func(collection dbus.ObjectPath) error {
			if err := c.checkUnlocked(ctx, collection); err != nil { // a locked one looks empty
				return err
			}
			var items []dbus.ObjectPath
			if err := c.bus.Property(ctx, object(collection), collectionInterface+"Items", &items); err != nil {
				return err
			}
			var failed error
			err := c.bus.Properties(ctx, serviceName, items, itemInterface+"Attributes", func(_ int, v dbus.Variant, err error) {
				var attributes map[string]string
				if err == nil {
					err = v.Store(&attributes)
				}
				if err != nil && !bus.NoObject(err) { // removed meanwhile
					failed = err
				}
				if name, ours := strings.CutPrefix(attributes[nameAttribute], c.o.Prefix); ours && attributes[nameAttribute] != "" {
					names = append(names, name)
				}
			})
			return errors.Join(err, failed)
		})
	})
	return names, err
}

// search returns the items of a name in the collection, at least one.
func (c *Client) search(ctx context.Context, name string) (found []dbus.ObjectPath, err error) {
	err = c.inCollection(ctx, func(collection dbus.ObjectPath) error {
		if err := c.bus.Call(ctx, object(collection), collectionInterface+"SearchItems", c.attributes(name), &found); err != nil {
			return err
		}
		if len(found) > 0 {
			return nil
		}
		if err := c.checkUnlocked(ctx, collection); err != nil {
			return err
		}
		return backend.ErrNotFound
	})
	return found, err
}

func (c *Client) checkUnlocked(ctx context.Context, collection dbus.ObjectPath) error {
	var locked bool
	if err := c.bus.Property(ctx, object(collection), collectionInterface+"Locked", &locked); err != nil {
		return err
	}
	if locked {
		return &lockedError{collection, false}
	}
	return nil
}

// do makes an operation within the time limit, and again after what blocked it was opened: a lock, a
// confirmation, or a session that the service has lost, because it was started again.
func (c *Client) do(ctx context.Context, op string, operation func(context.Context) error) error {
	err := bus.Within(ctx, c.o.Timeout, operation)
	if bus.Is(err, "org.freedesktop.Secret.Error.NoSession") {
		c.dropSession()
		err = bus.Within(ctx, c.o.Timeout, operation)
	}
	for range 2 { // an item may have a lock of its own, within a collection that had one
		var locked *lockedError
		var prompt *promptError
		switch {
		case errors.As(err, &prompt):
			// The service makes the change itself once the dialog is answered.
			return c.explain(op, c.answer(ctx, prompt))
		case !errors.As(err, &locked):
			return c.explain(op, err)
		}
		if err := c.unlock(ctx, locked); err != nil {
			return c.explain(op, err)
		}
		err = bus.Within(ctx, c.o.Timeout, operation)
	}
	return c.explain(op, err)
}
