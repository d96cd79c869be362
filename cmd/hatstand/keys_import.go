package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache"
	"hatstand/cache/awsvault"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/sts"
	"hatstand/mfa"
	"hatstand/profiles"
)

// importing is what keys import was told.
type importing struct {
	from     string
	backend  string // aws-vault's
	region   string
	dryRun   bool
	keepFile bool
	noVerify bool
	replace  bool
}

const (
	fromCredentials = "credentials"
	fromAWSVault    = "aws-vault"
)

func (a *parts) keysImportCommand() *cobra.Command {
	var o importing
	cmd := &cobra.Command{
		Use:   "import --from credentials|aws-vault [NAME...]",
		Short: "Move keys from ~/.aws/credentials, or copy aws-vault's, into the keyring",
		Long: `Takes the access keys of all profiles, or of those named, into the keyring. Each is checked with AWS
(sts:GetCallerIdentity, which needs no permission), stored, and read back.

--from credentials takes them from ~/.aws/credentials and ~/.aws/config, and then out of the file;
all else in the file stays as it is. Temporary credentials are left where they are. It can be
interrupted anywhere: until a key has been read back from the keyring it stays in the file, and
running it again does the rest. A profile that ~/.aws/config does not have gets an empty section
there, for hatstand adopt.

--from aws-vault copies what aws-vault keeps, wherever it keeps it, and changes nothing there. It
goes by aws-vault's own variables: AWS_VAULT_BACKEND, AWS_VAULT_FILE_PASSPHRASE and the rest. In a
password store where aws-vault was given no prefix, only items named like a profile are looked at.`,
		Example: `  hatstand keys import --from credentials --dry-run
  hatstand keys import --from credentials
  hatstand keys import --from aws-vault me work`,
		ValidArgsFunction: a.targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			if o.from == fromAWSVault {
				return a.importFromVault(ctx, o, args)
			}
			return a.importFromFiles(ctx, o, args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.from, "from", "", "where the keys are now, a `PLACE`: credentials or aws-vault")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would be done")
	f.BoolVar(&o.keepFile, "keep-file", false, "leave the keys in the file too")
	f.BoolVar(&o.noVerify, "no-verify", false, "do not ask AWS whose the keys are")
	f.BoolVar(&o.replace, "replace", false, "replace other keys of the same names in the keyring")
	f.StringVar(&o.backend, "backend", "", "aws-vault's keyring, a `NAME`: "+strings.Join(awsvault.Backends(), ", ")+" (default: the first that has keys)")
	f.StringVar(&o.region, "region", "", "`REGION` in which to ask AWS whose the keys are")
	_ = cmd.RegisterFlagCompletionFunc("from", cobra.FixedCompletions([]string{fromCredentials, fromAWSVault}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("backend", cobra.FixedCompletions(awsvault.Backends(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o importing) check() error {
	const next = "hatstand keys import --from credentials, or --from aws-vault"
	switch {
	case o.from == "":
		return &ui.UsageError{Reason: "keys import wants to know where the keys are", Next: next}
	case o.from != fromCredentials && o.from != fromAWSVault:
		return &ui.UsageError{Reason: "--from: unknown place " + ui.Quoted(o.from), Next: next}
	case o.backend != "" && o.from != fromAWSVault:
		return &ui.UsageError{Reason: "--backend is about aws-vault's keyring", Next: "HATSTAND_BACKEND names hatstand's own"}
	case o.keepFile && o.from != fromCredentials:
		return &ui.UsageError{Reason: "--keep-file: aws-vault's keyring is never changed"}
	}
	return nil
}

// A candidate is a key that may be imported.
type candidate struct {
	name string
	pair
	left string // why it stays where it is, which is no fault: temporary credentials
	err  error  // why it cannot be imported
}

// An outcome is what became of a candidate.
type outcome struct {
	candidate
	result string
	arn    string
	kept   bool // the keyring has these very keys, read back
}

// A verdict is what is to be done with a candidate, by what the keyring has under its name.
type verdict int

const (
	storeKeys verdict = iota
	replaceKeys
	haveKeys
)

// judge decides what to do with a candidate. found is what reading the name in the keyring gave.
func (c candidate) judge(have cache.Keys, found error, replace bool) (verdict, error) {
	switch {
	case errors.Is(found, cache.ErrNotFound):
		return storeKeys, nil
	case errors.Is(found, cache.Corrupt) && replace:
		return replaceKeys, nil
	case found != nil:
		return 0, found
	case have.AccessKeyID == c.id && have.SecretAccessKey == c.secret:
		return haveKeys, nil
	case !replace && have.AccessKeyID == c.id:
		return 0, &ui.UsageError{
			Reason: fmt.Sprintf("profile %s: the keyring has %s with another secret", ui.Quoted(c.name), have.AccessKeyID),
			Next:   "to put this one in its place: add --replace",
		}
	case !replace:
		return 0, &ui.UsageError{
			Reason: fmt.Sprintf("profile %s has another key in the keyring already: %s", ui.Quoted(c.name), have.AccessKeyID),
			Next:   "to put this one in its place: add --replace",
		}
	}
	return replaceKeys, nil
}

// importAll imports one after the other. What one key lacks does not keep the others from being had;
// what concerns all of them (the keyring, the network, a Ctrl-C) ends it, and is returned.
func (a *parts) importAll(ctx context.Context, candidates []candidate, o importing) (done []outcome, ended error) {
	show := a.ui().NewProgress(len(candidates))
	defer show.End()
	for _, c := range candidates {
		out := outcome{candidate: c}
		if c.err == nil && c.left == "" {
			out.err = a.importOne(ctx, &out, o)
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
	return as[*prompt.BusyError](err) || cache.IsUnavailable(err) || cache.IsPassphrase(err) || as[*sts.UnreachableError](err) ||
		errors.Is(err, mfa.ErrCancelled) || errors.Is(err, context.Canceled)
}

func (a *parts) importOne(ctx context.Context, out *outcome, o importing) error {
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return err
	}
	if err := out.look(ctx, store, o.replace); err != nil || out.kept {
		return err
	}
	k := cache.Keys{AccessKeyID: out.id, SecretAccessKey: out.secret, Added: a.Now().UTC()}
	if err := checkKeys(k); err != nil {
		return fmt.Errorf("profile %s: %w", ui.Quoted(out.name), err)
	}
	if o.dryRun {
		return nil
	}
	if !o.noVerify {
		if k.ARN, err = a.whose(ctx, out.name, o.region, k, "hatstand keys import --no-verify --from "+o.from); err != nil {
			return err
		}
	}
	unlock, err := a.keyring.LockChanges(ctx, out.name, "keys import")
	if err != nil {
		return err
	}
	defer unlock()
	if store, err = a.keyring.Open(ctx); err != nil {
		return err
	}
	// While AWS was asked, another process may have stored a key.
	if err := out.look(ctx, store, o.replace); err != nil || out.kept {
		return err
	}
	if err := store.PutKeys(ctx, out.name, k); err != nil {
		return err
	}
	back, err := store.Keys(ctx, out.name)
	if err != nil {
		return err
	}
	if back.AccessKeyID != k.AccessKeyID || back.SecretAccessKey != k.SecretAccessKey {
		return fmt.Errorf("profile %s: the %s keyring gives back other keys than it was given", ui.Quoted(out.name), store.Backend())
	}
	out.arn, out.kept = k.ARN, true
	return nil
}

// look reads what the keyring has under the candidate's name, and says what is to become of it.
func (out *outcome) look(ctx context.Context, store *cache.Store, replace bool) error {
	have, found := store.Keys(ctx, out.name)
	what, err := out.judge(have, found, replace)
	switch {
	case err != nil:
		return err
	case what == haveKeys:
		out.result, out.arn, out.kept = "already in the keyring", have.ARN, true
	case what == replaceKeys:
		out.result = "replaced " + cmp.Or(have.AccessKeyID, "what could not be read")
	default:
		out.result = "imported"
	}
	return nil
}

// table is what became of each, as a person reads it.
func table(done []outcome, o importing) string {
	var b strings.Builder
	t := ui.Columns(&b)
	fmt.Fprintln(t, "PROFILE\tKEY\tRESULT\tUSER")
	for _, out := range done {
		result := out.result
		switch {
		case out.err != nil:
			result = "not imported"
		case out.left != "":
			result = "left: " + out.left
		case o.dryRun && !out.kept:
			result = "to be " + result
		}
		user := out.arn
		if user == "" && out.kept {
			user = "not verified"
		}
		ui.Row(t, out.name, out.id, result, user)
	}
	t.Flush()
	return b.String()
}

// failures are the errors of those that were not imported, in words. Where others were, the exit code is
// that of work done in part.
func failures(done []outcome, ended error) error {
	var errs ui.Errors
	some := false
	for _, out := range done {
		if out.err != nil {
			errs = append(errs, out.err)
		}
		some = some || out.kept
	}
	failed := len(errs)
	if ended != nil {
		errs = append(errs, ended)
	}
	switch {
	case len(errs) == 0:
		return nil
	case errors.Is(ended, mfa.ErrCancelled), errors.Is(ended, context.Canceled):
		return mfa.ErrCancelled
	case some && ended != nil && !as[*stillThereError](ended):
		return append(ui.Errors{errors.New("not all keys were imported: run it again for the rest")}, errs...)
	case some && failed > 0:
		return append(ui.Errors{fmt.Errorf("%d of %d keys were not imported", failed, len(done))}, errs...)
	}
	return errs
}

// rootNote warns of keys that no policy holds back.
func rootNote(name, arn string) string {
	if !strings.HasSuffix(arn, ":root") {
		return ""
	}
	return fmt.Sprintf("Warning: the key of profile %s is the root user's, which may do everything and cannot assume roles. Make an IAM user, use its key, and delete this one.\n", ui.Plain(name))
}

// nextSteps says how other programs find the keys now.
func (a *parts) nextSteps(done []outcome) string {
	set, err := a.settings.Profiles()
	if err != nil {
		return ""
	}
	var names []string
	for _, out := range done {
		if _, ok := set.Profile(out.name); ok && out.kept {
			names = append(names, out.name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "To have the AWS CLI and the SDKs ask hatstand for them: hatstand adopt " + strings.Join(names, " ") + "\n"
}

// asked adds the names asked for that the source does not have, but the keyring: what an earlier run
// moved. A name that neither has is an error, before anything is done.
func asked(names []string, candidates []candidate, held func(name string) (cache.Keys, error), where, from string) ([]candidate, error) {
	for _, name := range names {
		if slices.ContainsFunc(candidates, func(c candidate) bool { return c.name == name }) {
			continue
		}
		have, err := held(name)
		switch {
		case errors.Is(err, cache.ErrNotFound):
			return nil, &ui.UsageError{Reason: fmt.Sprintf("profile %s has no keys in %s", ui.Quoted(name), where), Next: "see what there is: hatstand keys import --dry-run --from " + from}
		case err != nil:
			return nil, err
		}
		candidates = append(candidates, candidate{name: name, pair: pair{have.AccessKeyID, have.SecretAccessKey}})
	}
	return candidates, nil
}

// finished prints what became of all, and gives the errors.
func (a *parts) finished(done []outcome, o importing, ended error, more string) error {
	var b strings.Builder
	if len(done) > 0 {
		b.WriteString(table(done, o))
	}
	for _, out := range done {
		b.WriteString(rootNote(out.name, out.arn))
	}
	b.WriteString(more)
	if !o.dryRun && !o.keepFile && ended == nil {
		b.WriteString(a.nextSteps(done))
	}
	if err := a.ui().Print(b.String()); err != nil {
		return err
	}
	return failures(done, ended)
}

// placesOfKeys names the two files.
func (a *parts) placesOfKeys() string {
	at := profiles.Locate(a.Getenv, a.GOOS)
	return at.Short(at.Credentials) + " or " + at.Short(at.Config)
}
