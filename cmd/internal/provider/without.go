package provider

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"

	"hatstand/cache"
	"hatstand/cache/backend"
	"hatstand/cmd/internal/advice"
	"hatstand/credproc"
	"hatstand/profiles"
)

// liveFor is the keyring for a plan. A plan whose base is not in the keyring needs none: where there is no home, no
// folder or no backend, as for a service's user, it is a liveKeyring with none, unless the credentials must be stored.
// With noCache, or without a call to AWS, such a plan opens no keyring at all. A keyring that is there and locked, or
// that fails, stays an error.
func (k *Keyring) liveFor(
	ctx context.Context, log *slog.Logger, p credproc.Plan, noCache, mustStore bool,
) (*liveKeyring, error) {
	shared, err := SharedTokens(k.settings)
	if err != nil {
		return nil, err
	}
	// The keyring's keys win over a file's, and a sign-in's token is there.
	needed := p.Base.OwnKeys() || !p.Base.Grant.IsZero() && !(shared && p.Base.Grant.Shareable())
	// An assertion drops what is cached of another person.
	keeps := !noCache && (mustStore || len(p.Steps) > 0 || p.LongLived != nil || p.Base.SAML.Name != "")
	if !keeps && !needed && p.CodeItem() == (credproc.Item{}) { // a code may come from a stored seed
		return &liveKeyring{log: log}, nil
	}
	live, err := k.live(ctx, log)
	if err == nil || mustStore || needed && !p.Base.OwnKeys() || !k.canDoWithout(p.Base, err) {
		return live, err
	}
	log.Info("no keyring works here: going on without", "error", err.Error())
	return &liveKeyring{log: log, absent: err}, nil
}

// canDoWithout reports whether a plan can do without the keyring, which cannot be opened because of err. Keys in a file
// are good enough only where no keyring was ever used: one that cannot be reached now may have other keys of that name.
func (k *Keyring) canDoWithout(b profiles.Base, err error) bool {
	if b.Kind == profiles.Keyring || !notThere(err) {
		return false
	}
	if !b.OwnKeys() {
		return true
	}
	r, err := cache.ReadRecord(k.settings.Environment().StateDir())
	return err == nil && r.Backend == "" || errors.Is(err, fs.ErrPermission)
}

// notThere reports whether an error says that there is no home, no folder or no backend for a keyring.
func notThere(err error) bool {
	var e *cache.Error
	switch {
	case errors.Is(err, errNoHome{}):
		return true
	case !errors.As(err, &e):
		return false
	case e.Kind == cache.Absent:
		return true
	case e.Op != "open":
		return false
	}
	switch e.Need {
	case backend.NeedPermission, backend.NeedWritable, backend.NeedSpace, backend.NeedSafeFolder, backend.NeedNewRecord:
		return true
	}
	return false
}

// errNoHome says that the environment and the user database name no home.
type errNoHome struct{}

func (errNoHome) Error() string { return "no home: HOME is not set to an absolute path" }
func (errNoHome) ExitCode() int { return advice.Usage }
func (errNoHome) Hints() []string {
	return []string{"set HOME to a folder of your own, for the keyring"}
}
