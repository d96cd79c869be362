package keyimport

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"hatstand/cache"
	"hatstand/cmd/internal/keypair"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/sts"
	"hatstand/mfa"
)

// A candidate is a key that may be imported.
type candidate struct {
	name string
	keypair.Pair
	skipped string // why it stays where it is, which is no error: temporary credentials
	err     error  // why it cannot be imported
}

// An outcome says whether a candidate was imported, and if not, why.
type outcome struct {
	candidate
	result string
	arn    string
	stored bool // the keyring has this very key, read back
}

// imported reports whether the keyring has the key, or, in a dry run, would have it.
func (out outcome) imported(dryRun bool) bool {
	return out.err == nil && out.skipped == "" && (out.stored || dryRun)
}

// An action is what to do with a candidate.
type action int

const (
	storeKey action = iota
	replaceKey
	keepKey // the keyring has it
)

// decide says what to do with a candidate. have and readErr are what reading its name in the keyring gave.
func (c candidate) decide(have cache.Keys, readErr error, replace bool) (action, error) {
	const next = "to replace it by this one: add --replace"
	switch {
	case errors.Is(readErr, cache.ErrNotFound):
		return storeKey, nil
	case errors.Is(readErr, cache.Corrupt) && replace:
		return replaceKey, nil
	case readErr != nil:
		return 0, readErr
	case have.AccessKeyID == c.ID && have.SecretAccessKey == c.Secret:
		return keepKey, nil
	case replace:
		return replaceKey, nil
	case have.AccessKeyID == c.ID:
		return 0, &ui.UsageError{
			Reason: fmt.Sprintf("profile %s: the keyring has %s with another secret", ui.Quoted(c.name), have.AccessKeyID),
			Next:   next,
		}
	}
	return 0, &ui.UsageError{
		Reason: fmt.Sprintf("profile %s has another key in the keyring already: %s", ui.Quoted(c.name), have.AccessKeyID),
		Next:   next,
	}
}

// withStored adds the names asked for that the source does not have, but the keyring: an earlier run moved them. A name
// that neither has is an error, before anything is done.
func withStored(
	candidates []candidate, names []string, stored func(name string) (cache.Keys, error), source, from string,
) ([]candidate, error) {
	for _, name := range names {
		if slices.ContainsFunc(candidates, func(c candidate) bool { return c.name == name }) {
			continue
		}
		have, err := stored(name)
		switch {
		case errors.Is(err, cache.ErrNotFound):
			return nil, &ui.UsageError{
				Reason: fmt.Sprintf("profile %s has no keys in %s", ui.Quoted(name), source),
				Next:   "see what there is: hatstand keys import --dry-run --from " + from,
			}
		case err != nil:
			return nil, err
		}
		candidates = append(candidates, candidate{
			name: name, Pair: keypair.Pair{ID: have.AccessKeyID, Secret: have.SecretAccessKey},
		})
	}
	return candidates, nil
}

// storeAll imports one after the other. An error of one key does not keep the others from being imported; one that
// concerns all of them (the keyring, the network, a Ctrl-C) ends it, and is returned.
func storeAll(ctx context.Context, d Deps, candidates []candidate, o options) (done []outcome, ended error) {
	show := d.World.Streams().NewProgress(len(candidates))
	defer show.End()
	for _, c := range candidates {
		out := outcome{candidate: c}
		if c.err == nil && c.skipped == "" {
			out.err = store(ctx, d, &out, o)
		}
		show.Done(c.name)
		if concernsAll(out.err) {
			return done, out.err
		}
		done = append(done, out)
	}
	return done, nil
}

func concernsAll(err error) bool {
	return isA[*prompt.BusyError](err) || isA[*sts.UnreachableError](err) ||
		cache.IsUnavailable(err) || cache.IsPassphrase(err) ||
		errors.Is(err, mfa.ErrCancelled) || errors.Is(err, context.Canceled)
}

// store verifies a key, stores it, and reads it back.
func store(ctx context.Context, d Deps, out *outcome, o options) error {
	keyring, err := d.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	if err := out.compare(ctx, keyring, o.replace); err != nil || out.stored {
		return err
	}
	if err := keypair.Check(out.Pair); err != nil {
		return fmt.Errorf("profile %s: %w", ui.Quoted(out.name), err)
	}
	if o.dryRun {
		return nil
	}
	k := cache.Keys{AccessKeyID: out.ID, SecretAccessKey: out.Secret, Added: d.World.Now().UTC()}
	if !o.noVerify {
		unverified := "hatstand keys import --no-verify --from " + o.from
		if k.ARN, err = keypair.Verify(ctx, d.Users, out.name, o.region, k, unverified); err != nil {
			return err
		}
	}
	unlock, err := d.Keyring.LockChanges(ctx, out.name, "keys import")
	if err != nil {
		return err
	}
	defer unlock()
	if keyring, err = d.Keyring.Open(ctx); err != nil {
		return err
	}
	// While AWS was asked, another process may have stored a key.
	if err := out.compare(ctx, keyring, o.replace); err != nil || out.stored {
		return err
	}
	if err := keyring.PutKeys(ctx, out.name, k); err != nil {
		return err
	}
	back, err := keyring.Keys(ctx, out.name)
	if err != nil {
		return err
	}
	if back.AccessKeyID != k.AccessKeyID || back.SecretAccessKey != k.SecretAccessKey {
		return fmt.Errorf("profile %s: the %s keyring returns another key than was stored",
			ui.Quoted(out.name), keyring.Backend())
	}
	out.arn, out.stored = k.ARN, true
	return nil
}

// compare reads what the keyring has under the candidate's name, and notes what is to become of it.
func (out *outcome) compare(ctx context.Context, keyring *cache.Store, replace bool) error {
	have, readErr := keyring.Keys(ctx, out.name)
	what, err := out.decide(have, readErr, replace)
	switch {
	case err != nil:
		return err
	case what == keepKey:
		out.result, out.arn, out.stored = "already in the keyring", have.ARN, true
	case what == replaceKey:
		out.result = "replaced " + cmp.Or(have.AccessKeyID, "what could not be read")
	default:
		out.result = "imported"
	}
	return nil
}

func isA[T error](err error) bool {
	_, ok := errors.AsType[T](err)
	return ok
}
