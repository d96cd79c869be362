package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"

	"hatstand/cache"
	"hatstand/cache/lock"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/userfile"
)

// app is what the verbs share: the world, and what was opened of it so far. Each part is opened when
// a verb first needs it, so that the warm path touches nothing else.
type app struct {
	world
	files  *profiles.Set
	kept   *cache.Store
	opened cache.Options // how kept was
	ring   *ring
	logger *slog.Logger
	logTo  io.Closer

	clients httpClients

	namedHosts sync.Map // texts of nameHost
	retries    sync.Map // texts of sayRetrying

	lockOnce sync.Once
	locks    *lock.Locks
	lockErr  error

	// saidNo: a person cancelled a prompt of this process.
	saidNo atomic.Bool

	// unasked: nothing may be asked of the user, not even the keyring's passphrase.
	unasked bool
}

// ui is the world's streams.
func (a *app) ui() ui.Streams {
	return ui.Streams{In: a.stdin, Out: a.stdout, Err: a.stderr, Getenv: a.getenv, Terminal: a.terminal}
}

func as[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}

func (a *app) close() {
	if a.logTo != nil {
		a.logTo.Close()
	}
}

// profiles reads the two files.
func (a *app) profiles() (*profiles.Set, error) {
	if a.files != nil {
		return a.files, nil
	}
	set, err := a.environment().Profiles()
	if err != nil {
		return nil, err
	}
	a.files = set
	return set, nil
}

// setting is one of the program's: the environment's HATSTAND_NAME, else [hatstand] name. from says
// where it was found.
func (a *app) setting(name string) (value, from string, err error) {
	if value, from = a.environment().Variable(name); value != "" {
		return value, from, nil
	}
	set, err := a.profiles()
	if err != nil {
		return "", "", err
	}
	value, from = a.environment().Program(set, name)
	return value, from, nil
}

// store opens the keyring.
func (a *app) store(ctx context.Context) (*cache.Store, error) {
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
func (a *app) settle(ctx context.Context) error {
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
func (a *app) keyring() (cache.Options, error) {
	var none cache.Options
	if a.stateDir() == "" || a.dataDir() == "" {
		return none, &ui.UsageError{Reason: "no home: HOME is not set to an absolute path", Next: "set HOME"}
	}
	log, err := a.log()
	if err != nil {
		return none, err
	}
	backend, from, err := a.setting("backend")
	if err != nil {
		return none, err
	}
	collection, _, err := a.setting("secret_service_collection")
	if err != nil {
		return none, err
	}
	return cache.Options{
		Backend: backend, BackendFrom: from, Collection: collection,
		DataDir: a.dataDir(), StateDir: a.stateDir(),
		Passphrase: a.passphrase, Waiting: a.waitsToUnlock, Unasked: a.unasked, Environ: a.environ, Now: a.now, Log: log,
	}, nil
}

// log is HATSTAND_LOG's logger, or one that drops everything.
func (a *app) log() (*slog.Logger, error) {
	if a.logger != nil {
		return a.logger, nil
	}
	a.logger = slog.New(slog.DiscardHandler)
	path := a.getenv("HATSTAND_LOG")
	if path == "" {
		return a.logger, nil
	}
	f, err := userfile.OpenLog(path)
	if err != nil {
		return nil, &ui.UsageError{Reason: fmt.Sprintf("HATSTAND_LOG: %v", err), Next: "name a file that can be written, or unset HATSTAND_LOG"}
	}
	a.logTo = f
	a.logger = slog.New(slog.NewJSONHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug})).With("pid", os.Getpid())
	return a.logger, nil
}

func (a *app) environment() settings.Environment {
	return settings.Environment{Getenv: a.getenv, GOOS: a.goos}
}

func (a *app) stateDir() string { return a.environment().StateDir() }
func (a *app) dataDir() string  { return a.environment().DataDir() }
