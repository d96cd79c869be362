package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/mfa"
)

func (a *parts) loginCommand() *cobra.Command {
	var k provider.RoleFlags
	var all bool
	cmd := &cobra.Command{
		Use:   "login [PROFILE...|--all]",
		Short: "Ask for MFA now, so that later tools need not",
		Long: `Gets the profiles' credentials and keeps them, so that the AWS CLI, the SDKs and your scripts
find them without a prompt. It asks once for each MFA device, then assumes all roles at the same
time; a role that is to last longer than an hour takes a code of its own. It is what to run before
starting something that has no terminal.`,
		Example: `  hatstand login prod staging
  hatstand login --all`,
		ValidArgsFunction: a.targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := a.loginTargets(args, all)
			if err != nil {
				return err
			}
			return a.login(cmd.Context(), targets, &k, all)
		},
	}
	k.AddPlan(cmd.Flags())
	k.AddCode(cmd.Flags())
	cmd.Flags().BoolVar(&all, "all", false, "every profile that has a role")
	return cmd
}

func (a *parts) loginTargets(args []string, all bool) ([]string, error) {
	switch {
	case all && len(args) > 0:
		return nil, &ui.UsageError{Reason: "login takes profiles or --all, not both", Next: "hatstand login --all"}
	case !all && len(args) == 0:
		target, err := a.targets.Chosen(nil)
		return []string{target}, err
	case !all:
		return args, nil
	}
	set, err := a.settings.Profiles()
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

// atOnce is how many roles are assumed at the same time.
const atOnce = 16

// login gets and keeps credentials: first, one after the other, what needs a code; then all the rest
// at the same time. Here, other than elsewhere, a failed write is a failure: keeping them is what was
// asked for. What one profile lacks does not keep the others from being had; the first error is the
// answer.
func (a *parts) login(ctx context.Context, targets []string, k *provider.RoleFlags, all bool) error {
	plans, unplanned := a.provider.Plans(targets, k)
	// What was named is checked before anybody is asked; of all there are, some may be unfit.
	if len(unplanned) > 0 && (!all || len(plans) == 0) {
		return unplanned
	}
	b, err := a.provider.Batch(ctx, plans, k, prompt.Insist, true)
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	if err := b.Ask(ctx); err != nil {
		return errors.Join(a.printCached(ctx, b), err)
	}
	show := a.ui().NewProgress(len(plans))
	until := make([]credentials, len(plans))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, p := range plans {
		if b.Failed[i] != nil || b.Skipped[i] {
			show.Done(p.Target)
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			until[i], _ = b.Credentials(ctx, i)
			show.Done(p.Target)
		})
	}
	running.Wait()
	show.End()
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return errors.Join(a.printCached(ctx, b), mfa.ErrCancelled)
	}
	errs := unplanned
	var without []string
	for i, p := range plans {
		switch {
		case b.Failed[i] != nil:
			errs = append(errs, b.Failed[i])
		case b.Skipped[i]:
			without = append(without, ui.Quoted(p.Target))
		default:
			if err := a.ui().Print(a.loggedIn(p, until[i])); err != nil {
				return err
			}
		}
	}
	if len(without) > 0 {
		errs = append(errs, fmt.Errorf("not signed in either, for the same reason: %s", strings.Join(without, ", ")))
	}
	if len(errs) > 0 {
		return errs
	}
	a.forgetExpired(ctx)
	return nil
}

// printCached tells which profiles are signed in, where the rest is given up: a code was spent on them.
func (a *parts) printCached(ctx context.Context, b *provider.Batch) error {
	for i, p := range b.Plans {
		c, ok := b.Cached(context.WithoutCancel(ctx), i)
		if !ok {
			continue
		}
		if err := a.ui().Print(a.loggedIn(p, c)); err != nil {
			return err
		}
	}
	return nil
}

// loggedIn says in words what a plan gave.
func (a *parts) loggedIn(p credproc.Plan, c credentials) string {
	what, until := "signed in", ""
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Call == credproc.AssumeRole {
		what = p.Steps[n-1].Role.ARN
	}
	if c.CanExpire {
		until = " until " + ui.ClockTime(c.Expires, a.Now())
	}
	return fmt.Sprintf("%s: %s%s\n", p.Target, what, until)
}

// forgetExpired tidies the keyring up: login is when a person expects a moment's work. What fails is
// tried again the next time.
func (a *parts) forgetExpired(ctx context.Context) {
	if a.keyring.Opened() == nil {
		return
	}
	n, err := a.keyring.Opened().DropExpired(ctx)
	a.logs.Logger().Debug("expired sessions forgotten", "sessions", n, "ok", err == nil)
}
