package main

import (
	"context"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
)

func (a *parts) credentialProcessCommand() *cobra.Command {
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
		ValidArgsFunction: a.targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.credentialProcess(cmd.Context(), args, &k)
		},
	}
	k.flags(cmd.Flags())
	return cmd
}

func (a *parts) credentialProcess(ctx context.Context, args []string, k *asking) error {
	target, err := a.targets.Named(args)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, sdkPatience)
	defer cancel()
	c, _, err := a.credentialsFor(ctx, target, k)
	if err != nil {
		return err
	}
	return credproc.Encode(a.Stdout, c)
}
