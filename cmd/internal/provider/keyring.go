package provider

import (
	"context"
	"log/slog"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
)

// A Keyring is the keyring that the settings name. It is opened when it is first used.
type Keyring struct {
	world    app.World
	settings *app.Settings
	logs     *app.Log
	prompts  *prompt.Prompts
	policy   prompt.Policy

	store  *cache.Store
	opened cache.Options // of store
	shared *liveKeyring
}

// NewKeyring opens nothing yet.
func NewKeyring(w app.World, s *app.Settings, l *app.Log, p *prompt.Prompts) *Keyring {
	return &Keyring{world: w, settings: s, logs: l, prompts: p}
}

// Asking is the keyring under another policy, not yet opened. Under Never nobody is asked for anything, not by the
// system's keyring either.
func (k *Keyring) Asking(p prompt.Policy) *Keyring {
	return &Keyring{world: k.world, settings: k.settings, logs: k.logs, prompts: k.prompts, policy: p}
}

// Open opens the keyring.
func (k *Keyring) Open(ctx context.Context) (*cache.Store, error) {
	if k.store != nil {
		return k.store, nil
	}
	o, err := k.Options()
	if err != nil {
		return nil, err
	}
	k.opened = o
	k.store, err = cache.Open(ctx, o)
	return k.store, err
}

// Opened is the keyring that Open opened; nil before that.
func (k *Keyring) Opened() *cache.Store { return k.store }

// reopenIfMigrated opens the keyring in use if keys migrate has made it another one since it was opened.
func (k *Keyring) reopenIfMigrated(ctx context.Context) error {
	if k.store == nil {
		return nil
	}
	o, err := k.Options()
	if err != nil {
		return err
	}
	now, err := k.store.Settled(ctx, o)
	if err != nil {
		return err
	}
	k.store = now
	return nil
}

// live is shared by all resolvers that started with the same keyring.
func (k *Keyring) live(ctx context.Context, log *slog.Logger) (*liveKeyring, error) {
	store, err := k.Open(ctx)
	if err != nil {
		return nil, err
	}
	if k.shared == nil || k.shared.first != store {
		k.shared = &liveKeyring{first: store, options: k.opened, log: log, latest: store}
	}
	return k.shared, nil
}

// Options say which keyring to open, and how.
func (k *Keyring) Options() (cache.Options, error) {
	var none cache.Options
	env := k.settings.Environment()
	if env.StateDir() == "" || env.DataDir() == "" {
		return none, errNoHome{}
	}
	log, err := k.logs.Open()
	if err != nil {
		return none, err
	}
	backend, from, err := k.settings.Get("backend")
	if err != nil {
		return none, err
	}
	collection, _, err := k.settings.Get("secret_service_collection")
	if err != nil {
		return none, err
	}
	return cache.Options{
		Backend: backend, BackendFrom: from, Collection: collection,
		DataDir: env.DataDir(), StateDir: env.StateDir(),
		Passphrase: k.passphrase, Waiting: k.waiting, Terminal: k.prompts.TerminalPath,
		NoPrompts: k.policy == prompt.Never,
		Environ:   k.world.Environ, Now: k.world.Now, Log: log,
	}, nil
}

func (k *Keyring) passphrase(ctx context.Context, r cache.PassphraseRequest) (string, error) {
	if k.policy == prompt.Never {
		ctx = prompt.With(ctx, prompt.Never)
	}
	return k.prompts.Passphrase(ctx, r)
}

func (k *Keyring) waiting(holder int, ended <-chan struct{}) {
	if k.policy != prompt.Never {
		k.prompts.SayKeyringWaits(holder, ended)
	}
}
