package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/resolve"
	"hatstand/mfa"
)

func (a *parts) loginCommand() *cobra.Command {
	var k asking
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
	k.planFlags(cmd.Flags())
	k.codeFlag(cmd.Flags())
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
func (a *parts) login(ctx context.Context, targets []string, k *asking, all bool) error {
	var plans []credproc.Plan
	var unplanned ui.Errors
	for _, target := range targets {
		err := a.guard.Check(target)
		var p credproc.Plan
		if err == nil {
			p, err = a.plan(target, k)
		}
		if err != nil {
			unplanned = append(unplanned, err)
			continue
		}
		plans = append(plans, p)
	}
	// What was named is checked before anybody is asked; of all there are, some may be unfit.
	if len(unplanned) > 0 && (!all || len(plans) == 0) {
		return unplanned
	}
	k.insists = true
	r, err := a.resolver(ctx, plans[0].Target, k)
	if err != nil {
		return err
	}
	limit, err := a.settings.Patience()
	if err != nil {
		return err
	}
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	failed, skipped, err := a.ask(ctx, plans, limit, func(i int, failed *error) *resolve.Resolver { return a.forOne(r, plans[i], failed) })
	if err != nil {
		return errors.Join(a.tellKept(ctx, r, plans), err)
	}
	show := a.ui().NewProgress(len(plans))
	until := make([]credentials, len(plans))
	slots := make(chan struct{}, atOnce)
	var running sync.WaitGroup
	for i, p := range plans {
		if failed[i] != nil || skipped[i] {
			show.Done(p.Target)
			continue
		}
		running.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			c, err := a.forOne(r, p, &failed[i]).Credentials(ctx, p)
			if err != nil {
				failed[i] = err
			}
			until[i] = c
			show.Done(p.Target)
		})
	}
	running.Wait()
	show.End()
	if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
		return errors.Join(a.tellKept(ctx, r, plans), mfa.ErrCancelled)
	}
	errs := unplanned
	var without []string
	for i, p := range plans {
		switch {
		case failed[i] != nil:
			errs = append(errs, failed[i])
		case skipped[i]:
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

// tellKept tells which profiles are signed in, where the rest is given up: a code was spent on them.
func (a *parts) tellKept(ctx context.Context, r *resolve.Resolver, plans []credproc.Plan) error {
	for _, p := range plans {
		c, ok, err := r.Fresh(quietly(context.WithoutCancel(ctx)), p)
		if err != nil || !ok {
			continue
		}
		if err := a.ui().Print(a.loggedIn(p, c)); err != nil {
			return err
		}
	}
	return nil
}

// ask makes the calls that need a code, one after the other, with the resolver of each plan. What one of
// them could not get is not asked for again by the next plan that needs it: that one is skipped. The error
// is that of a prompt that was declined.
func (a *parts) ask(ctx context.Context, plans []credproc.Plan, limit time.Duration, resolver func(i int, failed *error) *resolve.Resolver) (failed []error, skipped []bool, err error) {
	failed, skipped = make([]error, len(plans)), make([]bool, len(plans))
	lost := map[credproc.Item]bool{}
	for i, p := range plans {
		coded := p.Coded()
		if skipped[i] = lost[coded]; skipped[i] {
			continue
		}
		asked, cancel := context.WithTimeout(ctx, limit)
		err := resolver(i, &failed[i]).Ask(asked, p)
		cancel()
		if errors.Is(err, resolve.ErrDeclined) {
			return nil, nil, err
		}
		if err != nil {
			failed[i] = err
		}
		lost[coded] = coded != credproc.Item{} && failed[i] != nil
	}
	return failed, skipped, nil
}

// forOne is the resolver for one of several plans: a failed write is that plan's failure, where failed is
// given, and others are told its name.
func (a *parts) forOne(r *resolve.Resolver, p credproc.Plan, failed *error) *resolve.Resolver {
	own := *r
	own.Run = a.runFor(p.Target)
	if failed != nil {
		own.Warn = func(err error) { *failed = err }
	}
	l := r.Locks.(settling)
	mine := *l.locks
	mine.target = p.Target
	own.Locks = settling{&mine, l.ring}
	return &own
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
	if a.kept == nil {
		return
	}
	n, err := a.kept.DropExpired(ctx)
	a.logs.Logger().Debug("expired sessions forgotten", "sessions", n, "ok", err == nil)
}
