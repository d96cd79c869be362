// Package login is the verbs login and logout. Login gets credentials and writes them to the keyring, and asks once
// for each MFA device; logout removes sessions from the keyring. Neither prints a secret, and neither touches keys or
// MFA seeds.
package login

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/recent"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// Deps are what these verbs use.
type Deps struct {
	UI       ui.Streams
	Logs     *app.Log
	Settings *app.Settings
	Targets  app.Targets
	Keyring  *provider.Keyring
	Provider *provider.Provider
	Files    awsfile.Editor
	Now      func() time.Time
}

// NewLogin is the verb login.
func NewLogin(d Deps) *cobra.Command {
	var k provider.RoleFlags
	var all, console, yes, asJSON bool
	cmd := &cobra.Command{
		Use:   "login [PROFILE...|SESSION...|--all]",
		Short: "Sign in or ask for MFA now, so that later tools need not",
		Long: `Gets the profiles' credentials and caches them, so that the AWS CLI, the SDKs
and your scripts find them without a prompt. It signs in once for each IAM
Identity Center and OpenID provider, asks once for each MFA device, then gets
all credentials at the same time. A role that is to last longer than an hour
needs a code of its own. Run it before you start something that has no terminal.

SESSION is an [sso-session] or a [hatstand-oidc] section of the config file:
login signs in there, and gets no credentials yet. With a [hatstand-saml]
section it gets the credentials of all its profiles, with one SAML sign-in.

With --console it signs in to the AWS console, and writes the user or role that
you signed in as into PROFILE (login_session). PROFILE need not exist yet.`,
		Example: `  hatstand login prod staging
  hatstand login corp
  hatstand login me --console
  hatstand login 'prod-*'
  hatstand login --all`,
		ValidArgsFunction: d.Targets.CompleteSignIns,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := checkSignIn(&k); err != nil {
				return err
			}
			if console {
				return signInToConsole(cmd.Context(), d, args, &k, all, yes, d.reporter(asJSON))
			}
			targets, sessions, err := loginTargets(cmd.Context(), d, args, all)
			if err != nil {
				return err
			}
			return login(cmd.Context(), d, targets, sessions, &k, all, d.reporter(asJSON))
		},
	}
	k.AddPlan(cmd.Flags())
	k.AddCode(cmd.Flags())
	k.AddReason(cmd.Flags())
	k.AddSAML(cmd.Flags())
	addSignIn(cmd.Flags(), &k)
	cmd.Flags().BoolVar(&console, "console", false,
		"sign in to the AWS console, and have PROFILE use that")
	cmd.Flags().BoolVar(&yes, "yes", false, "with --console: change the profile's login_session without asking")
	cmd.Flags().BoolVar(&all, "all", false, "every profile that has a role, and every sign-in")
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: loggedIn{}})
	return cmd
}

// loginTargets are the profiles and the sign-ins that the arguments name.
func loginTargets(ctx context.Context, d Deps, args []string, all bool) (targets []string, sessions []profiles.Grant,
	err error) {
	if all && len(args) > 0 {
		return nil, nil, &ui.UsageError{Reason: "login takes names or --all, not both", Next: "hatstand login --all"}
	}
	if !all && len(args) == 0 {
		target, err := d.Targets.Chosen(ctx, nil)
		if _, unnamed := d.Targets.Named(nil); unnamed != nil && !d.UI.CanChoose() {
			err = &ui.UsageError{Reason: unnamed.Error(), Next: "name some, or all: hatstand login --all"}
		}
		return []string{target}, nil, err
	}
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, nil, err
	}
	request := d.request()
	if !all {
		if args, err = set.Expand(args, append(signins.Names(set), set.SAMLSections()...)...); err != nil {
			return nil, nil, err
		}
		for _, arg := range args {
			keys := d.Targets.SignInsNamed(set, arg, "hatstand login")
			if len(keys) == 0 {
				if g, ok := signins.OfStartURL(set, arg, request); ok {
					sessions = append(sessions, g)
					continue
				}
				if err := misspelt(set, arg); err != nil {
					return nil, nil, err
				}
				targets = append(targets, arg)
				continue
			}
			if section, ok := strings.CutPrefix(keys[0], "saml:"); ok {
				of := signins.ProfilesOfSAML(set, section, request)
				if len(of) == 0 {
					return nil, nil, &ui.UsageError{Reason: fmt.Sprintf("no profile has saml = %s", ui.Quoted(arg)),
						Next: "give a profile role_arn and saml = " + arg}
				}
				targets = append(targets, of...)
				continue
			}
			g, err := signins.Named(set, arg, request)
			if err != nil {
				return nil, nil, err
			}
			sessions = append(sessions, g)
		}
		return targets, sessions, nil
	}
	for _, p := range set.Profiles() {
		if p.Get("role_arn").IsSet() {
			targets = append(targets, p.Name)
		}
	}
	if sessions = signins.All(set, request); len(targets) == 0 && len(sessions) == 0 {
		return nil, nil, &ui.UsageError{Reason: "no profile has a role, and none signs in",
			Next: "name the profiles: hatstand login PROFILE..."}
	}
	return targets, sessions, nil
}

// misspelt is the error of a name that is neither a profile nor a role, and like that of a sign-in; nil where it is
// not.
func misspelt(set *profiles.Set, name string) error {
	_, isProfile := set.Profile(name)
	near := signins.Similar(set, name)
	if !isProfile && strings.Contains(name, "://") {
		return &ui.UsageError{Reason: "no profile signs in to " + ui.Quoted(name) + " without an sso_session",
			Next: "what signs in, and its names: hatstand status"}
	}
	if isProfile || strings.Contains(name, ":") || len(set.Similar(name)) > 0 || len(near) == 0 {
		return nil
	}
	return &ui.UsageError{Reason: "there is no profile and no sign-in " + ui.Quoted(name),
		Next: "did you mean " + ui.Quoted(near[0]) + "?"}
}

// request is what the environment says of sign-ins.
func (d Deps) request() profiles.Request {
	return profiles.Request{Getenv: d.Settings.Environment().OfProfile}
}

// rolesAtOnce is how many credentials are got at the same time. Identity Center takes about 20 calls a second.
const rolesAtOnce = 10

// login gets and caches credentials: first the sign-ins, one after the other, then what needs a code, then all the
// others at the same time. Unlike elsewhere a failed write to the keyring is a failure, since caching them is the
// purpose. A profile that fails does not stop the others; the first error gives the exit code.
func login(ctx context.Context, d Deps, targets []string, sessions []profiles.Grant, k *provider.RoleFlags,
	all bool, tell *reporter) (err error) {
	plans, unplanned := d.Provider.Plans(ctx, targets, k)
	// Profiles that were named are checked before anybody is asked. With --all, some may be unusable.
	if len(unplanned) > 0 && (!all || len(plans) == 0 && len(sessions) == 0) {
		return unplanned
	}
	defer func() { err = cmp.Or(tell.end(), err) }()
	if all {
		plans = d.leaveOutReasons(plans)
		if len(plans) == 0 && len(sessions) == 0 {
			return nil
		}
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	signIns := signInsOf(plans, sessions, d.planOf(ctx))
	err = signInAll(ctx, d, signIns, k)
	errs := unplanned
	for _, s := range signIns {
		switch {
		case s.err != nil:
			errs = append(errs, s.err)
		case s.token.Access != "":
			if err := tell.signIn(s); err != nil {
				return err
			}
		}
	}
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return mfa.ErrCancelled
	}
	if err != nil {
		return err
	}
	failed := len(errs) - len(unplanned)
	plans = slices.DeleteFunc(plans, func(p credproc.Plan) bool { return !signedInTo(signIns, p.Base.Grant) })
	var used []recent.Use
	var skipped error
	if len(plans) > 0 {
		rest := *k
		rest.SignInAnew = false
		var got ui.Errors
		if used, got, skipped, err = getAll(ctx, d, plans, &rest, tell); err != nil {
			return err
		}
		errs = append(errs, got...)
	}
	if !all {
		d.Targets.Used(used...)
	}
	several := len(errs) > 1
	if skipped != nil {
		errs = append(errs, skipped)
	}
	switch {
	case several && len(targets) > 0:
		errs = append(errs, fmt.Errorf("%d of %d profiles are signed in", len(used), len(targets)))
	case several:
		errs = append(errs, fmt.Errorf("%d of %d sign-ins succeeded", len(signIns)-failed, len(signIns)))
	}
	if len(errs) > 0 {
		return errs
	}
	removeExpired(ctx, d)
	return nil
}

// leaveOutReasons leaves out the profiles that require a reason: --all asks for none.
func (d Deps) leaveOutReasons(plans []credproc.Plan) []credproc.Plan {
	return slices.DeleteFunc(plans, func(p credproc.Plan) bool {
		out := p.ReasonRequired().IsSet()
		if out {
			d.UI.Note(ui.Quoted(p.Target) + " requires a reason: left out, since it is not named")
		}
		return out
	})
}

// signedInTo reports whether a grant needs no sign-in any more.
func signedInTo(all []*signIn, g profiles.Grant) bool {
	return !slices.ContainsFunc(all, func(s *signIn) bool { return s.grant.Key() == g.Key() && s.err != nil })
}

// getAll gets the credentials of plans and reports each one. notTried names those that were skipped because another one
// failed; err ends the command.
func getAll(ctx context.Context, d Deps, plans []credproc.Plan, k *provider.RoleFlags, tell *reporter) (used []recent.Use,
	errs ui.Errors, notTried, err error) {
	b, err := d.Provider.Batch(ctx, plans, k, prompt.Insist, true)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := b.Ask(ctx); err != nil {
		return nil, nil, nil, errors.Join(tellCached(ctx, b, tell), err)
	}
	got := assumeAll(ctx, d, b)
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return nil, nil, nil, errors.Join(tellCached(ctx, b, tell), mfa.ErrCancelled)
	}
	var skipped []string
	for i, p := range plans {
		switch err := b.Failed[i]; {
		case errors.Is(err, provider.ErrSkipped):
			skipped = append(skipped, ui.Quoted(p.Target))
		case err != nil:
			errs = append(errs, err)
		default:
			used = append(used, app.UseOf(p, got[i].Expires))
			if err := tell.profile(p, got[i]); err != nil {
				return used, nil, nil, err
			}
		}
	}
	if len(skipped) > 0 {
		notTried = fmt.Errorf("not signed in either, for the same reason: %s", strings.Join(skipped, ", "))
	}
	return used, errs, notTried, nil
}

// assumeAll gets the credentials of all plans that have not failed yet. The result has a place for each plan.
func assumeAll(ctx context.Context, d Deps, b *provider.Batch) []credentials.Value {
	progress := d.UI.NewProgress(len(b.Plans))
	defer progress.End()
	got := make([]credentials.Value, len(b.Plans))
	slots := make(chan struct{}, rolesAtOnce)
	var running sync.WaitGroup
	for i, p := range b.Plans {
		if b.Failed[i] != nil {
			progress.Done(p.Target)
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			got[i], _ = b.Credentials(ctx, i) // the error is in b.Failed
			progress.Done(p.Target)
		})
	}
	running.Wait()
	return got
}

// tellCached tells which profiles are signed in when login is cancelled: codes were spent on them.
func tellCached(ctx context.Context, b *provider.Batch, tell *reporter) error {
	for i, p := range b.Plans {
		c, ok := b.Cached(context.WithoutCancel(ctx), i)
		if !ok {
			continue
		}
		if err := tell.profile(p, c); err != nil {
			return err
		}
	}
	return nil
}

// removeExpired removes expired sessions from the keyring. Login does it, since people expect login to take a moment.
// An error is only logged: the next login tries again.
func removeExpired(ctx context.Context, d Deps) {
	store := d.Keyring.Opened()
	if store == nil {
		return
	}
	n, err := store.DropExpired(ctx)
	d.Logs.Logger().Debug("expired sessions removed", "sessions", n, "ok", err == nil)
}
