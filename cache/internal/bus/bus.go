// Package bus is a connection to the user's D-Bus session bus, for the keyrings behind it.
//
// It dials when the first call is made, nothing but a Unix socket, and never starts a bus (the usual library runs
// dbus-launch where it finds none, which then stays behind). Every call ends with its context.
package bus

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/godbus/dbus/v5"

	"hatstand/cache/backend"
)

// dialTimeout is how long the bus may take to let a client in: it answers within a millisecond, or not at all.
const dialTimeout = 2 * time.Second

// Address is where the session bus of an environment (nil: this process's) listens: what DBUS_SESSION_BUS_ADDRESS
// says, else the socket that a login session has. It is "" if there is none.
func Address(environ func() []string) string {
	if environ == nil {
		environ = os.Environ
	}
	all := environ()
	get := func(name string) string {
		for _, v := range slices.Backward(all) {
			if value, ok := strings.CutPrefix(v, name+"="); ok {
				return value
			}
		}
		return ""
	}
	if a := get("DBUS_SESSION_BUS_ADDRESS"); a != "" && a != "autolaunch:" {
		return a
	}
	folder := get("XDG_RUNTIME_DIR")
	if folder == "" {
		folder = "/run/user/" + strconv.Itoa(os.Getuid())
	}
	socket := filepath.Join(folder, "bus")
	if _, err := os.Stat(socket); err != nil {
		return ""
	}
	return "unix:path=" + dbus.EscapeBusAddressValue(socket)
}

// A Conn is a connection that is made when it is first used, and made again when it was lost. Its methods may be
// called at the same time.
type Conn struct {
	address string
	mu      sync.Mutex
	conn    *dbus.Conn
}

// New prepares a connection to the bus at an address, as [Address] gives it. It dials nothing.
func New(address string) *Conn { return &Conn{address: address} }

// Connect dials the bus unless that was done.
func (c *Conn) Connect(ctx context.Context) (*dbus.Conn, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil && c.conn.Connected() {
		return c.conn, nil
	}
	conn, err := dial(ctx, c.address)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, &backend.Error{
			Kind: backend.Absent,
			Op:   "open",
			Err:  errors.New("there is no D-Bus session bus, or it does not answer"),
		}
	}
	c.conn = conn
	return conn, nil
}

func dial(ctx context.Context, address string) (*dbus.Conn, error) {
	// A secret must not leave the machine because a variable names a bus elsewhere.
	all := slices.DeleteFunc(strings.Split(address, ";"), func(a string) bool { return !strings.HasPrefix(a, "unix:") })
	if len(all) == 0 {
		return nil, errors.New("no address of a Unix socket is known")
	}
	conn, err := dbus.Dial(strings.Join(all, ";"))
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, dialTimeout)
	defer cancel()
	stop := context.AfterFunc(ctx, func() { conn.Close() }) // which ends a read that waits
	err = conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))})
	if err == nil {
		err = conn.Hello()
	}
	if !stop() && err == nil {
		err = ctx.Err()
	}
	if err != nil {
		conn.Close()
		return nil, err
	}
	return conn, nil
}

// Close ends the connection; the next call makes another one.
func (c *Conn) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.conn != nil {
		c.conn.Close()
		c.conn = nil
	}
}

// An Object is something that a program on the bus offers.
type Object struct {
	Service string
	Path    dbus.ObjectPath
}

// Call calls a method, whose name has its interface in front, and stores the answer's values.
func (c *Conn) Call(ctx context.Context, o Object, method string, args []any, results ...any) error {
	return c.call(ctx, o, method, 0, args, results...)
}

// CallRunning is Call that does not have the bus start a program which does not run.
func (c *Conn) CallRunning(ctx context.Context, o Object, method string, args []any, results ...any) error {
	return c.call(ctx, o, method, dbus.FlagNoAutoStart, args, results...)
}

func (c *Conn) call(ctx context.Context, o Object, method string, f dbus.Flags, args []any, results ...any) error {
	conn, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	return conn.Object(o.Service, o.Path).CallWithContext(ctx, method, f, args...).Store(results...)
}

// Property reads a property, whose name has its interface in front.
func (c *Conn) Property(ctx context.Context, o Object, name string, result any) error {
	return c.call(ctx, o, "org.freedesktop.DBus.Properties.Get", 0, propertyArgs(name), result)
}

// inFlight is how many questions wait for an answer at once. A bus limits what one client may have open.
const inFlight = 64

// Properties reads one property of many objects and hands over each value, in the objects' order. err is about that
// object only.
func (c *Conn) Properties(
	ctx context.Context,
	service string,
	paths []dbus.ObjectPath,
	name string,
	each func(i int, v dbus.Variant, err error),
) error {
	conn, err := c.Connect(ctx)
	if err != nil {
		return err
	}
	for start := 0; start < len(paths); start += inFlight {
		some := paths[start:min(start+inFlight, len(paths))]
		calls := make([]*dbus.Call, len(some))
		for i, path := range some {
			calls[i] = conn.Object(service, path).GoWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
				make(chan *dbus.Call, 1), propertyArgs(name)...)
		}
		for i, call := range calls {
			var v dbus.Variant
			err := (<-call.Done).Store(&v)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			each(start+i, v, err)
		}
	}
	return nil
}

func propertyArgs(name string) []any {
	dot := strings.LastIndexByte(name, '.')
	return []any{name[:dot], name[dot+1:]}
}

// Has tells whether a program runs that has the name given.
func (c *Conn) Has(ctx context.Context, service string) (runs bool, err error) {
	err = c.Call(ctx, daemon(), "org.freedesktop.DBus.NameHasOwner", []any{service}, &runs)
	return runs, err
}

// Activatable are the names whose programs the bus can start.
func (c *Conn) Activatable(ctx context.Context) (names []string, err error) {
	err = c.Call(ctx, daemon(), "org.freedesktop.DBus.ListActivatableNames", nil, &names)
	return names, err
}

func daemon() Object { return Object{"org.freedesktop.DBus", "/org/freedesktop/DBus"} }
