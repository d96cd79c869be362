package profiles

import (
	"github.com/spf13/cobra"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/naming"
	"hatstand/profiles/signins"
)

// Command is the verb profiles.
func Command(d Deps) *cobra.Command {
	return ui.Group("profiles", "Write profiles for the roles that you may use", newSync(d))
}

// syncFlags are what profiles sync is told.
type syncFlags struct {
	filter
	template             string
	dryRun, prune, plain bool
}

func newSync(d Deps) *cobra.Command {
	var k syncFlags
	cmd := &cobra.Command{
		Use:   "sync [SESSION...]",
		Short: "Write a profile for each permission set that you have",
		Long: `Asks IAM Identity Center for the accounts and permission sets that you may use,
and writes a profile for each into one block of the config file, for every
[sso-session] or for those that you name. It touches nothing outside the block,
and writes nothing where nothing has changed. Your own settings of a profile
stand in [hatstand NAME] outside the block; a profile that stands outside it is
yours and is left out.

A profile that is not listed any more stays, marked "no longer yours", until you
say --prune. Where AWS does not tell your permission sets in an account that it
lists, that account's profiles stay as they are, the others are written, and the
exit code is 4.

[hatstand-session SESSION] may have the settings sync_template, sync_accounts,
sync_roles and sync_region. Flags win over them. The words of a template are
{account} {account_id} {role} {email} {session}.`,
		Example: "  hatstand profiles sync corp --dry-run\n" +
			"  hatstand profiles sync corp --roles 'Admin*,ReadOnly' --prune",
		ValidArgsFunction: d.Targets.CompleteSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := k.check(cmd.Flags()); err != nil {
				return err
			}
			if err := naming.CheckTemplate(k.template); err != nil {
				return ui.FlagError("--template", err)
			}
			given := func(name string) bool { return cmd.Flags().Changed(name) }
			syncs, err := d.syncs(unique(args), k, given)
			if err != nil {
				return err
			}
			return d.syncAll(cmd.Context(), syncs, k)
		},
	}
	f := cmd.Flags()
	f.SortFlags = false
	f.BoolVar(&k.dryRun, "dry-run", false, "show what would change in the file, as a diff, and write nothing")
	f.BoolVar(&k.prune, "prune", false, "remove profiles that are not listed any more, or not chosen")
	k.filter.add(f)
	f.StringVar(&k.template, "template", "", "`TEMPLATE` names of profiles (default "+naming.DefaultTemplate+")")
	f.BoolVar(&k.plain, "plain", false, "write profiles that the AWS CLI and the SDKs sign in to by themselves")
	return cmd
}

// A syncOf is what profiles sync does for one session.
type syncOf struct {
	session          string
	grant            profiles.Grant
	filter           filter
	template, region string
}

// syncs are those of the sessions, or of all that the config file has. Everything is checked before anybody is asked.
func (d Deps) syncs(sessions []string, k syncFlags, given func(flag string) bool) ([]syncOf, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	if len(sessions) == 0 {
		if sessions = set.Sessions(); len(sessions) == 0 {
			return nil, &ui.UsageError{Reason: "the config file has no [sso-session]",
				Next: "write one, or run: aws configure sso-session"}
		}
	}
	var all []syncOf
	for _, name := range sessions {
		s := syncOf{session: name}
		if s.grant, err = set.Session(name, profiles.Request{Getenv: d.Settings.Environment().OfProfile}); err != nil {
			return nil, err
		}
		for _, setting := range []struct {
			key, flag, value string
			into             *string
		}{
			{"sync_template", "template", k.template, &s.template},
			{"sync_accounts", "accounts", k.accounts, &s.filter.accounts},
			{"sync_roles", "roles", k.roles, &s.filter.roles},
			{"sync_region", "", "", &s.region},
		} {
			at, err := signins.OfSession(set, name, setting.key)
			if err != nil {
				return nil, err
			}
			if *setting.into = at.Value; setting.flag != "" && given(setting.flag) {
				*setting.into = setting.value
			}
		}
		all = append(all, s)
	}
	return all, nil
}
