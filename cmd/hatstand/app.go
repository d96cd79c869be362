package main

import (
	"errors"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	awscredentials "hatstand/credproc/credentials"
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

	prompts  *prompt.Prompts
	keyring  *provider.Keyring
	provider *provider.Provider
	users    *iamuser.Users
}

func newParts(w app.World) *parts {
	s, l, c := app.NewSettings(w), app.NewLog(w), app.NewHTTPClients(w)
	locks := app.NewLockFolder(w, s)
	prompts := &prompt.Prompts{World: w, Settings: s, Locks: locks}
	keyring := provider.NewKeyring(w, s, l, prompts)
	provide := provider.New(w, s, l, c, prompts, keyring)
	return &parts{
		World: w, settings: s, logs: l, clients: c, locks: locks,
		guard: app.Guard{Getenv: w.Getenv, Environ: w.Environ}, targets: app.Targets{Settings: s, UI: w.Streams()},
		prompts: prompts, keyring: keyring, provider: provide,
		users: iamuser.New(w, s, c, keyring, provide),
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

type credentials = awscredentials.Value
