package run

import (
	"context"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
)

// NewCredentialProcess is the verb credential-process.
func NewCredentialProcess(d Deps) *cobra.Command {
	var k provider.RoleFlags
	cmd := &cobra.Command{
		Use:   "credential-process [PROFILE]",
		Short: "Print credentials as JSON, for credential_process",
		Long: `Prints the JSON document that the AWS CLI and every SDK read from a
credential_process. Cached credentials are printed at once; otherwise the roles
of the profile's chain are assumed, and the MFA code is asked for on the
terminal, never on stdin. On success nothing is written to stderr, not with
--verbose either, since some SDKs read it; HATSTAND_LOG names a log file.

The small program hatstand-credential-process [PROFILE] gives the same answers.
It serves cached credentials itself, in about two thirds of the time, since SDKs
start it again and again; for everything else it starts hatstand.`,
		Example: `  # ~/.aws/config
  [profile prod]
  credential_process = hatstand-credential-process prod

  [hatstand prod]
  role_arn = arn:aws:iam::222222222222:role/Admin
  source_profile = me`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			return credentialProcess(cmd.Context(), d, args, &k)
		},
	}
	k.Add(cmd.Flags())
	k.AddNoSession(cmd.Flags())
	return cmd
}

func credentialProcess(ctx context.Context, d Deps, args []string, k *provider.RoleFlags) error {
	d.Logs.KeepOffStderr()
	target, err := d.Targets.Named(args)
	if err != nil {
		return err
	}
	k.Silent = true
	ctx, cancel := d.Provider.ForSDK(ctx)
	defer cancel()
	c, _, err := d.Provider.Credentials(ctx, target, k, prompt.Normal)
	if err != nil {
		return err
	}
	return credproc.Encode(d.UI.Out, c)
}
