package cache

import (
	"context"
	"errors"
	"path/filepath"
	"slices"

	"hatstand/cache/backend"
	"hatstand/cache/file"
)

// An entry of the table of backends. A new backend begins here: a package below cache, and an entry in
// backends_GOOS.go.
type entry struct {
	name string
	// probe tells whether the backend is there, asking nobody. It may find what to open of it (a collection), which is
	// recorded with the choice.
	probe func(context.Context, Options) (collection string, err error)
	open  func(context.Context, Options) (*backend.Opened, error)
	// tryToWrite: where somebody may be asked, probing also writes an item, reads it and removes it, since what can
	// only be read is no place for keys. Not for pass, which would make two commits of it in a store under git, nor
	// where it would open a dialog or ask for a passphrase before there is anything to protect.
	tryToWrite bool
	// onlyByName: never chosen unless it is named.
	onlyByName bool
}

func entryOf(name string) entry {
	all := backendTable()
	return all[slices.IndexFunc(all, func(e entry) bool { return e.name == name })]
}

// byThemselves are the backends that may be chosen without being named.
func byThemselves() []string {
	var names []string
	for _, e := range backendTable() {
		if !e.onlyByName {
			names = append(names, e.name)
		}
	}
	return names
}

// fileEntry is the backend that works everywhere.
func fileEntry() entry {
	return entry{
		name: "file",
		probe: func(_ context.Context, o Options) (string, error) {
			if o.DataDir == "" {
				return "", backend.NotThere("file", "no folder was given")
			}
			return "", file.Probe(filepath.Join(o.DataDir, "keyring"), !o.NoPrompts)
		},
		open: func(_ context.Context, o Options) (*backend.Opened, error) {
			if o.DataDir == "" {
				return nil, errors.New("no folder was given for the file keyring")
			}
			dir, err := filepath.Abs(filepath.Join(o.DataDir, "keyring"))
			if err != nil {
				return nil, err
			}
			return file.Open(
				file.Options{
					Folder:     dir,
					Passphrase: o.Passphrase,
					Waiting:    o.Waiting,
					Now:        o.Now,
					Log:        o.Log,
					ReadOnly:   o.readOnly,
				},
			).Opened(), nil
		},
	}
}

var errDenied = errors.New("it has the item but does not give it out")

// whyListedMissing is for keyrings that answer "not found" where they mean "denied": what their list has was there
// to be read.
func whyListedMissing(k backend.Keyring) func(context.Context, string) error {
	return func(ctx context.Context, item string) error {
		names, err := k.Keys(ctx)
		if err != nil {
			return err
		}
		if item != "" && slices.Contains(names, item) {
			return errDenied
		}
		return nil
	}
}
