package main

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/ui"
)

// parts are what the verbs of this package share, until each verb's own package takes what it uses. Each part is
// opened when a verb first needs it.
type parts struct {
	app.World
	settings *app.Settings
	logs     *app.Log
	clients  *app.HTTPClients
	locks    *app.LockFolder
	guard    app.Guard
	targets  app.Targets

	kept   *cache.Store
	opened cache.Options // how kept was
	ring   *ring

	namedHosts sync.Map // texts of nameHost
	retries    sync.Map // texts of sayRetrying

	// saidNo: a person cancelled a prompt of this process.
	saidNo atomic.Bool

	// unasked: nothing may be asked of the user, not even the keyring's passphrase.
	unasked bool
}

func newParts(w app.World) *parts {
	s := app.NewSettings(w)
	return &parts{
		World: w, settings: s, logs: app.NewLog(w), clients: app.NewHTTPClients(w), locks: app.NewLockFolder(w, s),
		guard: app.Guard{Getenv: w.Getenv, Environ: w.Environ}, targets: app.Targets{Settings: s, UI: w.Streams()},
	}
}

// ui is the world's streams.
func (a *parts) ui() ui.Streams { return a.Streams() }

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

// files edits the files that profiles stand in.
func (a *parts) files() awsfile.Editor {
	return awsfile.Editor{World: a.World, Settings: a.settings, Locks: a.locks}
}

func (a *parts) close() { a.logs.Close() }

// store opens the keyring.
func (a *parts) store(ctx context.Context) (*cache.Store, error) {
	if a.kept != nil {
		return a.kept, nil
	}
	o, err := a.keyring()
	if err != nil {
		return nil, err
	}
	a.opened = o
	a.kept, err = cache.Open(ctx, o)
	return a.kept, err
}

// settle opens the keyring again if keys migrate has put another one in its place since it was opened.
func (a *parts) settle(ctx context.Context) error {
	if a.kept == nil {
		return nil
	}
	o, err := a.keyring()
	if err != nil {
		return err
	}
	now, err := a.kept.Settled(ctx, o)
	if err != nil {
		return err
	}
	a.kept = now
	return nil
}

// keyring says which keyring is wanted, and how.
func (a *parts) keyring() (cache.Options, error) {
	var none cache.Options
	if a.settings.Environment().StateDir() == "" || a.settings.Environment().DataDir() == "" {
		return none, &ui.UsageError{Reason: "no home: HOME is not set to an absolute path", Next: "set HOME"}
	}
	log, err := a.logs.Open()
	if err != nil {
		return none, err
	}
	backend, from, err := a.settings.Get("backend")
	if err != nil {
		return none, err
	}
	collection, _, err := a.settings.Get("secret_service_collection")
	if err != nil {
		return none, err
	}
	return cache.Options{
		Backend: backend, BackendFrom: from, Collection: collection,
		DataDir: a.settings.Environment().DataDir(), StateDir: a.settings.Environment().StateDir(),
		Passphrase: a.passphrase, Waiting: a.waitsToUnlock, Unasked: a.unasked, Environ: a.Environ, Now: a.Now, Log: log,
	}, nil
}
