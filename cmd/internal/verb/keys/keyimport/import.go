// Package keyimport is the verb keys import: it moves long-lived keys from the AWS files into the keyring, and copies
// aws-vault's.
//
// Until a key has been read back from the keyring it stays where it was. A key whose removal from its file would change
// which identity some profile has stays there. Nothing of aws-vault's is ever changed.
package keyimport

import (
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cache/awsvault"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// Deps are what the verb uses.
type Deps struct {
	World    app.World
	Settings *app.Settings
	Targets  app.Targets
	Files    awsfile.Editor
	Prompts  *prompt.Prompts
	Keyring  *provider.Keyring
	Users    *iamuser.Users
}

// options are the verb's flags.
type options struct {
	from     string
	backend  string // aws-vault's
	region   string
	dryRun   bool
	keepFile bool
	noVerify bool
	replace  bool
	asJSON   bool
}

const (
	fromCredentials = "credentials"
	fromAWSVault    = "aws-vault"
)

// Command is the verb keys import.
func Command(d Deps) *cobra.Command {
	var o options
	cmd := &cobra.Command{
		Use:   "import --from credentials|aws-vault [NAME...]",
		Short: "Move keys from ~/.aws/credentials, or copy aws-vault's, into the keyring",
		Long: `Stores the access keys of all profiles, or of those named, in the keyring.
Each is checked with AWS (sts:GetCallerIdentity, which needs no permission),
stored, and read back.

--from credentials moves them from ~/.aws/credentials and ~/.aws/config: once a
key is safely stored, it is removed from the file. Everything else in the file
stays as it is, temporary credentials too. If it is interrupted, no key is lost,
and running it again moves the rest. A profile that ~/.aws/config does not have
gets an empty section there, for hatstand adopt.

--from aws-vault copies what aws-vault has stored, wherever that is, and changes
nothing there. It reads aws-vault's own variables: AWS_VAULT_BACKEND,
AWS_VAULT_FILE_PASSPHRASE and the rest. If aws-vault uses a password store
without a prefix, only items that are named like a profile are read.`,
		Example: `  hatstand keys import --from credentials --dry-run
  hatstand keys import --from credentials
  hatstand keys import --from aws-vault me work`,
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			ctx, stop := app.Interruptible(cmd.Context())
			defer stop()
			if o.from == fromAWSVault {
				return fromVault(ctx, d, o, args)
			}
			return fromFiles(ctx, d, o, args)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.StringVar(&o.from, "from", "", "`PLACE` where the keys are now: credentials or aws-vault")
	f.BoolVar(&o.dryRun, "dry-run", false, "only say what would be done")
	f.BoolVar(&o.keepFile, "keep-file", false, "leave the keys in the file too")
	f.BoolVar(&o.noVerify, "no-verify", false, "do not ask AWS whose the keys are")
	f.BoolVar(&o.replace, "replace", false, "replace other keys of the same names in the keyring")
	ui.AddJSON(cmd, &o.asJSON, ui.Document{Of: imported{}})
	backends := strings.Join(awsvault.Backends(), ", ")
	f.StringVar(&o.backend, "backend", "",
		"`NAME` aws-vault's keyring: "+backends+" (default: the first that has keys)")
	f.StringVar(&o.region, "region", "", "`REGION` region in which to ask AWS whose the keys are")
	_ = cmd.RegisterFlagCompletionFunc("from",
		cobra.FixedCompletions([]string{fromCredentials, fromAWSVault}, cobra.ShellCompDirectiveNoFileComp))
	_ = cmd.RegisterFlagCompletionFunc("backend",
		cobra.FixedCompletions(awsvault.Backends(), cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

func (o options) check() error {
	switch {
	case o.from == "":
		return &ui.UsageError{Reason: "say where the keys are: --from credentials or --from aws-vault"}
	case o.from != fromCredentials && o.from != fromAWSVault:
		return ui.UnknownValue("--from: unknown place", o.from, fromCredentials, fromAWSVault)
	case o.backend != "" && o.from != fromAWSVault:
		return &ui.UsageError{
			Reason: "--backend is about aws-vault's keyring",
			Next:   "HATSTAND_BACKEND names hatstand's own",
		}
	case o.keepFile && o.from != fromCredentials:
		return &ui.UsageError{Reason: "--keep-file: aws-vault's keyring is never changed"}
	}
	return nil
}
