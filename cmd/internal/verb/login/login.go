// Package login is the verbs login and logout. Login gets credentials and writes them to the keyring, and asks once
// for each MFA device; logout removes sessions from the keyring. Neither prints a secret, and neither touches keys or
// MFA seeds.
package login

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/mfa"
)

// Deps are what these verbs use.
type Deps struct {
	UI       ui.Streams
	Logs     *app.Log
	Settings *app.Settings
	Targets  app.Targets
	Keyring  *provider.Keyring
	Provider *provider.Provider
	Now      func() time.Time
}

// NewLogin is the verb login.
func NewLogin(d Deps) *cobra.Command {
	var k provider.RoleFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "login [PROFILE...|--all]",
		Short: "Ask for MFA now, so that later tools need not",
		Long: `Gets the profiles' credentials and caches them, so that the AWS CLI, the SDKs
and your scripts find them without a prompt. It asks once for each MFA device,
then assumes all roles at the same time; a role that is to last longer than an
hour takes a code of its own. Run it before you start something that has no
terminal.`,
		Example: `  hatstand login prod staging
  hatstand login --all`,
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := loginTargets(d, args, all)
			if err != nil {
				return err
			}
			return login(cmd.Context(), d, targets, &k, all)
		},
	}
	k.AddPlan(cmd.Flags())
	k.AddCode(cmd.Flags())
	cmd.Flags().BoolVar(&all, "all", false, "every profile that has a role")
	return cmd
}

func loginTargets(d Deps, args []string, all bool) ([]string, error) {
	switch {
	case all && len(args) > 0:
		return nil, &ui.UsageError{Reason: "login takes profiles or --all, not both", Next: "hatstand login --all"}
	case !all && len(args) == 0:
		target, err := d.Targets.Chosen(nil)
		return []string{target}, err
	case !all:
		return args, nil
	}
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	var targets []string
	for _, p := range set.Profiles() {
		if p.Get("role_arn").IsSet() {
			targets = append(targets, p.Name)
		}
	}
	if len(targets) == 0 {
		return nil, &ui.UsageError{Reason: "no profile has a role", Next: "name the profiles: hatstand login PROFILE..."}
	}
	return targets, nil
}

// rolesAtOnce is how many roles are assumed at the same time.
const rolesAtOnce = 16

// login gets and caches credentials: first, one after the other, those that need a code; then all the others at the
// same time. Unlike elsewhere a failed write to the keyring is a failure, since caching them is the purpose. A profile
// that fails does not stop the others; the first error gives the exit code.
func login(ctx context.Context, d Deps, targets []string, k *provider.RoleFlags, all bool) error {
	plans, unplanned := d.Provider.Plans(ctx, targets, k)
	// Profiles that were named are checked before anybody is asked. With --all, some may be unusable.
	if len(unplanned) > 0 && (!all || len(plans) == 0) {
		return unplanned
	}
	b, err := d.Provider.Batch(ctx, plans, k, prompt.Insist, true)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	if err := b.Ask(ctx); err != nil {
		return errors.Join(printCached(ctx, d, b), err)
	}
	got := assumeAll(ctx, d, b)
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return errors.Join(printCached(ctx, d, b), mfa.ErrCancelled)
	}
	errs := unplanned
	var skipped []string
	ok := 0
	for i, p := range plans {
		switch err := b.Failed[i]; {
		case errors.Is(err, provider.ErrSkipped):
			skipped = append(skipped, ui.Quoted(p.Target))
		case err != nil:
			errs = append(errs, err)
		default:
			ok++
			if err := d.UI.Print(signedIn(p, got[i], d.Now())); err != nil {
				return err
			}
		}
	}
	several := len(errs) > 1
	if len(skipped) > 0 {
		errs = append(errs, fmt.Errorf("not signed in either, for the same reason: %s", strings.Join(skipped, ", ")))
	}
	if several {
		errs = append(errs, fmt.Errorf("%d of %d profiles are signed in", ok, len(targets)))
	}
	if len(errs) > 0 {
		return errs
	}
	removeExpired(ctx, d)
	return nil
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

// printCached prints which profiles are signed in when login is cancelled: codes were spent on them.
func printCached(ctx context.Context, d Deps, b *provider.Batch) error {
	for i, p := range b.Plans {
		c, ok := b.Cached(context.WithoutCancel(ctx), i)
		if !ok {
			continue
		}
		if err := d.UI.Print(signedIn(p, c, d.Now())); err != nil {
			return err
		}
	}
	return nil
}

// signedIn is the line that login prints for a profile.
func signedIn(p credproc.Plan, c credentials.Value, now time.Time) string {
	what, until := "signed in", ""
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Call == credproc.AssumeRole {
		what = p.Steps[n-1].Role.ARN
	}
	if c.CanExpire {
		until = " until " + ui.ClockTime(c.Expires, now)
	}
	return fmt.Sprintf("%s: %s%s\n", p.Target, what, until)
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
