package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"hatstand/credproc"
)

func (a *app) loginCommand() *cobra.Command {
	var k asking
	cmd := &cobra.Command{
		Use:   "login [PROFILE...]",
		Short: "Ask for MFA now, so that later tools need not",
		Long: `Gets the profiles' credentials and keeps them, so that the AWS CLI, the SDKs and your scripts
find them without a prompt. It is what to run before starting something that has no terminal.`,
		ValidArgsFunction: a.completeProfiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				target, err := a.chosen(nil)
				if err != nil {
					return err
				}
				args = []string{target}
			}
			for _, target := range args {
				if err := a.login(cmd, target, &k); err != nil {
					return err
				}
			}
			return nil
		},
	}
	k.flags(cmd.Flags())
	cmd.Flags().MarkHidden("no-cache")
	return cmd
}

// login gets and keeps one profile's credentials. Here, other than elsewhere, a failed write is a
// failure: keeping them is what was asked for.
func (a *app) login(cmd *cobra.Command, target string, k *asking) error {
	p, err := a.plan(target, k)
	if err != nil {
		return err
	}
	r, err := a.resolver(cmd.Context(), target, k)
	if err != nil {
		return err
	}
	var failed error
	r.Warn = func(err error) { failed = err }
	c, err := a.resolve(cmd.Context(), r, p)
	if err == nil {
		err = failed
	}
	if err != nil {
		return err
	}
	until := ""
	if c.CanExpire {
		until = " until " + a.clockTime(c.Expires)
	}
	_, err = fmt.Fprintf(a.stdout, "%s: %s%s\n", plain(target), what(p), until)
	return err
}

// what says in words what a plan gives.
func what(p credproc.Plan) string {
	if n := len(p.Steps); n > 0 && p.Steps[n-1].Call == credproc.AssumeRole {
		return p.Steps[n-1].Role.ARN
	}
	return "signed in"
}
