package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/sts"
	"hatstand/mfa"
)

// adding is what keys add was told.
type adding struct {
	fromEnv, fromStdin bool
	noVerify, replace  bool
	yes                bool
	region             string
}

func (a *parts) keysAddCommand() *cobra.Command {
	var o adding
	cmd := &cobra.Command{
		Use:   "add NAME",
		Short: "Store the access key of a profile",
		Long: `Asks for an access key on the terminal, checks it with AWS (sts:GetCallerIdentity, which needs no
permission), says whose it is and stores it in the keyring under the profile's name. The sessions
that the profile's old key made are forgotten.

Where the profile has no mfa_serial, it then asks AWS for the user's MFA devices (iam:ListMFADevices,
which may be refused), and offers to write the device into the profile, which is made if need be.
Without a terminal it prints the line to add, unless --yes says to write it.

--from-stdin takes what aws iam create-access-key prints as JSON, or the CSV file that the console
downloads.`,
		Example: `  hatstand keys add me
  AWS_ACCESS_KEY_ID=... AWS_SECRET_ACCESS_KEY=... hatstand keys add me --from-env
  hatstand keys add me --from-stdin <alice_accessKeys.csv`,
		Args:              ui.Exactly(1),
		ValidArgsFunction: a.targets.CompleteOne,
		RunE:              func(cmd *cobra.Command, args []string) error { return a.addKeys(cmd.Context(), args[0], o) },
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&o.fromEnv, "from-env", false, "take AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY from the environment")
	f.BoolVar(&o.fromStdin, "from-stdin", false, "read JSON of aws iam create-access-key, or the console's CSV, from stdin")
	f.BoolVar(&o.noVerify, "no-verify", false, "do not ask AWS whose the key is")
	f.BoolVar(&o.replace, "replace", false, "replace the key that is stored already")
	f.BoolVar(&o.yes, "yes", false, "write the user's MFA device into the profile without asking, if there is one alone")
	f.StringVar(&o.region, "region", "", "`REGION` in which to ask AWS whose the key is")
	return cmd
}

func (a *parts) addKeys(ctx context.Context, name string, o adding) error {
	if o.fromEnv && o.fromStdin {
		return &ui.UsageError{Reason: "--from-env and --from-stdin are two places for one key", Next: "give one of them"}
	}
	if err := iamuser.CheckName(name); err != nil {
		return err
	}
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return err
	}
	if _, err := mayReplace(ctx, store, name, o.replace); err != nil {
		return err
	}
	p, err := a.newKeys(ctx, name, o)
	if err != nil {
		return err
	}
	k := cache.Keys{AccessKeyID: p.id, SecretAccessKey: p.secret, Added: a.Now().UTC()}
	if err := checkKeys(k); err != nil {
		return err
	}
	if !o.noVerify {
		if k.ARN, err = a.whose(ctx, name, o.region, k, "hatstand keys add --no-verify "+name); err != nil {
			return err
		}
	}
	had, err := a.putKeys(ctx, name, k, o.replace)
	if err != nil {
		return err
	}
	if err := a.ui().Print(stored(name, k, had, a.keyring.Opened().Backend())); err != nil {
		return err
	}
	return a.noteDevice(ctx, name, k.ARN, o.yes)
}

// putKeys stores a key, looking once more: while a person typed, another process may have stored one.
func (a *parts) putKeys(ctx context.Context, name string, k cache.Keys, replace bool) (had cache.Keys, err error) {
	unlock, err := a.keyring.LockChanges(ctx, name, "keys add "+name)
	if err != nil {
		return had, err
	}
	defer unlock()
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return had, err
	}
	if had, err = mayReplace(ctx, store, name, replace); err != nil {
		return had, err
	}
	return had, store.PutKeys(ctx, name, k)
}

// stored says what is in the keyring now.
func stored(name string, k, had cache.Keys, backend string) string {
	whose := "not verified"
	if k.ARN != "" {
		whose = k.ARN
	}
	text := fmt.Sprintf("Stored %s for profile %s in the %s keyring: %s\n", k.AccessKeyID, ui.Plain(name), backend, ui.Plain(whose))
	if had.ARN != "" && k.ARN != "" && had.ARN != k.ARN {
		text += fmt.Sprintf("Profile %s is another user now: the key that was replaced, %s, is of %s\n", ui.Plain(name), had.AccessKeyID, ui.Plain(had.ARN))
	}
	return text + rootNote(name, k.ARN)
}

func (a *parts) newKeys(ctx context.Context, name string, o adding) (p pair, err error) {
	switch {
	case o.fromStdin:
		return a.keysFromStdin()
	case o.fromEnv:
		p.id, p.secret, err = a.keysFromEnv()
	default:
		p.id, p.secret, err = a.keysFromTerminal(ctx, name)
	}
	return p, err
}

// mayReplace keeps a key from being lost by a second keys add: AWS never shows a secret again.
func mayReplace(ctx context.Context, store *cache.Store, name string, replace bool) (had cache.Keys, err error) {
	had, err = store.Keys(ctx, name)
	switch {
	case errors.Is(err, cache.ErrNotFound), err == nil && replace:
		return had, nil
	case err == nil:
		return had, &ui.UsageError{
			Reason: fmt.Sprintf("profile %s has a key already: %s", ui.Quoted(name), had.AccessKeyID),
			Next:   "to put another in its place: hatstand keys add --replace " + name,
		}
	case replace && errors.Is(err, cache.Corrupt):
		return cache.Keys{}, nil
	}
	return had, err
}

func (a *parts) keysFromEnv() (id, secret string, err error) {
	c := a.settings.Environment().Ambient()
	switch {
	case c.AccessKeyID == "":
		return "", "", &ui.UsageError{Reason: "--from-env: AWS_ACCESS_KEY_ID is not set"}
	case c.SecretAccessKey == "":
		return "", "", &ui.UsageError{Reason: "--from-env: AWS_SECRET_ACCESS_KEY is not set"}
	case c.SessionToken != "":
		return "", "", &ui.UsageError{Reason: "--from-env: AWS_SESSION_TOKEN is set, so these are temporary credentials", Next: "store the long-lived key they were made from"}
	}
	return c.AccessKeyID, c.SecretAccessKey, nil
}

func (a *parts) keysFromTerminal(ctx context.Context, name string) (id, secret string, err error) {
	tty, err := a.Terminal()
	if err != nil {
		return "", "", &ui.NoTerminalError{Want: "an access key", Next: "give it in the environment: hatstand keys add " + name + " --from-env", Err: err}
	}
	defer tty.Close()
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	// Both are read before either is judged: of a pair that is pasted, the second line would become the shell's next
	// command.
	if id, err = mfa.ReadLine(ctx, tty, "Access key ID: "); err != nil {
		return "", "", err
	}
	if secret, err = mfa.ReadSecret(ctx, tty, "Secret access key (not shown): "); err != nil {
		return "", "", err
	}
	return strings.TrimSpace(id), strings.TrimSpace(secret), nil
}

// checkKeys catches what cannot be a long-lived key pair before AWS is asked.
func checkKeys(k cache.Keys) error {
	switch {
	case strings.HasPrefix(k.AccessKeyID, "ASIA"):
		return &ui.UsageError{Reason: fmt.Sprintf("%s is a temporary key", ui.Quoted(k.AccessKeyID)), Next: "store the long-lived key it was made from; its ID begins with AKIA"}
	case len(k.AccessKeyID) < 16 || len(k.AccessKeyID) > 128 || strings.ContainsFunc(k.AccessKeyID, notKeyID):
		// STS API model: accessKeyIdType. What was typed may be the secret: it is not repeated.
		return &ui.UsageError{Reason: "that is not an access key ID: it has 16 to 128 letters and digits, and begins with AKIA"}
	case len(k.SecretAccessKey) < 16 || strings.ContainsFunc(k.SecretAccessKey, func(r rune) bool { return r <= ' ' || r > '~' }):
		return &ui.UsageError{Reason: "that is not a secret access key: it has 40 characters"}
	}
	return nil
}

func notKeyID(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
}

// whose asks AWS for the ARN of the key's owner. unasked is the command that would not ask.
func (a *parts) whose(ctx context.Context, name, region string, k cache.Keys, unasked string) (string, error) {
	arn, err := a.users.AskARN(ctx, name, region, k)
	if as[*sts.UnreachableError](err) {
		return "", &unverifiedError{err: err, unasked: unasked}
	}
	return arn, err
}

// An unverifiedError says that AWS could not be asked whose a key is; the key may be stored all the
// same.
type unverifiedError struct {
	err     error
	unasked string
}

func (e *unverifiedError) Error() string { return e.err.Error() }

func (e *unverifiedError) Unwrap() error { return e.err }

func (e *unverifiedError) Hints() []string {
	return append(slices.Clone(advice.Hints(e.err)), "or store the key unverified: "+e.unasked)
}
