package cache

import (
	"context"
	"log/slog"
	"time"

	"hatstand/cache/backend"
)

// Options say which keyring to use and how.
type Options struct {
	// Backend names one of Backends(); "" is the recorded choice, else the first that works, probed.
	Backend string
	// BackendFrom says where Backend was set, for messages.
	BackendFrom string
	// DataDir is the parent of the file backend's folder.
	DataDir string
	// StateDir holds the record of the chosen backend.
	StateDir string
	// Collection is the Secret Service collection; "" is the default one.
	Collection string
	// Passphrase answers for the file backend when its key does not wait in the kernel.
	Passphrase func(context.Context, PassphraseRequest) (string, error)
	// Waiting is called when another process (0: not known) has been asking for the passphrase for 5 s; ended is closed
	// when that is over. It may be nil.
	Waiting func(holder int, ended <-chan struct{})
	// Terminal is the path of the terminal that GnuPG may ask on, "" where there is none; it may be nil.
	Terminal func() string
	// NoPrompts: nobody may be asked anything. A keyring that would open a dialog of its own is an error
	// (the Keychain does not let one know), and a backend that is found to work is not recorded.
	NoPrompts bool
	// readOnly: the keyring is a Reader's. Nothing is written and no lock is taken, not even to unlock it.
	readOnly bool
	// probing: the keyring is only looked at. Nothing is made and no lock is taken.
	probing bool
	// Environ is the environment for pass and GnuPG; nil is this process's.
	Environ func() []string
	// Timeout bounds each call to the keyring; 0 is 5 s. A dialog may wait for 3 min.
	Timeout time.Duration
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Log gets decisions, never secrets; nil discards them.
	Log *slog.Logger
}

// A PassphraseRequest is one question for the file backend's passphrase.
type PassphraseRequest = backend.PassphraseRequest

func (o Options) withDefaults() Options {
	if o.Timeout <= 0 {
		o.Timeout = backend.DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}
