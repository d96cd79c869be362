package profiles

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"hatstand/cache"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/resolve"
	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/signins"
)

// NewAdopt is the verb adopt.
func NewAdopt(d Deps) *cobra.Command {
	return d.command(operation{
		verb: "adopt", done: "adopted", already: "adopted already",
		short: "Let the AWS CLI and SDKs get credentials from hatstand",
		long: `Moves the role settings of a profile from [profile NAME] to [hatstand NAME] in
the AWS config file, and writes a credential_process that starts hatstand
(hatstand-credential-process if it is installed beside hatstand, since it is
faster). SDKs ignore [hatstand ...] sections, so they call credential_process.
If role_arn stayed in [profile NAME], they would assume the role themselves and
ask for MFA each time.

The settings of an IAM Identity Center profile (sso_...) move as well, and its
[sso-session NAME] stays. With sso_cache = shared in [hatstand] such a profile
needs no adopting, and --all leaves it alone.

A profile whose keys are in the keyring gets a credential_process too.

Every other line stays as it is, and hatstand release puts the file back byte
for byte. A profile that cannot be adopted is refused, and nothing is written;
with --all it is left alone, with the reason.`,
		decide: d.adopt, lost: d.lostByAdopting,
	})
}

// NewRelease is the verb release.
func NewRelease(d Deps) *cobra.Command {
	return d.command(operation{
		verb: "release", done: "released", already: "not adopted",
		short: "Undo adopt: the SDKs assume the role themselves again",
		long: `Moves the role settings of a profile from [hatstand NAME] back to where they
were in [profile NAME], and removes the credential_process that starts
hatstand. Right after hatstand adopt, the file is what it was, byte for byte;
edits made since then stay.`,
		decide: d.release, remark: d.keysOutOfSight,
	})
}

// An operation is one of the two verbs.
type operation struct {
	verb, done, already string
	short, long         string
	// decide says what the file becomes, given its text now.
	decide func(ctx context.Context, set *profiles.Set, names []string, all bool) (*edit.Change, []edit.Outcome, error)
	// lost are lines about what no longer works, printed before a diff too; nil: nothing.
	lost func([]edit.Outcome) string
	// remark is a line to print after it was done; nil: there is none.
	remark func([]edit.Outcome) string
}

func (d Deps) command(v operation) *cobra.Command {
	var all, dryRun, asJSON bool
	cmd := &cobra.Command{
		Use:   v.verb + " PROFILE...|--all",
		Short: v.short,
		Long:  v.long,
		Example: "  hatstand " + v.verb + " prod --dry-run\n" +
			"  hatstand " + v.verb + " --all",
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if all == (len(args) > 0) {
				return &ui.UsageError{
					Reason: v.verb + " needs profiles, or --all",
					Next:   "hatstand " + v.verb + " --all --dry-run",
				}
			}
			if dryRun {
				return d.showDiff(cmd.Context(), v, args, all, asJSON)
			}
			return d.rewrite(cmd.Context(), v, args, all, asJSON)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().BoolVar(&all, "all", false, "every profile")
	cmd.Flags().BoolVar(&dryRun, "dry-run", false, "show what would change in the file, as a diff, and write nothing")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: edited{}})
	return cmd
}

func (d Deps) rewrite(ctx context.Context, v operation, names []string, all, asJSON bool) error {
	config, _, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
	if err != nil {
		return err
	}
	// Once before the file is locked, since the keyring may ask for its passphrase.
	if _, _, err := d.decide(ctx, v, config, names, all); err != nil {
		return err
	}
	var outcomes []edit.Outcome
	err = d.Files.Rewrite(ctx, awsfile.Config, func(config profiles.File) ([]byte, error) {
		c, o, err := d.decide(ctx, v, config, names, all)
		if err != nil {
			return nil, err
		}
		outcomes = o
		return c.Bytes(), nil
	})
	if err != nil {
		return err
	}
	outcomes = d.relocate(ctx, v, names, all, outcomes)
	notes := ""
	if v.lost != nil {
		notes = v.lost(outcomes)
	}
	if v.remark != nil {
		notes += v.remark(outcomes)
	}
	if asJSON {
		return d.World.Streams().PrintJSON(documentOf(outcomes, notes))
	}
	return d.World.Streams().Print(strings.Join(v.lines(outcomes), "\n") + "\n" + notes)
}

// relocate has the reasons name the lines of the file as it is now.
func (d Deps) relocate(
	ctx context.Context,
	v operation,
	names []string,
	all bool,
	outcomes []edit.Outcome,
) []edit.Outcome {
	config, _, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
	if err != nil {
		return outcomes
	}
	_, now, err := d.decide(ctx, v, config, names, all)
	for i := range outcomes {
		if err == nil && len(now) == len(outcomes) && outcomes[i].Err != nil && now[i].Err != nil {
			outcomes[i].Err = now[i].Err
		}
	}
	return outcomes
}

// showDiff prints a diff. patch skips the lines above it.
func (d Deps) showDiff(ctx context.Context, v operation, names []string, all, asJSON bool) error {
	config, _, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
	if err != nil {
		return err
	}
	c, outcomes, err := d.decide(ctx, v, config, names, all)
	if err != nil {
		return err
	}
	notes := ""
	if v.lost != nil {
		notes = v.lost(outcomes)
	}
	if asJSON {
		e := documentOf(outcomes, notes)
		e.DryRun, e.Diff = true, c.Diff()
		return d.World.Streams().PrintJSON(e)
	}
	var text strings.Builder
	told := slices.DeleteFunc(slices.Clone(outcomes), func(o edit.Outcome) bool { return o.Err == nil && (all || o.Changed) })
	for _, line := range v.lines(told) {
		text.WriteString(ui.Plain(line) + "\n")
	}
	for line := range strings.Lines(notes) {
		text.WriteString(ui.Plain(strings.TrimSuffix(line, "\n")) + "\n")
	}
	if _, err := fmt.Fprint(d.World.Stdout, text.String()); err != nil {
		return err
	}
	return d.printDiff(c)
}

// printDiff prints a change of a file.
func (d Deps) printDiff(c *edit.Change) error {
	var text strings.Builder
	for line := range strings.Lines(c.Diff()) {
		text.WriteString(d.diffLine(line))
	}
	_, err := fmt.Fprint(d.World.Stdout, text.String())
	return err
}

// diffLine is a line of a file as a terminal may show it; another program gets it as it is.
func (d Deps) diffLine(line string) string {
	ends := strings.HasSuffix(line, "\n")
	text := strings.TrimSuffix(line, "\n")
	streams := d.World.Streams()
	if out, ok := d.World.Stdout.(*os.File); ok && term.IsTerminal(int(out.Fd())) {
		text, ends = ui.Plain(text), true
	}
	if text = streams.DiffLine(text); ends {
		text += "\n"
	}
	return text
}

// decide makes the change of the file and the outcome of each profile. If a profile that was named cannot be changed,
// that is the error, and the others are not changed either.
func (d Deps) decide(
	ctx context.Context,
	v operation,
	config profiles.File,
	names []string,
	all bool,
) (*edit.Change, []edit.Outcome, error) {
	_, credentials, err := settings.ReadFiles(settings.LocateFiles(d.World.Getenv, d.World.GOOS))
	if err != nil {
		return nil, nil, err
	}
	set, err := profiles.Parse(config, credentials)
	if err != nil {
		return nil, nil, err
	}
	if all {
		if names = set.Names(); len(names) == 0 {
			return nil, nil, d.Targets.NoProfiles()
		}
	}
	if names, err = set.Expand(names); err != nil {
		return nil, nil, err
	}
	c, outcomes, err := v.decide(ctx, set, names, all)
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

func (d Deps) release(
	_ context.Context,
	set *profiles.Set,
	names []string,
	_ bool,
) (*edit.Change, []edit.Outcome, error) {
	return edit.Release(set, names, profiles.Request{Self: d.World.Self()})
}

// keysOutOfSight names the released profiles whose keys are in the keyring: the AWS CLI found them by the
// credential_process that is gone now.
func (d Deps) keysOutOfSight(outcomes []edit.Outcome) string {
	d.Settings.Reread()
	set, err := d.Settings.Profiles()
	if err != nil {
		return ""
	}
	var names []string
	for _, o := range outcomes {
		chain, err := set.Chain(
			profiles.Request{Target: o.Name, Getenv: d.Settings.Environment().OfProfile, Self: d.World.Self()},
		)
		if o.Changed && err == nil && len(chain.Roles) == 0 && chain.Base.Kind == profiles.Keyring &&
			chain.Base.Profile == o.Name {
			names = append(names, o.Name)
		}
	}
	if len(names) == 0 {
		return ""
	}
	return "The AWS CLI finds no keys for " + strings.Join(names, ", ") + " any more: they stay in the keyring.\n"
}

func (d Deps) adopt(
	ctx context.Context,
	set *profiles.Set,
	names []string,
	all bool,
) (*edit.Change, []edit.Outcome, error) {
	starter, err := app.CredentialProcess(d.World)
	if err != nil {
		return nil, nil, err
	}
	shared, err := signins.Shared(set)
	if err != nil {
		return nil, nil, err
	}
	// What hatstand itself could not answer for is not adopted.
	refused := map[string]error{}
	var able []string
	for _, name := range names {
		err := d.check(ctx, set, name)
		if cache.IsUnavailable(err) || cache.IsPassphrase(err) || errors.Is(err, context.Canceled) {
			return nil, nil, err
		}
		if err == nil && all && shared {
			err = d.findsItself(set, name)
		}
		if refused[name] = err; err == nil {
			able = append(able, name)
		}
	}
	c, outcomes, err := edit.Adopt(
		set,
		able,
		profiles.Request{Self: d.World.Self(), HasKeys: d.Keyring.HasKeys(ctx)},
		func(name string) string { return starter + " " + app.ProfileWord(name, d.World.GOOS) },
	)
	if err != nil {
		return nil, nil, err
	}
	byName := map[string]edit.Outcome{}
	for _, o := range outcomes {
		byName[o.Name] = o
	}
	inOrder := make([]edit.Outcome, len(names))
	for i, name := range names {
		if inOrder[i] = byName[name]; refused[name] != nil {
			inOrder[i] = edit.Outcome{Name: name, Err: refused[name]}
		}
	}
	return c, inOrder, nil
}

// check says why hatstand cannot give a profile's credentials; nil: it can. It says nothing about a profile without
// keys: the SDKs may find credentials for it elsewhere.
func (d Deps) check(ctx context.Context, set *profiles.Set, name string) error {
	chain, err := set.Chain(
		profiles.Request{
			Target:  name,
			Getenv:  d.Settings.Environment().OfProfile,
			Self:    d.World.Self(),
			HasKeys: d.Keyring.HasKeys(ctx),
		},
	)
	if err != nil {
		return err
	}
	if len(chain.Roles) > 0 || chain.Base.Kind != profiles.Keyring {
		_, err := credproc.NewPlan(
			chain,
			credproc.Options{Ambient: standIn()},
		)
		return err
	}
	store, err := d.Keyring.Open(ctx)
	if err != nil {
		return err
	}
	if _, err := store.Keys(ctx, chain.Base.Profile); errors.Is(err, cache.ErrNotFound) {
		return resolve.MissingKeys(name, chain.Base.Profile)
	} else if !errors.Is(err, cache.Corrupt) {
		return err
	}
	return nil
}

// standIn are credentials for a plan that nobody runs: what the environment has is known when a command runs.
func standIn() credentials.Value {
	return credentials.Value{AccessKeyID: "AKIA", SecretAccessKey: "set when it runs"}
}

// findsItself is why a profile needs no adopting where sign-ins are shared with the AWS CLI: it is Identity Center's
// own or the console's, and the SDKs find its credentials. nil: they do not.
func (d Deps) findsItself(set *profiles.Set, name string) error {
	chain, err := set.Chain(profiles.Request{Target: name, Self: d.World.Self()})
	key, where := set.SDKSource(name)
	if err != nil || len(chain.Roles) > 0 {
		return err
	}
	sso := chain.Base.Kind == profiles.SSO && strings.HasPrefix(key, "sso_")
	if console := chain.Base.Kind == profiles.LoginSession && key == "login_session"; !sso && !console {
		return nil
	}
	return &edit.Error{
		Kind: edit.OwnSource, Profile: name, Location: where.Location(),
		Reason: "with sso_cache = shared the SDKs find its credentials by themselves",
	}
}

// lostByAdopting tells what other programs can no longer do with profiles whose sign-in they do not see any more.
func (d Deps) lostByAdopting(outcomes []edit.Outcome) string {
	shared := false
	if set, err := d.Settings.Profiles(); err == nil {
		shared, _ = signins.Shared(set) // its error was the command's
	}
	bySignIn := map[string][]string{}
	var order []string
	var console []string
	for _, o := range outcomes {
		if o.Err == nil && o.Changed && o.Console {
			console = append(console, o.Name)
		}
		if o.Err != nil || !o.Changed || o.SignIn == (profiles.SSOSetting{}) {
			continue
		}
		instead := "aws sso login --sso-session " + app.ProfileWord(o.SignIn.Session, "linux")
		if o.SignIn.Session == "" {
			instead = "hatstand login PROFILE"
		}
		if bySignIn[instead] == nil {
			order = append(order, instead)
		}
		bySignIn[instead] = append(bySignIn[instead], o.Name)
	}
	var b strings.Builder
	for _, instead := range order {
		fmt.Fprintf(&b, "For %s, aws sso login --profile no longer works (use %s), nor do programs that read its sso_account_id.\n",
			someOf(bySignIn[instead]), instead)
	}
	if len(console) > 0 {
		fmt.Fprintf(&b, "For %s, aws login --profile would write another login_session (use hatstand login PROFILE).\n",
			someOf(console))
	}
	if shared && len(order)+len(console) > 0 {
		b.WriteString("With sso_cache = shared the SDKs find credentials without it: hatstand release undoes it.\n")
	}
	return b.String()
}

// line reports the outcome for one profile.
func (v operation) line(o edit.Outcome) string {
	switch {
	case o.Err != nil:
		return "left alone: " + o.Err.Error()
	case !o.Changed:
		return o.Name + ": " + v.already
	case len(o.Kept) > 0:
		return fmt.Sprintf(
			"%s: %s; [hatstand %s] keeps what was never anywhere else: %s",
			o.Name,
			v.done,
			o.Name,
			strings.Join(o.Kept, ", "),
		)
	}
	return o.Name + ": " + v.done
}

// lines are what came of all, one for each profile; of profiles with which nothing was done, a line for all with the
// same reason where they are many: profiles sync may have written a thousand.
func (v operation) lines(outcomes []edit.Outcome) []string {
	alike := map[string][]string{}
	for _, o := range outcomes {
		if why := v.unchanged(o); why != "" {
			alike[why] = append(alike[why], o.Name)
		}
	}
	var all []string
	for _, o := range outcomes {
		why := v.unchanged(o)
		switch names := alike[why]; {
		case why == "" || len(names) <= mostNamed:
			all = append(all, v.line(o))
		case o.Name != names[0]:
		case o.Err != nil:
			all = append(all, "left alone: "+someOf(names)+", each because "+why)
		default:
			all = append(all, someOf(names)+": "+why)
		}
	}
	return all
}

// unchanged is why a profile stays as it is, in words that others may share; "": it was changed, or they are its own.
func (v operation) unchanged(o edit.Outcome) string {
	if e, ok := errors.AsType[*edit.Error](o.Err); ok {
		return e.Reason
	}
	if o.Err == nil && !o.Changed {
		return v.already
	}
	return ""
}

// unique is the names in their order, each once.
func unique(names []string) []string {
	seen := map[string]bool{}
	return slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		again := seen[name]
		seen[name] = true
		return again
	})
}
