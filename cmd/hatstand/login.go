package main

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/spf13/cobra"

	"hatstand/credproc"
	"hatstand/mfa"
)

func (a *app) loginCommand() *cobra.Command {
	var k asking
	var all bool
	cmd := &cobra.Command{
		Use:   "login [PROFILE...|--all]",
		Short: "Ask for MFA now, so that later tools need not",
		Long: `Gets the profiles' credentials and keeps them, so that the AWS CLI, the SDKs and your scripts
find them without a prompt. It asks once for each MFA device, then assumes all roles at the same
time. It is what to run before starting something that has no terminal.`,
		Example: `  hatstand login prod staging
  hatstand login --all`,
		ValidArgsFunction: a.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			targets, err := a.loginTargets(args, all)
			if err != nil {
				return err
			}
			return a.login(cmd.Context(), targets, &k)
		},
	}
	k.planFlags(cmd.Flags())
	k.codeFlag(cmd.Flags())
	cmd.Flags().BoolVar(&all, "all", false, "every profile that has a role")
	return cmd
}

func (a *app) loginTargets(args []string, all bool) ([]string, error) {
	switch {
	case all && len(args) > 0:
		return nil, &usageError{reason: "login takes profiles or --all, not both", next: "hatstand login --all"}
	case !all && len(args) == 0:
		target, err := a.chosen(nil)
		return []string{target}, err
	case !all:
		return args, nil
	}
	set, err := a.profiles()
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
		return nil, &usageError{reason: "no profile has a role", next: "name the profiles: hatstand login PROFILE..."}
	}
	return targets, nil
}

// atOnce is how many roles are assumed at the same time.
const atOnce = 16

// login gets and keeps credentials: first, one after the other, what needs a code; then all the rest
// at the same time. Here, other than elsewhere, a failed write is a failure: keeping them is what was
// asked for. What one profile lacks does not keep the others from being had; the first error is the
// answer.
func (a *app) login(ctx context.Context, targets []string, k *asking) error {
	plans := make([]credproc.Plan, len(targets))
	for i, target := range targets {
		p, err := a.plan(target, k)
		if err != nil {
			return err
		}
		plans[i] = p
	}
	r, err := a.resolver(ctx, targets[0], k)
	if err != nil {
		return err
	}
	limit, err := a.patience()
	if err != nil {
		return err
	}
	ctx, stop := interruptible(ctx)
	defer stop()
	// A device that gave no working code is not asked again for the next profile.
	failed, skipped := make([]error, len(plans)), map[string]bool{}
	for i, p := range plans {
		if skipped[p.Serial()] {
			continue
		}
		asked, cancel := context.WithTimeout(ctx, limit)
		own := *r
		own.Warn = func(err error) { failed[i] = err }
		err := own.Ask(asked, p)
		cancel()
		if errors.Is(err, credproc.ErrDeclined) {
			return err
		}
		if err != nil {
			failed[i] = err
		}
		skipped[p.Serial()] = p.Serial() != "" && failed[i] != nil
	}

	show := a.newProgress(len(plans))
	until := make([]credentials, len(plans))
	slots := make(chan struct{}, atOnce)
	var all sync.WaitGroup
	for i, p := range plans {
		if failed[i] != nil || skipped[p.Serial()] {
			show.done(p.Target)
			continue
		}
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			ctx, cancel := context.WithTimeout(ctx, limit)
			defer cancel()
			own := *r
			own.Warn = func(err error) { failed[i] = err }
			c, err := own.Credentials(ctx, p)
			if err != nil {
				failed[i] = err
			}
			until[i] = c
			show.done(p.Target)
		})
	}
	all.Wait()
	show.end()
	if errors.Is(context.Cause(ctx), errInterrupted) {
		return mfa.ErrCancelled
	}
	var errs manyErrors
	for i, p := range plans {
		if failed[i] != nil {
			errs = append(errs, failed[i])
			continue
		}
		if skipped[p.Serial()] {
			continue
		}
		if err := a.print(a.loggedIn(p, until[i])); err != nil {
			return err
		}
	}
	if len(errs) > 0 {
		return errs
	}
	return nil
}

// loggedIn says in words what a plan gave.
func (a *app) loggedIn(p credproc.Plan, c credentials) string {
	what, until := "signed in", ""
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Call == credproc.AssumeRole {
		what = p.Steps[n-1].Role.ARN
	}
	if c.CanExpire {
		until = " until " + a.clockTime(c.Expires)
	}
	return fmt.Sprintf("%s: %s%s\n", p.Target, what, until)
}
