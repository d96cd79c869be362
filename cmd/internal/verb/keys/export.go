package keys

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/accesskeys"
	"hatstand/profiles/edit"
)

func newExport(d Deps) *cobra.Command {
	var to string
	var yes bool
	cmd := &cobra.Command{
		Use:   "export NAME",
		Short: "Write a key from the keyring into ~/.aws/credentials",
		Long: `Writes a key of the keyring into ~/.aws/credentials, for programs that can find
it nowhere else. The secret is in plain text there: every program that you
run can read it, and use it until the key is deleted at AWS.

It asks first. Only you can read a new file (0600). A file that others may read
is not written to, and another key of that profile is not replaced. The key
stays in the keyring too, and hatstand goes on using it there; hatstand keys
remove NAME removes it.`,
		Example: `  hatstand keys export me
  hatstand keys import --from credentials me    # undoes it`,
		Args:              ui.Exactly(1),
		ValidArgsFunction: d.complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			if to != "" && to != "credentials" {
				return &ui.UsageError{Reason: "--to: unknown place " + ui.Quoted(to), Next: "give --to credentials"}
			}
			return exportKey(cmd.Context(), d, args[0], yes)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&to, "to", "", "`PLACE` where to write it: credentials, the only place so far")
	f.BoolVar(&yes, "yes", false, "do not ask whether you are sure")
	_ = cmd.RegisterFlagCompletionFunc("to",
		cobra.FixedCompletions([]string{"credentials"}, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func exportKey(ctx context.Context, d Deps, name string, yes bool) error {
	out, at := d.World.Streams(), settings.LocateFiles(d.World.Getenv, d.World.GOOS)
	path := ui.Plain(at.Short(at.Credentials))
	k, err := exportable(ctx, d, name)
	if err != nil {
		return err
	}
	question := fmt.Sprintf(
		"Write the secret of %s (profile %s) in plain text into %s, where every program that you run "+
			"can read it?",
		k.AccessKeyID,
		name,
		path,
	)
	if err := out.Sure(yes, question); err != nil {
		return err
	}
	unlock, err := d.Keyring.LockChanges(ctx, name, "keys export "+name)
	if err != nil {
		return err
	}
	defer unlock()
	if k, err = exportable(ctx, d, name); err != nil { // while a person was asked, it may have been replaced
		return err
	}
	if err := checkPrivate(at, d.World.GOOS); err != nil {
		return err
	}
	err = d.Files.Rewrite(
		ctx,
		awsfile.Credentials,
		func(f profiles.File) ([]byte, error) { return withKey(at, f, name, k) },
	)
	if err != nil {
		return err
	}
	return out.Print(
		fmt.Sprintf("Wrote %s of profile %s into %s, in plain text: every program that you run can read it.\n"+
			"The keyring keeps its copy; to remove that: hatstand keys remove %[2]s\n"+
			"To undo it: hatstand keys import --from credentials %[2]s\n", k.AccessKeyID, ui.Plain(name), path),
	)
}

// exportable is a key that is not being replaced.
func exportable(ctx context.Context, d Deps, name string) (cache.Keys, error) {
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return cache.Keys{}, err
	}
	k, err := store.Keys(ctx, name)
	if errors.Is(err, cache.ErrNotFound) {
		return k, notStored(store, name)
	}
	if err != nil {
		return k, err
	}
	_, err = store.Rotation(ctx, name)
	switch {
	case err == nil:
		return k, &ui.UsageError{
			Reason: "profile " + ui.Quoted(name) + ": the rotation of its key is not finished",
			Next:   "go on with it: hatstand keys rotate " + name,
		}
	case errors.Is(err, cache.ErrNotFound), errors.Is(err, cache.Corrupt):
		return k, nil
	}
	return k, err
}

// notStored is the error of a name that has no key in the keyring.
func notStored(store *cache.Store, name string) error {
	return &ui.UsageError{
		Reason: "no key of profile " + ui.Quoted(name) + " in the " + store.Backend() + " keyring",
		Next:   "see what there is: hatstand keys list",
	}
}

// checkPrivate refuses a credentials file that others may read. Windows has no such modes.
func checkPrivate(at settings.Files, goos string) error {
	info, err := os.Stat(at.Credentials)
	if err != nil || goos == "windows" || info.Mode().Perm()&0o077 == 0 {
		return nil // what cannot be looked at cannot be rewritten either, and that says why
	}
	path := at.Short(at.Credentials)
	return &ui.UsageError{
		Reason: path + " may be read by others: no secret is written there",
		Next:   "chmod 600 " + path,
	}
}

// withKey is the credentials file with a key in the profile's section. It never replaces another one.
func withKey(at settings.Files, f profiles.File, name string, k cache.Keys) ([]byte, error) {
	config, _, err := settings.ReadFiles(at)
	if err != nil {
		return nil, err
	}
	set, err := profiles.Parse(config, f)
	if err != nil {
		return nil, err
	}
	if p, ok := set.Profile(name); ok && !has(set, name, k) {
		for _, key := range edit.KeyNames() {
			if v := p.Get(key); v.IsSet() {
				return nil, &ui.UsageError{
					Reason: fmt.Sprintf("profile %s has another key in a file already: %s", ui.Quoted(name), v.Where()),
					Next:   "remove that one from the file first",
				}
			}
		}
	}
	editor, err := edit.Credentials(f)
	if err != nil {
		return nil, err
	}
	section := edit.Profile(name)
	if err := editor.Set(section, "aws_access_key_id", k.AccessKeyID); err != nil {
		return nil, err
	}
	if err := editor.Set(section, "aws_secret_access_key", k.SecretAccessKey); err != nil {
		return nil, err
	}
	return editor.Bytes(), nil
}

// has reports whether a profile has this very key in a file, and no other one.
func has(set *profiles.Set, name string, k cache.Keys) bool {
	pairs, err := accesskeys.Find(set, name)
	return err == nil && len(pairs) > 0 && !slices.ContainsFunc(pairs, func(p accesskeys.Pair) bool {
		return p.Temporary() || p.AccessKeyID != k.AccessKeyID || p.SecretAccessKey.Reveal() != k.SecretAccessKey
	})
}
