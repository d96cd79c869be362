package profiles

import (
	"context"
	"slices"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/naming"
	"hatstand/profiles/signins"
)

// Command is the verb profiles.
func Command(d Deps) *cobra.Command {
	return ui.Group("profiles", "Write profiles for the roles that you may use", newAdd(d), newSync(d))
}

// syncFlags are what profiles sync is told.
type syncFlags struct {
	filter
	template, saml       string
	dryRun, prune, plain bool
	asJSON               bool
	role                 provider.RoleFlags // how to sign in with SAML
}

func newSync(d Deps) *cobra.Command {
	var k syncFlags
	cmd := &cobra.Command{
		Use:   "sync [SESSION...|--saml NAME]",
		Short: "Write a profile for each role that you may use",
		Long: `Asks IAM Identity Center for the accounts and permission sets that you may use,
and writes a profile for each into one block of the config file, for every
[sso-session] or for those that you name. It touches nothing outside the block,
and writes nothing where nothing has changed. Put your own settings of a
profile into [hatstand NAME] outside the block. A profile outside the block is
yours, and is not written.

A profile that is not listed any more stays, marked "no longer yours", until you
give --prune. If AWS lists an account, but not your permission sets there, that
account's profiles stay as they are, the others are written, and the exit code
is 4.

With --saml NAME you sign in with SAML once, where [hatstand-saml NAME] says,
and the roles that the provider offers become profiles, in a block of their own.
It gives only the accounts' IDs, so {account} is the ID then.

[hatstand-session SESSION] and [hatstand-saml NAME] may have the settings
sync_template, sync_accounts, sync_roles and sync_region. Flags win over them.
The words of a template are {account} {account_id} {role} {email} {session}.`,
		Example: "  hatstand profiles sync corp --dry-run\n" +
			"  hatstand profiles sync corp --roles 'Admin*,ReadOnly' --prune\n" +
			"  hatstand profiles sync --saml corp",
		ValidArgsFunction: d.Targets.CompleteSessions,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := k.check(cmd.Flags()); err != nil {
				return err
			}
			if err := naming.CheckTemplate(k.template); err != nil {
				return ui.FlagError("--template", err)
			}
			given := func(name string) bool { return cmd.Flags().Changed(name) }
			if err := k.checkSAML(args, given); err != nil {
				return err
			}
			syncs, err := d.syncs(cmd.Context(), unique(args), k, given)
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
	f.StringVar(&k.saml, "saml", "", "write the roles of the SAML sign-in of [hatstand-saml `NAME`]")
	k.role.AddSAML(f)
	ui.AddJSON(cmd, &k.asJSON, ui.Document{Of: []syncedSession{}})
	_ = cmd.RegisterFlagCompletionFunc("saml", d.Targets.CompleteSAML)
	return cmd
}

// checkSAML refuses what does not go with --saml.
func (k syncFlags) checkSAML(sessions []string, given func(flag string) bool) error {
	switch {
	case !given("saml") && given("saml-response"):
		return &ui.UsageError{Reason: "--saml-response is for --saml",
			Next: "name a section too: hatstand profiles sync --saml NAME"}
	case given("saml") && len(sessions) > 0:
		return &ui.UsageError{Reason: "profiles sync takes sessions or --saml, not both", Next: "run it once for each"}
	case given("saml") && k.plain:
		return plainSAML
	}
	return nil
}

// A syncTask is what profiles sync does for one sign-in.
type syncTask struct {
	session          string // the section's name
	source           string // of the block
	grant            profiles.Grant
	saml             profiles.SAMLSetting // instead
	filter           filter
	template, region string
}

// syncs are that of --saml, or those of the sessions, or of all that the config file has. Everything is checked before
// anybody is asked.
func (d Deps) syncs(ctx context.Context, sessions []string, k syncFlags, given func(flag string) bool) ([]syncTask, error) {
	set, err := d.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	if given("saml") {
		s, err := samlSync(set, k.saml, k, given)
		return []syncTask{s}, err
	}
	var all []syncTask
	for _, name := range sessions {
		s, err := d.signIn(ctx, name, "hatstand profiles sync")
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	if len(sessions) == 0 {
		for _, name := range set.Sessions() {
			s, err := taskOf(set.Session(name, profiles.Request{Getenv: d.Settings.Environment().OfProfile}))
			if err != nil {
				return nil, err
			}
			all = append(all, s)
		}
	}
	if len(all) == 0 {
		return nil, &ui.UsageError{Reason: "the config file has no [sso-session]",
			Next: "write one, or run: aws configure sso-session"}
	}
	sources := map[string]bool{} // two names may mean one sign-in
	for i := range all {
		if err := all[i].complete(set, k, given); err != nil {
			return nil, err
		}
	}
	return slices.DeleteFunc(all, func(s syncTask) bool {
		again := sources[s.source]
		sources[s.source] = true
		return again
	}), nil
}

// complete says how the profiles of a sign-in are written.
func (s *syncTask) complete(set *profiles.Set, k syncFlags, given func(flag string) bool) (err error) {
	switch {
	case s.saml.Name != "" && k.plain:
		return plainSAML
	case s.saml.Name != "":
		*s, err = samlSync(set, s.saml.Name, k, given)
		return err
	case s.grant.OlderForm():
		return &ui.UsageError{Reason: s.session + " is signed in to without an [sso-session] section, which profiles sync needs",
			Next: "write one with this sso_start_url and sso_region, and name it"}
	}
	s.source = s.session
	return s.read(k, given, func(key string) (profiles.Setting, error) { return signins.OfSession(set, s.session, key) })
}

// plainSAML is the error of profiles that sign in with SAML and ought to do without hatstand.
var plainSAML = &ui.UsageError{Next: "leave --plain out",
	Reason: "--plain does not go with SAML: the AWS CLI and the SDKs cannot sign in so"}

// read reads the settings of the section. Flags win over them.
func (s *syncTask) read(k syncFlags, given func(flag string) bool, of func(key string) (profiles.Setting, error)) error {
	for _, setting := range []struct {
		key, flag, value string
		into             *string
	}{
		{"sync_template", "template", k.template, &s.template},
		{"sync_accounts", "accounts", k.accounts, &s.filter.accounts},
		{"sync_roles", "roles", k.roles, &s.filter.roles},
		{"sync_region", "", "", &s.region},
	} {
		at, err := of(setting.key)
		if err != nil {
			return err
		}
		if *setting.into = at.Value; setting.flag != "" && given(setting.flag) {
			*setting.into = setting.value
		}
	}
	return nil
}
