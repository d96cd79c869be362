// Package kwallet keeps items in KDE's wallet: a client of org.kde.kwalletd6 (Plasma 6) and org.kde.kwalletd5, whose
// methods are the same.
//
// A read takes four calls at most: is the wallet open (for both services where only the older one runs), open it for
// this program, read the entry. Items have the form, folder and names that github.com/99designs/keyring gives them, and
// either reads and replaces what the other wrote.
//
// A closed wallet shows its own dialog when it is opened, so it is not opened unless somebody may be asked, and its
// dialog has a time limit. Nothing else waits longer than its time limit.
package kwallet

import (
	"context"
	"fmt"
	"slices"
	"time"

	"hatstand/cache/backend"
	"hatstand/cache/internal/bus"
	"hatstand/cache/internal/libitem"
)

// Options say which entries are meant and how long to wait.
type Options struct {
	// Wallet is the wallet's name: "kdewallet" is the one that the desktop opens at login.
	Wallet string
	// App is the name that the wallet's dialog shows, and Folder the folder of the wallet that has the entries.
	App, Folder string
	// NoPrompts: nobody may be asked. A closed wallet is then an error of kind [backend.Locked]; else it shows its
	// dialog.
	NoPrompts bool
	// Timeout bounds a call that waits for nobody; 0 is [backend.DefaultTimeout].
	Timeout time.Duration
	// DialogTimeout is how long a dialog may wait for a person; 0 is [backend.DialogTimeout].
	DialogTimeout time.Duration
}

// A Client is a [backend.Keyring]. Its errors are [backend.ErrNotFound], the context's if it was cancelled, and
// *[backend.Error] (around one of encoding/json for an entry that hatstand did not write).
type Client struct {
	o   Options
	bus *bus.Conn
	// opening guards what follows; a channel, since whoever waits for another's dialog has a context.
	opening chan struct{}
	wallet  *wallet
}

// A wallet is one that this program has opened.
type wallet struct {
	service bus.Object
	handle  int32
}

// Name is the backend's.
const Name = "kwallet"

// New prepares a client on the session bus at an address, as [bus.Address] gives it. Nothing is dialled before the
// first call.
func New(address string, o Options) *Client {
	o.Timeout, o.DialogTimeout = backend.Timeouts(o.Timeout, o.DialogTimeout)
	return &Client{o: o, bus: bus.New(address), opening: make(chan struct{}, 1)}
}

// Open connects to the session bus. The wallet is opened when it is used.
func Open(ctx context.Context, address string, o Options) (*backend.Opened, error) {
	c := New(address, o)
	if _, err := c.bus.Connect(ctx); err != nil {
		return nil, c.explain("open", err)
	}
	return &backend.Opened{Name: Name, Keyring: c, EndsItself: true}, nil
}

const walletInterface = "org.kde.KWallet."

// services are the newer one and the older.
func services() []bus.Object {
	return []bus.Object{
		{Service: "org.kde.kwalletd6", Path: "/modules/kwalletd6"},
		{Service: "org.kde.kwalletd5", Path: "/modules/kwalletd5"},
	}
}

// Get returns an entry's data.
func (c *Client) Get(ctx context.Context, name string) (data []byte, err error) {
	err = c.use(ctx, "read", func(ctx context.Context, w *wallet) (bool, error) {
		var stored []byte
		if err := c.call(ctx, w, "readEntry", []any{w.handle, c.o.Folder, name, c.o.App}, &stored); err != nil {
			return false, err
		}
		if len(stored) == 0 { // no such entry, or the wallet was closed
			return true, backend.ErrNotFound
		}
		data, err = libitem.Decode(stored)
		return false, err
	})
	return data, err
}

// Set stores an entry, in place of the one of that name if there is one.
func (c *Client) Set(ctx context.Context, it backend.Item) error {
	stored, err := libitem.Encode(it.Name, it.Label, it.Data)
	if err != nil {
		return err
	}
	return c.use(ctx, "write", func(ctx context.Context, w *wallet) (bool, error) {
		return c.change(ctx, w, "writeEntry", w.handle, c.o.Folder, it.Name, stored, c.o.App)
	})
}

// Remove removes an entry.
func (c *Client) Remove(ctx context.Context, name string) error {
	return c.use(ctx, "remove", func(ctx context.Context, w *wallet) (bool, error) {
		var there bool
		if err := c.call(ctx, w, "hasEntry", []any{w.handle, c.o.Folder, name, c.o.App}, &there); err != nil {
			return false, err
		}
		if !there {
			return true, backend.ErrNotFound
		}
		return c.change(ctx, w, "removeEntry", w.handle, c.o.Folder, name, c.o.App)
	})
}

// Keys returns the names of all entries.
func (c *Client) Keys(ctx context.Context) (names []string, err error) {
	err = c.use(ctx, "list", func(ctx context.Context, w *wallet) (bool, error) {
		err := c.call(ctx, w, "entryList", []any{w.handle, c.o.Folder, c.o.App}, &names)
		return len(names) == 0, err
	})
	return names, err
}

func (c *Client) call(ctx context.Context, w *wallet, method string, args []any, result any) error {
	return c.bus.Call(ctx, w.service, walletInterface+method, args, result)
}

// change makes a call that answers with a number, which is negative if nothing was changed.
func (c *Client) change(ctx context.Context, w *wallet, method string, args ...any) (suspect bool, err error) {
	var code int32
	if err := c.call(ctx, w, method, args, &code); err != nil {
		return false, err
	}
	if code < 0 {
		return true, fmt.Errorf("%s answered %d to %s", w.service.Service, code, method)
	}
	return false, nil
}

// use opens the wallet and makes a call. One that is suspect may have met a wallet that was closed since, which
// answers as an empty one does: then it is opened and the call is made again.
func (c *Client) use(
	ctx context.Context,
	op string,
	call func(context.Context, *wallet) (suspect bool, err error),
) error {
	for again := false; ; again = true {
		w, err := c.open(ctx)
		if err != nil {
			return c.explain(op, err)
		}
		var closed bool
		err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
			suspect, err := call(ctx, w)
			if !suspect {
				return err
			}
			var open bool
			if asked := c.call(ctx, w, "isOpen", []any{w.handle}, &open); asked != nil {
				return asked
			}
			closed = !open
			return err
		})
		switch {
		case closed && again:
			return c.explain(op, c.closed(""))
		case !closed && !bus.NoProgram(err):
			return c.explain(op, err)
		}
		c.forget(w)
		if again {
			return c.explain(op, err)
		}
	}
}

// open opens the wallet unless this client has done so.
func (c *Client) open(ctx context.Context) (*wallet, error) {
	select {
	case c.opening <- struct{}{}:
		defer func() { <-c.opening }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if c.wallet != nil {
		return c.wallet, nil
	}
	var service bus.Object
	err := bus.Within(ctx, c.o.Timeout, func(ctx context.Context) (err error) {
		var isOpen bool
		service, isOpen, err = c.find(ctx)
		if err == nil && !isOpen && c.o.NoPrompts {
			err = c.closed("")
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	limit := c.o.Timeout
	if !c.o.NoPrompts { // a wallet that is open may ask whether this program may read it
		limit = max(limit, c.o.DialogTimeout)
	}
	w := &wallet{service: service}
	err = bus.Within(ctx, limit, func(ctx context.Context) error {
		return c.call(ctx, w, "open", []any{c.o.Wallet, int64(0), c.o.App}, &w.handle)
	})
	if err != nil {
		return nil, err
	}
	if w.handle < 0 {
		return nil, c.closed(": its dialog was dismissed or could not be shown")
	}
	c.wallet = w
	return w, nil
}

func (c *Client) forget(w *wallet) {
	c.opening <- struct{}{}
	if c.wallet == w {
		c.wallet = nil
	}
	<-c.opening
}

// find returns the service that runs, else one that the bus can start; the newer one before the older.
func (c *Client) find(ctx context.Context) (service bus.Object, isOpen bool, err error) {
	for _, service := range services() {
		err = c.bus.CallRunning(ctx, service, walletInterface+"isOpen", []any{c.o.Wallet}, &isOpen)
		if !bus.NoProgram(err) {
			return service, isOpen, err
		}
	}
	names, listErr := c.bus.Activatable(ctx)
	if listErr != nil {
		return bus.Object{}, false, listErr
	}
	for _, service := range services() {
		if slices.Contains(names, service.Service) {
			err := c.bus.Call(ctx, service, walletInterface+"isOpen", []any{c.o.Wallet}, &isOpen)
			return service, isOpen, err
		}
	}
	return bus.Object{}, false, err
}

// Probe tells whether a wallet service runs and is switched on. It starts none, since one comes installed with
// programs on desktops that do not use it, and opens no wallet, since that shows a dialog.
func (c *Client) Probe(ctx context.Context) error {
	return c.explain("open", bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		_, err := c.running(ctx)
		return err
	}))
}

func (c *Client) running(ctx context.Context) (bus.Object, error) {
	var err error
	for _, service := range services() {
		var enabled bool
		err = c.bus.CallRunning(ctx, service, walletInterface+"isEnabled", nil, &enabled)
		if bus.NoProgram(err) {
			continue
		}
		if err == nil && !enabled {
			off := backend.NotThere(Name, "KWallet is switched off")
			off.Need = backend.NeedSwitchOn
			err = off
		}
		return service, err
	}
	return bus.Object{}, backend.NotThere(Name, "neither org.kde.kwalletd6 nor org.kde.kwalletd5 runs")
}

// Wallets are the names of the wallets that there are. It starts no service.
func (c *Client) Wallets(ctx context.Context) (names []string, err error) {
	err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) error {
		service, err := c.running(ctx)
		if err != nil {
			return err
		}
		return c.bus.Call(ctx, service, walletInterface+"wallets", nil, &names)
	})
	return names, c.explain("open", err)
}

// IsOpen tells whether the wallet is open, to any program.
func (c *Client) IsOpen(ctx context.Context) (isOpen bool, err error) {
	err = bus.Within(ctx, c.o.Timeout, func(ctx context.Context) (err error) {
		_, isOpen, err = c.find(ctx)
		return err
	})
	return isOpen, c.explain("open", err)
}

// explain makes the error that callers see.
func (c *Client) explain(op string, err error) error {
	return bus.Explain(err, Name, op, "org.kde.kwalletd6, nor for org.kde.kwalletd5")
}

func (c *Client) closed(reason string) error {
	return &backend.Error{Kind: backend.Locked, Err: fmt.Errorf("the wallet %q is closed%s", c.o.Wallet, reason)}
}
