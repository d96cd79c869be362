package secretservice

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bus"
)

// Find returns the name of the collection in use; with that name it is found also once another one is the default. If
// there is none, the error is of kind [backend.Absent] and names those that are there.
func (c *Client) Find(ctx context.Context) (name string, err error) {
	err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		path, err := c.find(ctx)
		name = nameOf(path)
		return err
	})
	return name, c.explain("open", err)
}

// Locked tells whether the collection is locked.
func (c *Client) Locked(ctx context.Context) (locked bool, err error) {
	err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		return c.inCollection(ctx, func(collection dbus.ObjectPath) error {
			return c.bus.Property(ctx, object(collection), collectionInterface+"Locked", &locked)
		})
	})
	return locked, c.explain("open", err)
}

// inCollection makes a call to the collection. Its path is looked up only if it is not where it usually is: that
// spares a warm read two calls.
func (c *Client) inCollection(ctx context.Context, call func(dbus.ObjectPath) error) error {
	path := c.known()
	if path == "" {
		path = defaultPath
		if c.o.Collection != "" {
			path = pathOf(c.o.Collection)
		}
	}
	err := call(path)
	if !bus.NoObject(err) {
		return inCollectionAt(path, err)
	}
	if err := c.resolve(ctx); err != nil {
		return err
	}
	found := c.known()
	return inCollectionAt(found, call(found))
}

// known is the collection's path where it was looked up, else "".
func (c *Client) known() dbus.ObjectPath {
	c.collectionLock.Lock()
	defer c.collectionLock.Unlock()
	return c.collection
}

// resolve looks the collection's path up unless that was done.
func (c *Client) resolve(ctx context.Context) error {
	if c.known() != "" {
		return nil
	}
	found, err := c.find(ctx)
	if err != nil {
		return err
	}
	c.collectionLock.Lock()
	defer c.collectionLock.Unlock()
	c.collection = found
	return nil
}

// loginCollection is the one that the desktop unlocks when its user logs in.
const loginCollection = "login"

// find asks the service for the collection.
func (c *Client) find(ctx context.Context) (dbus.ObjectPath, error) {
	if c.o.Collection == "" {
		var path dbus.ObjectPath
		err := c.bus.Call(ctx, service(), serviceInterface+"ReadAlias", []any{"default"}, &path)
		if err != nil {
			return "", err
		}
		if path != noObject {
			return path, nil
		}
	}
	var paths []dbus.ObjectPath
	if err := c.bus.Property(ctx, service(), serviceInterface+"Collections", &paths); err != nil {
		return "", err
	}
	wanted := c.o.Collection
	if wanted == "" {
		wanted = loginCollection
	}
	for _, path := range paths {
		if nameOf(path) == wanted {
			return path, nil
		}
	}
	labels := make([]string, len(paths))
	err := c.bus.Properties(ctx, serviceName, paths, collectionInterface+"Label", func(i int, v dbus.Variant, err error) {
		if err == nil {
			_ = v.Store(&labels[i])
		}
	})
	if err != nil {
		return "", err
	}
	if i := slices.Index(labels, wanted); i >= 0 {
		return paths[i], nil
	}
	return "", c.missing(paths, labels)
}

// missing is the error of a collection that is not there.
func (c *Client) missing(paths []dbus.ObjectPath, labels []string) error {
	var names []string
	for i, path := range paths {
		name := nameOf(path)
		if name == "session" { // what is in it is lost at logout
			continue
		}
		if labels[i] != "" {
			name = labels[i]
		}
		names = append(names, name)
	}
	slices.Sort(names)
	reason := "there is no default collection"
	if c.o.Collection != "" {
		reason = fmt.Sprintf("there is no collection %q", c.o.Collection)
	}
	if len(names) == 0 {
		reason += ", nor any other"
	} else {
		quoted := make([]string, len(names))
		for i, name := range names {
			quoted[i] = strconv.Quote(name)
		}
		reason += "; those that are there: " + strings.Join(quoted, ", ")
	}
	return &backend.Error{
		Kind: backend.Absent, Op: "open", Need: backend.NeedCollection, Subject: strings.Join(names, "\n"), Err: errors.New(reason),
	}
}

const hexDigits = "0123456789abcdef"

// pathOf is the path that services give a collection of that name: _xx for each byte that is no letter or digit.
func pathOf(name string) dbus.ObjectPath {
	var b strings.Builder
	b.WriteString(collectionRoot)
	for i := range len(name) {
		c := name[i]
		if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
			b.WriteByte(c)
			continue
		}
		b.WriteByte('_')
		b.WriteByte(hexDigits[c>>4])
		b.WriteByte(hexDigits[c&15])
	}
	return dbus.ObjectPath(b.String())
}

// nameOf is the name of the collection at a path.
func nameOf(path dbus.ObjectPath) string {
	s := string(path)[strings.LastIndexByte(string(path), '/')+1:]
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '_' && i+2 < len(s) {
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi >= 0 && lo >= 0 {
				b.WriteByte(byte(hi<<4 | lo))
				i += 2
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
