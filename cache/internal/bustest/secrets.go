package bustest

import (
	"fmt"
	"maps"
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
)

// Secrets is a stand-in for a Secret Service that knows no encryption and has no default collection unless Default is
// set, as KeePassXC may have it.
type Secrets struct {
	conn *dbus.Conn

	mu sync.Mutex
	// Default is the path that the alias "default" stands for; "/": none.
	Default dbus.ObjectPath
	// Locked: every collection is locked.
	Locked bool
	// Answer is what happens to a prompt: "unlock", "dismiss", or "" for nobody answers.
	Answer string
	// ConfirmRemoval: a removal wants to be confirmed by a prompt.
	ConfirmRemoval bool
	// PromptToStore: each item is stored after a prompt, which shows nothing, as KeePassXC has it.
	PromptToStore bool
	// ConfirmUse: each use of an existing item is confirmed in a window, as in KeePassXC by default. Where
	// PromptToStore is set the prompt of a replacement is that window.
	ConfirmUse bool

	dismissed   int
	windows     int // that ConfirmUse has shown
	open        dbus.ObjectPath
	usable      map[dbus.ObjectPath]bool
	collections []dbus.ObjectPath
	items       map[dbus.ObjectPath]*item
	made        int
	prompts     map[dbus.ObjectPath]func()
	asks        map[dbus.ObjectPath]bool // the prompts that show a window
}

type item struct {
	collection dbus.ObjectPath
	label      string
	attributes map[string]string
	value      []byte
}

type secret struct {
	Session     dbus.ObjectPath
	Parameters  []byte
	Value       []byte
	ContentType string
}

const secretsRoot = "/org/freedesktop/secrets"

// Secrets puts the stand-in on the bus, with collections of these names (in a path: letters and digits).
func (b *Bus) Secrets(t testing.TB, collections ...string) *Secrets {
	t.Helper()
	s := &Secrets{
		conn:    b.Connect(t),
		Default: "/",
		items:   map[dbus.ObjectPath]*item{},
		prompts: map[dbus.ObjectPath]func(){},
		usable:  map[dbus.ObjectPath]bool{},
		asks:    map[dbus.ObjectPath]bool{},
	}
	s.export(
		t,
		secretsService{s},
		secretsRoot,
		"Service",
		func(name string) (any, bool) { return s.collections, name == "Collections" },
	)
	for _, name := range collections {
		path := dbus.ObjectPath(secretsRoot + "/collection/" + name)
		s.collections = append(s.collections, path)
		s.export(t, secretsCollection{s, path}, path, "Collection", func(property string) (any, bool) {
			switch property {
			case "Locked":
				return s.Locked, true
			case "Label":
				return "The " + name, true
			case "Items":
				return s.find(path, nil), true
			}
			return nil, false
		})
	}
	if reply, err := s.conn.RequestName("org.freedesktop.secrets", dbus.NameFlagDoNotQueue); err != nil ||
		reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatalf("the name is taken: %v %v", reply, err)
	}
	return s
}

// Set changes the stand-in.
func (s *Secrets) Set(change func(*Secrets)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(s)
}

// properties answers for one interface of an object. The value is made under the stand-in's lock.
type properties struct {
	s     *Secrets
	value func(name string) (any, bool)
}

func (p properties) Get(_, name string) (dbus.Variant, *dbus.Error) {
	p.s.mu.Lock()
	defer p.s.mu.Unlock()
	v, ok := p.value(name)
	if !ok {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.UnknownProperty", []any{name})
	}
	return dbus.MakeVariant(v), nil
}

func (s *Secrets) export(t testing.TB, methods any, path dbus.ObjectPath, kind string, value func(string) (any, bool)) {
	err := s.conn.Export(methods, path, "org.freedesktop.Secret."+kind)
	if err == nil && value != nil {
		err = s.conn.Export(properties{s, value}, path, "org.freedesktop.DBus.Properties")
	}
	if err != nil {
		if t != nil {
			t.Fatal(err)
		}
		panic(err)
	}
}

func (s *Secrets) find(collection dbus.ObjectPath, attributes map[string]string) []dbus.ObjectPath {
	found := []dbus.ObjectPath{}
	for path, it := range s.items {
		matches := it.collection == collection
		for k, v := range attributes {
			matches = matches && it.attributes[k] == v
		}
		if matches {
			found = append(found, path)
		}
	}
	return found
}

func isLocked() *dbus.Error {
	return dbus.NewError("org.freedesktop.Secret.Error.IsLocked", []any{"locked"})
}

type secretsService struct{ s *Secrets }

func (o secretsService) OpenSession(algorithm string, _ dbus.Variant) (dbus.Variant, dbus.ObjectPath, *dbus.Error) {
	if algorithm != "plain" {
		return dbus.Variant{}, "", dbus.NewError("org.freedesktop.DBus.Error.NotSupported", []any{algorithm})
	}
	return dbus.MakeVariant(""), secretsRoot + "/session/1", nil
}

func (o secretsService) ReadAlias(string) (dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	return o.s.Default, nil
}

func (o secretsService) Unlock(objects []dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if !o.s.Locked {
		for _, path := range objects {
			if o.s.items[path] != nil && o.s.ConfirmUse && !o.s.usable[path] {
				return nil, o.s.window(func() { o.s.usable[path] = true }), nil
			}
		}
		return objects, "/", nil
	}
	return nil, o.s.prompt(func() { o.s.Locked = false }), nil
}

type secretsCollection struct {
	s    *Secrets
	path dbus.ObjectPath
}

func (o secretsCollection) SearchItems(attributes map[string]string) ([]dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if o.s.Locked {
		return nil, isLocked()
	}
	return o.s.find(o.path, attributes), nil
}

func (o secretsCollection) CreateItem(
	p map[string]dbus.Variant,
	v secret,
	replace bool,
) (dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if o.s.Locked {
		return "", "", isLocked()
	}
	attributes, _ := p["org.freedesktop.Secret.Item.Attributes"].Value().(map[string]string)
	label, _ := p["org.freedesktop.Secret.Item.Label"].Value().(string)
	if replace {
		for _, path := range o.s.find(o.path, attributes) {
			if it := o.s.items[path]; maps.Equal(it.attributes, attributes) {
				change := func() { it.value, it.label = v.Value, label }
				switch {
				case o.s.PromptToStore && o.s.ConfirmUse && !o.s.usable[path]:
					return "/", o.s.window(change), nil
				case o.s.PromptToStore:
					return "/", o.s.prompt(change), nil
				}
				change()
				return path, "/", nil
			}
		}
	}
	if o.s.PromptToStore {
		return "/", o.s.prompt(func() { o.store(attributes, label, v.Value) }), nil
	}
	return o.store(attributes, label, v.Value), "/", nil
}

func (o secretsCollection) store(attributes map[string]string, label string, value []byte) dbus.ObjectPath {
	o.s.made++
	path := dbus.ObjectPath(fmt.Sprintf("%s/%d", o.path, o.s.made))
	o.s.items[path] = &item{collection: o.path, label: label, attributes: attributes, value: value}
	o.s.export(nil, secretsItem{o.s, path}, path, "Item", func(name string) (any, bool) {
		it := o.s.items[path]
		if it == nil {
			return nil, false
		}
		if name == "Locked" {
			return o.s.Locked || o.s.ConfirmUse && !o.s.usable[path], true
		}
		return it.attributes, name == "Attributes"
	})
	return path
}

type secretsItem struct {
	s    *Secrets
	path dbus.ObjectPath
}

func (o secretsItem) GetSecret(session dbus.ObjectPath) (secret, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	if !strings.HasPrefix(string(session), secretsRoot+"/session/") {
		return secret{}, dbus.NewError("org.freedesktop.Secret.Error.NoSession", nil)
	}
	it := o.s.items[o.path]
	if it == nil {
		return secret{}, dbus.NewError("org.freedesktop.Secret.Error.NoSuchObject", nil)
	}
	if o.s.ConfirmUse && !o.s.usable[o.path] {
		return secret{}, isLocked()
	}
	delete(o.s.usable, o.path)
	return secret{session, []byte{}, it.value, "application/json"}, nil
}

func (o secretsItem) Delete() (dbus.ObjectPath, *dbus.Error) {
	o.s.mu.Lock()
	defer o.s.mu.Unlock()
	remove := func() { delete(o.s.items, o.path) }
	if o.s.ConfirmRemoval {
		return o.s.prompt(remove), nil
	}
	remove()
	return "/", nil
}
