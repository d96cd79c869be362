package keys

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/keypair"
	"hatstand/cmd/internal/ui"
	"hatstand/mfa"
)

// addOptions are the flags of keys add.
type addOptions struct {
	fromEnv, fromStdin bool
	noVerify, replace  bool
	yes                bool
	region             string
}

func newAdd(d Deps) *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Store the access key of a profile",
		Long: `Asks for an access key on the terminal (again, if it cannot be one), checks it
with AWS (sts:GetCallerIdentity, which needs no permission), says whose it is
and stores it in the keyring under the profile's name. Sessions that were made
with the profile's old key are removed.

If the profile has no mfa_serial, it then asks AWS for the user's MFA devices
(iam:ListMFADevices), and offers to write the device into the profile, or into a
new profile if there is none of that name. If AWS refuses to list the devices,
nothing is lost. Without a terminal it prints the line to add; with --yes it
writes it.

--from-stdin takes what aws iam create-access-key prints as JSON, or the CSV
file that the console downloads.`,
		Example: `  hatstand keys add me
  hatstand keys add me --from-env
  hatstand keys add me --from-stdin <alice_accessKeys.csv`,
		Args:              ui.Exactly(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return addKey(cmd.Context(), d, args[0], o)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.fromEnv, "from-env", false, "take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the environment")
	f.BoolVar(&o.fromStdin, "from-stdin", false, "read aws iam create-access-key's JSON, or the console's CSV, from stdin")
	f.BoolVar(&o.noVerify, "no-verify", false, "do not ask AWS whose the key is")
	f.BoolVar(&o.replace, "replace", false, "replace the key that is stored already")
	f.BoolVar(&o.yes, "yes", false, "write the user's MFA device into the profile without asking, if there is just one")
	f.StringVar(&o.region, "region", "", "`REGION` region in which to ask AWS whose the key is")
	return cmd
}

func addKey(ctx context.Context, d Deps, name string, o addOptions) error {
	if o.fromEnv && o.fromStdin {
		return &ui.UsageError{
			Reason: "--from-env and --from-stdin cannot be combined",
			Next:   "give one of them",
		}
	}
	if err := iamuser.CheckName(name); err != nil {
		return err
	}
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	if _, err := checkReplace(ctx, store, name, o.replace); err != nil {
		return err
	}
	p, err := readPair(ctx, d, name, o)
	if err != nil {
		return err
	}
	k := cache.Keys{AccessKeyID: p.ID, SecretAccessKey: p.Secret, Added: d.World.Now().UTC()}
	if err := keypair.Check(p); err != nil {
		return err
	}
	if !o.noVerify {
		unverified := "hatstand keys add --no-verify " + name
		if k.ARN, err = keypair.Verify(ctx, d.Users, name, o.region, k, unverified); err != nil {
			return err
		}
	}
	had, err := putKey(ctx, d, name, k, o.replace)
	if err != nil {
		return err
	}
	if err := d.World.Streams().Print(storedText(name, k, had, d.Keyring.Opened().Backend())); err != nil {
		return err
	}
	return offerDevice(ctx, d, name, k.ARN, o.yes)
}

// putKey stores a key, looking once more: while a person typed, another process may have stored one.
func putKey(ctx context.Context, d Deps, name string, k cache.Keys, replace bool) (had cache.Keys, err error) {
	unlock, err := d.Keyring.LockChanges(ctx, name, "keys add "+name)
	if err != nil {
		return had, err
	}
	defer unlock()
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return had, err
	}
	if had, err = checkReplace(ctx, store, name, replace); err != nil {
		return had, err
	}
	return had, store.PutKeys(ctx, name, k)
}

// storedText says what is in the keyring now.
func storedText(name string, k, had cache.Keys, backend string) string {
	whose := "not verified"
	if k.ARN != "" {
		whose = k.ARN
	}
	text := fmt.Sprintf("Stored %s for profile %s in the %s keyring: %s\n",
		k.AccessKeyID, ui.Plain(name), backend, ui.Plain(whose))
	if had.ARN != "" && k.ARN != "" && had.ARN != k.ARN {
		text += fmt.Sprintf("Profile %s now uses another user's key: the replaced key, %s, belongs to %s\n",
			ui.Plain(name), had.AccessKeyID, ui.Plain(had.ARN))
	}
	return text + keypair.RootWarning(name, k.ARN)
}

func readPair(ctx context.Context, d Deps, name string, o addOptions) (p keypair.Pair, err error) {
	switch {
	case o.fromStdin:
		return keypair.Read(d.World.Stdin)
	case o.fromEnv:
		p.ID, p.Secret, err = pairFromEnv(d)
	default:
		p.ID, p.Secret, err = pairFromTerminal(ctx, d, name)
	}
	return p, err
}

// checkReplace keeps a key from being lost by a second keys add: AWS never shows a secret again.
func checkReplace(ctx context.Context, store *cache.Store, name string, replace bool) (had cache.Keys, err error) {
	had, err = store.Keys(ctx, name)
	switch {
	case errors.Is(err, cache.ErrNotFound), err == nil && replace:
		return had, nil
	case err == nil:
		return had, &ui.UsageError{
			Reason: fmt.Sprintf("profile %s has a key already: %s", ui.Quoted(name), had.AccessKeyID),
			Next:   "to replace it: hatstand keys add --replace " + name,
		}
	case replace && errors.Is(err, cache.Corrupt):
		return cache.Keys{}, nil
	}
	return had, err
}

func pairFromEnv(d Deps) (id, secret string, err error) {
	c := d.Settings.Environment().Ambient()
	switch {
	case c.AccessKeyID == "":
		return "", "", &ui.UsageError{Reason: "--from-env: AWS_ACCESS_KEY_ID is not set"}
	case c.SecretAccessKey == "":
		return "", "", &ui.UsageError{Reason: "--from-env: AWS_SECRET_ACCESS_KEY is not set"}
	case c.SessionToken != "":
		return "", "", &ui.UsageError{
			Reason: "--from-env: AWS_SESSION_TOKEN is set, so these are temporary credentials",
			Next:   "store the long-lived key they were made from",
		}
	}
	return c.AccessKeyID, c.SecretAccessKey, nil
}

func pairFromTerminal(ctx context.Context, d Deps, name string) (id, secret string, err error) {
	tty, err := d.World.Terminal()
	if err != nil {
		return "", "", &ui.NoTerminalError{
			Want: "an access key", Next: "give it in the environment: hatstand keys add " + name + " --from-env", Err: err,
		}
	}
	defer tty.Close()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	if id, err = ui.AskAgain(ctx, tty, mfa.ReadLine, "Access key ID: ", keypair.CheckID); err != nil {
		return "", "", err
	}
	secret, err = ui.AskAgain(ctx, tty, mfa.ReadSecret, "Secret access key (not shown): ", func(secret string) error {
		return keypair.CheckSecret(keypair.Pair{ID: id, Secret: secret})
	})
	return id, secret, err
}
