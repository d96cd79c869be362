package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/resolve"
	"hatstand/profiles"
	"hatstand/profiles/edit"
)

func (a *parts) adoptCommand() *cobra.Command {
	return a.adoptingCommand(adopting{
		verb: "adopt", done: "adopted", already: "adopted already",
		short: "Let the AWS CLI and every SDK get a profile's credentials from hatstand",
		long: `Moves the role settings of a profile from [profile NAME] to [hatstand NAME] in
the AWS config file, and writes a credential_process that starts hatstand: the
small program hatstand-credential-process where it lies beside this one, since it
answers sooner. SDKs skip [hatstand ...] sections: with role_arn in [profile NAME]
they would assume the role themselves, and ask for MFA each time. A profile whose
keys are in the keyring gets a credential_process too.

Every other line stays as it is, and hatstand release puts the file back byte for
byte. A profile that cannot be adopted is refused, and nothing is written; with
--all it is left alone, with the reason.`,
		decide: a.adopt,
	})
}

func (a *parts) releaseCommand() *cobra.Command {
	return a.adoptingCommand(adopting{
		verb: "release", done: "released", already: "not adopted",
		short: "Undo adopt: the SDKs assume the role themselves again",
		long: `Moves the role settings of a profile from [hatstand NAME] back to where they stood in [profile NAME],
and takes the credential_process out that starts hatstand. Right after hatstand adopt, the file is
what it was, byte for byte; edits made since then stay.`,
		decide: a.release,
	})
}

// adopting is one of the two verbs.
type adopting struct {
	verb, done, already string
	short, long         string
	// decide gives what becomes of the file as it stands now.
	decide func(ctx context.Context, set *profiles.Set, names []string, all bool) (*edit.Change, []edit.Outcome, error)
}

func (a *parts) adoptingCommand(v adopting) *cobra.Command {
	var all, dryRun bool
	cmd := &cobra.Command{
		Use:   v.verb + " PROFILE...|--all",
		Short: v.short,
		Long:  v.long,
		Example: "  hatstand " + v.verb + " prod --dry-run\n" +
			"  hatstand " + v.verb + " --all",
		ValidArgsFunction: a.targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return &ui.UsageError{Reason: v.verb + " wants profiles, or --all", Next: "hatstand " + v.verb + " --all --dry-run"}
			}
			if dryRun {
				return a.showAdopting(cmd.Context(), v, args, all)
			}
			return a.runAdopting(cmd.Context(), v, args, all)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&all, "all", false, "every profile")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would change in the file, as a diff, and write nothing")
	return cmd
}

func (a *parts) runAdopting(ctx context.Context, v adopting, names []string, all bool) error {
	config, _, err := profiles.Read(profiles.Locate(a.Getenv, a.GOOS))
	if err != nil {
		return err
	}
	// Once before the file is locked, since the keyring may ask for its passphrase.
	if _, _, err := a.decided(ctx, v, config, names, all); err != nil {
		return err
	}
	var outcomes []edit.Outcome
	err = a.files().Rewrite(ctx, awsfile.Config, func(config profiles.File) ([]byte, error) {
		c, o, err := a.decided(ctx, v, config, names, all)
		if err != nil {
			return nil, err
		}
		outcomes = o
		return c.Bytes(), nil
	})
	if err != nil {
		return err
	}
	return a.ui().Print(v.told(a.where(ctx, v, names, all, outcomes)))
}

// where has the reasons name the lines of the file as it is now.
func (a *parts) where(ctx context.Context, v adopting, names []string, all bool, outcomes []edit.Outcome) []edit.Outcome {
	config, _, err := profiles.Read(profiles.Locate(a.Getenv, a.GOOS))
	if err != nil {
		return outcomes
	}
	_, now, err := a.decided(ctx, v, config, names, all)
	for i := range outcomes {
		if err == nil && len(now) == len(outcomes) && outcomes[i].Err != nil && now[i].Err != nil {
			outcomes[i].Err = now[i].Err
		}
	}
	return outcomes
}

// showAdopting prints a diff. patch skips the lines above it.
func (a *parts) showAdopting(ctx context.Context, v adopting, names []string, all bool) error {
	config, _, err := profiles.Read(profiles.Locate(a.Getenv, a.GOOS))
	if err != nil {
		return err
	}
	c, outcomes, err := a.decided(ctx, v, config, names, all)
	if err != nil {
		return err
	}
	var text strings.Builder
	for _, o := range outcomes {
		if o.Err != nil || !all && !o.Changed {
			text.WriteString(ui.Plain(v.line(o)) + "\n")
		}
	}
	for line := range strings.Lines(c.Diff()) {
		text.WriteString(a.diffLine(line))
	}
	_, err = fmt.Fprint(a.Stdout, text.String())
	return err
}

// diffLine is a line of a file as a terminal may show it; another program gets it as it is.
func (a *parts) diffLine(line string) string {
	if out, ok := a.Stdout.(*os.File); !ok || !term.IsTerminal(int(out.Fd())) {
		return line
	}
	return ui.Plain(strings.TrimSuffix(line, "\n")) + "\n"
}

// decided is what becomes of the file, and of each profile. What was named and cannot be is the error: then
// nothing is done to the others either.
func (a *parts) decided(ctx context.Context, v adopting, config profiles.File, names []string, all bool) (*edit.Change, []edit.Outcome, error) {
	_, credentials, err := profiles.Read(profiles.Locate(a.Getenv, a.GOOS))
	if err != nil {
		return nil, nil, err
	}
	set, err := profiles.Parse(config, credentials)
	if err != nil {
		return nil, nil, err
	}
	if all {
		if names = set.Names(); len(names) == 0 {
			return nil, nil, a.targets.NoProfiles()
		}
	}
	c, outcomes, err := v.decide(ctx, set, unique(names), all)
	if err != nil {
		return nil, nil, err
	}
	var refused ui.Errors
	for _, o := range outcomes {
		if o.Err != nil && !all {
			refused = append(refused, o.Err)
		}
	}
	if len(refused) > 0 {
		return nil, nil, refused
	}
	return c, outcomes, nil
}

func (a *parts) release(_ context.Context, set *profiles.Set, names []string, _ bool) (*edit.Change, []edit.Outcome, error) {
	return edit.Release(set, names, profiles.Request{Self: a.Self()})
}

func (a *parts) adopt(ctx context.Context, set *profiles.Set, names []string, all bool) (*edit.Change, []edit.Outcome, error) {
	starter, err := app.CredentialProcess(a.World)
	if err != nil {
		return nil, nil, err
	}
	// What hatstand itself could not answer for is not adopted.
	unfit := map[string]error{}
	var fit []string
	for _, name := range names {
		err := a.answersFor(ctx, set, name)
		if cache.IsUnavailable(err) || cache.IsPassphrase(err) || errors.Is(err, context.Canceled) {
			return nil, nil, err
		}
		if unfit[name] = err; err == nil {
			fit = append(fit, name)
		}
	}
	c, outcomes, err := edit.Adopt(set, fit, profiles.Request{Self: a.Self(), HasKeys: a.keyring.HasKeys(ctx)}, func(name string) string { return starter + " " + app.ProfileWord(name, a.GOOS) })
	if err != nil {
		return nil, nil, err
	}
	became := map[string]edit.Outcome{}
	for _, o := range outcomes {
		became[o.Name] = o
	}
	told := make([]edit.Outcome, len(names))
	for i, name := range names {
		if told[i] = became[name]; unfit[name] != nil {
			told[i] = edit.Outcome{Name: name, Err: unfit[name]}
		}
	}
	return c, told, nil
}

// answersFor tells why hatstand cannot give a profile's credentials; nil: it can. A profile without keys
// is none of its business: the SDKs may find credentials for it elsewhere.
func (a *parts) answersFor(ctx context.Context, set *profiles.Set, name string) error {
	chain, err := set.Chain(profiles.Request{Target: name, Getenv: a.settings.Environment().OfProfile, Self: a.Self(), HasKeys: a.keyring.HasKeys(ctx)})
	if err != nil {
		return err
	}
	if len(chain.Roles) > 0 {
		_, err := credproc.NewPlan(chain, credproc.Options{Ambient: credentials{AccessKeyID: "AKIA", SecretAccessKey: "set when it runs"}})
		return err
	}
	if chain.Base.Kind != profiles.Keyring {
		return nil // Adopt has the words for it
	}
	store, err := a.keyring.Open(ctx)
	if err != nil {
		return err
	}
	if _, err := store.Keys(ctx, chain.Base.Profile); errors.Is(err, cache.ErrNotFound) {
		return &resolve.NoKeysError{Target: name, Profile: chain.Base.Profile}
	} else if !errors.Is(err, cache.Corrupt) {
		return err
	}
	return nil
}

// line is what came of one profile.
func (v adopting) line(o edit.Outcome) string {
	switch {
	case o.Err != nil:
		return "left alone: " + o.Err.Error()
	case !o.Changed:
		return o.Name + ": " + v.already
	case len(o.Kept) > 0:
		return fmt.Sprintf("%s: %s; [hatstand %s] keeps what never stood elsewhere: %s", o.Name, v.done, o.Name, strings.Join(o.Kept, ", "))
	}
	return o.Name + ": " + v.done
}

func (v adopting) told(outcomes []edit.Outcome) string {
	var b strings.Builder
	for _, o := range outcomes {
		b.WriteString(v.line(o) + "\n")
	}
	return b.String()
}

func unique(names []string) []string {
	var once []string
	seen := map[string]bool{}
	for _, name := range names {
		if !seen[name] {
			seen[name] = true
			once = append(once, name)
		}
	}
	return once
}
