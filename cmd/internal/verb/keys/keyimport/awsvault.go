package keyimport

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"hatstand/cache"
	"hatstand/cache/awsvault"
	"hatstand/cmd/internal/keypair"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
)

// fromVault copies aws-vault's keys.
func fromVault(ctx context.Context, d Deps, o options, names []string) error {
	keyring, err := d.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	vault, has, err := awsVault(ctx, d, o.backend, names)
	if err != nil {
		return err
	}
	found, err := candidatesInVault(ctx, vault, has, names)
	if err != nil {
		return err
	}
	stored := func(name string) (cache.Keys, error) { return keyring.Keys(ctx, name) }
	if found, err = withStored(found, names, stored, "aws-vault's "+vault.Backend()+" keyring", o.from); err != nil {
		return err
	}
	if len(found) == 0 {
		return d.World.Streams().Print("No keys in aws-vault's " + vault.Backend() + " keyring.\n")
	}
	done, ended := storeAll(ctx, d, found, o)
	more := fmt.Sprintf("Read from aws-vault's %s keyring, which stays as it is.\n", vault.Backend())
	return report(d, done, o, ended, more)
}

// candidatesInVault reads the keys of those that are asked for.
func candidatesInVault(ctx context.Context, vault *awsvault.Vault, has, names []string) (found []candidate, err error) {
	for _, name := range has {
		if len(names) > 0 && !slices.Contains(names, name) {
			continue
		}
		c := candidate{name: name}
		if err := profiles.CheckName(name); err != nil {
			c.skipped = "not a profile's name"
			found = append(found, c)
			continue
		}
		k, err := vault.Keys(ctx, name)
		switch {
		case errors.Is(err, awsvault.ErrNotKeys):
			c.skipped = "no keys"
		case concernsVault(err):
			return nil, err
		case err != nil:
			c.err = err
		case k.SessionToken != "" || strings.HasPrefix(k.AccessKeyID, "ASIA"):
			c.skipped = "temporary credentials"
		}
		c.Pair = keypair.Pair{ID: k.AccessKeyID, Secret: k.SecretAccessKey}
		found = append(found, c)
	}
	return found, nil
}

// concernsVault tells an error of the whole keyring from one of a single item.
func concernsVault(err error) bool {
	var e *awsvault.Error
	return err != nil && (!errors.As(err, &e) || e.Kind != cache.Failed)
}

// awsVault opens the backend that was named, by the flag or by aws-vault's variable, else the first that
// has keys; it also lists them.
func awsVault(ctx context.Context, d Deps, backend string, names []string) (*awsvault.Vault, []string, error) {
	if backend == "" {
		backend = d.World.Getenv("AWS_VAULT_BACKEND")
	}
	if backend != "" {
		vault, has, err := openVault(ctx, d, backend, names)
		if errors.Is(err, cache.UnknownBackend) {
			err = &ui.UsageError{
				Reason: "aws-vault keeps no keys in " + ui.Quoted(backend) + ", or not where hatstand can read them",
				Next:   "choose one of: " + strings.Join(awsvault.Backends(), ", "),
			}
		}
		return vault, has, err
	}
	var looked []string
	for _, backend := range awsvault.Backends() {
		vault, has, err := openVault(ctx, d, backend, names)
		var absent *awsvault.Error
		switch {
		case err == nil && len(has) > 0:
			return vault, has, nil
		case err == nil:
			looked = append(looked, backend+": nothing")
		case errors.As(err, &absent) && absent.Kind == cache.Absent:
			looked = append(looked, fmt.Sprintf("%s: %v", backend, absent.Err))
		default:
			return nil, nil, err
		}
	}
	return nil, nil, &ui.UsageError{
		Reason: "aws-vault has no keys here (" + strings.Join(looked, "; ") + ")",
		Next: "if it keeps them elsewhere, set its own variables: " +
			"AWS_VAULT_BACKEND, AWS_VAULT_FILE_DIR, AWS_VAULT_PASS_PREFIX, ...",
	}
}

func openVault(ctx context.Context, d Deps, backend string, names []string) (*awsvault.Vault, []string, error) {
	vault, err := awsvault.Open(ctx, vaultOptions(d, backend))
	if err != nil {
		return nil, nil, err
	}
	has, err := vault.Names(ctx)
	if err != nil {
		return nil, nil, err
	}
	if vault.Shared() {
		// Else every password that the user has would be decrypted, just to see that it is none of ours.
		set, err := d.Settings.Profiles()
		if err != nil {
			return nil, nil, err
		}
		known := append(set.Names(), names...)
		has = slices.DeleteFunc(has, func(name string) bool { return !slices.Contains(known, name) })
	}
	return vault, has, nil
}

// vaultOptions are aws-vault's own settings and defaults (its version 7).
func vaultOptions(d Deps, backend string) awsvault.Options {
	or := func(variable, fallback string) string {
		if v := d.World.Getenv(variable); v != "" {
			return v
		}
		return fallback
	}
	home := settings.LocateFiles(d.World.Getenv, d.World.GOOS).Home
	expand := func(path string) string {
		if rest, ok := strings.CutPrefix(path, "~/"); ok {
			return filepath.Join(home, rest)
		}
		return path
	}
	return awsvault.Options{
		Backend:      backend,
		FileDir:      expand(or("AWS_VAULT_FILE_DIR", "~/.awsvault/keys/")),
		PassDir:      expand(or("AWS_VAULT_PASS_PASSWORD_STORE_DIR", or("PASSWORD_STORE_DIR", "~/.password-store"))),
		PassCmd:      d.World.Getenv("AWS_VAULT_PASS_CMD"),
		PassPrefix:   d.World.Getenv("AWS_VAULT_PASS_PREFIX"),
		Collection:   d.World.Getenv("AWS_VAULT_SECRET_SERVICE_COLLECTION_NAME"),
		KeychainName: or("AWS_VAULT_KEYCHAIN_NAME", "aws-vault"),
		Passphrase: func(ctx context.Context, r cache.PassphraseRequest) (string, error) {
			return vaultPassphrase(ctx, d, r)
		},
		Environ: d.World.Environ,
	}
}

// vaultPassphrase answers for aws-vault's file keyring.
func vaultPassphrase(ctx context.Context, d Deps, r cache.PassphraseRequest) (string, error) {
	const variable = "AWS_VAULT_FILE_PASSPHRASE"
	if p := d.World.Getenv(variable); p != "" {
		if r.Wrong {
			return "", errors.New(variable + " is not its passphrase")
		}
		return p, nil
	}
	return d.Prompts.PassphraseOfOther(ctx, "Passphrase of aws-vault's keyring "+ui.Plain(r.Folder), r.Wrong)
}
