package main

import (
	"context"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/profiles"
)

func (a *app) credentialProcessCommand() *cobra.Command {
	var k asking
	cmd := &cobra.Command{
		Use:   "credential-process [PROFILE]",
		Short: "Print credentials as JSON, for credential_process",
		Long: `Prints the JSON document that the AWS CLI and every SDK read from a
credential_process. Cached credentials come at once; else the roles of the
profile's chain are assumed, and the MFA code is asked for on the terminal, never
on stdin. On success nothing is written to stderr.

The small program hatstand-credential-process [PROFILE] gives the same answers.
Cached credentials it serves itself, in about two thirds of the time, since SDKs
start it again and again; for everything else it starts hatstand.`,
		Example: `  # ~/.aws/config
  [profile prod]
  credential_process = hatstand-credential-process prod

  [hatstand prod]
  role_arn = arn:aws:iam::222222222222:role/Admin
  source_profile = me`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: a.completeProfile,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.credentialProcess(cmd.Context(), args, &k)
		},
	}
	k.flags(cmd.Flags())
	return cmd
}

// plainCall reports whether the command line is the one that SDKs start, again and again: the verb and
// a profile. It needs no flag parser, whose start-up is a tenth of a warm call.
func plainCall(args []string) bool {
	return len(args) == 2 && args[0] == "credential-process" && args[1] != "" && args[1][0] != '-'
}

func (a *app) credentialProcess(ctx context.Context, args []string, k *asking) error {
	target, err := a.named(args)
	if err != nil {
		return err
	}
	ctx, cancel := withLateTimer(ctx, sdkPatience)
	defer cancel()
	c, _, err := a.credentialsFor(ctx, target, k)
	if err != nil {
		return err
	}
	return credproc.Encode(a.stdout, c)
}

// named is the profile that the argument or the environment names; it never asks.
func (a *app) named(args []string) (string, error) {
	var arg string
	if len(args) > 0 {
		if arg = args[0]; arg == "" { // "$PROFILE" with no such variable must not mean AWS_PROFILE
			return "", &ui.UsageError{Reason: "the profile's name is empty", Next: "name one; this lists them: hatstand list"}
		}
	}
	if p := profiles.SelectedProfile(arg, a.getenv); p != "" {
		return p, nil
	}
	return "", &ui.UsageError{Reason: "no profile: none is given, and AWS_PROFILE is not set", Next: "name one; this lists them: hatstand list"}
}

// chosen is the profile that the argument or the environment names, else the one picked on the
// terminal.
func (a *app) chosen(args []string) (string, error) {
	if p, err := a.named(args); err == nil {
		return p, nil
	} else if len(args) > 0 || !a.ui().Interactive() {
		return "", err
	}
	return a.pick()
}
