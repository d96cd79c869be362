package profiles

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/overview"
	"hatstand/cmd/internal/ui"
	"hatstand/cmd/internal/ui/menu"
	"hatstand/profiles"
)

// profileInfo is what list tells of a profile: what its own section says, and what its next use asks for.
type profileInfo struct {
	Profile string `json:"profile"`
	Role    string `json:"role_arn,omitempty"`
	Source  string `json:"source,omitempty"`
	Region  string `json:"region,omitempty"`
	// The MFA device, its own or one that it inherits, and the profile that it inherits it from.
	MFASerial string `json:"mfa_serial,omitempty"`
	MFAFrom   string `json:"mfa_from,omitempty"`
	// A permission set of IAM Identity Center.
	Session       string `json:"sso_session,omitempty"`
	StartURL      string `json:"sso_start_url,omitempty"` // of the older form, without a session
	Account       string `json:"sso_account_id,omitempty"`
	PermissionSet string `json:"sso_role_name,omitempty"`
	SAML          string `json:"saml,omitempty"` // the [hatstand-saml] section
	// Reason is required if the role is assumed only for a reason.
	Reason string `json:"reason,omitempty"`
	// State is what the next use of it needs: cached (nothing), needs-code, signed-in, needs-sign-in, needs-keys; "": it
	// is not known without asking somebody.
	State string     `json:"state,omitempty"`
	Until *time.Time `json:"until,omitempty"` // of cached credentials

	words string // of the state, for people
}

// role names for people the role that the profile's credentials are for.
func (i profileInfo) role() string {
	if i.Role == "" && i.PermissionSet != "" {
		return i.Account + ":" + i.PermissionSet
	}
	return ui.ShortRole(i.Role)
}

// from names where the profile's credentials come from.
func (i profileInfo) from() string {
	return cmp.Or(i.Source, i.SAML, i.Session, i.StartURL)
}

// NewList is the verb list.
func NewList(d Deps) *cobra.Command {
	var asJSON bool
	var format, at, search string
	var chosen syncFlags
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles, or what a sign-in lets you assume",
		Long: `Lists the profiles, each with the role, source profile and region that its own
sections set. For IAM Identity Center, the permission set is in the column of
the role, and the session in that of the source profile. MFA is the
device whose codes the profile needs, its own or that of a profile that it
builds on. STATE is what the next use asks for, or until when there are
credentials, as far as the keyring shows without asking anybody. --filter takes
parts of a profile's name, account, role or source, like the list that exec lets
you choose from.

With --at SESSION it lists the accounts and permission sets that you may use in
IAM Identity Center, where SESSION is an [sso-session] of the config file, or a
profile that signs in. It asks AWS, and makes at most 10 calls a second. The
exit code is 4 if AWS lists an account, but not what you may use there. SESSION
may be a [hatstand-saml] section too: you sign in there, and it lists the roles
that the provider offers.

With --format extend-switch-roles it prints all profiles that have a role, as
configuration for the browser extension AWS Extend Switch Roles, which switches
roles in the console for somebody who is signed in there as an IAM user.`,
		Example: "  hatstand list\n  hatstand list --filter 'prod admin'\n  hatstand list --at corp --accounts 'dev-*'",
		Args:    ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := chosen.filter.check(cmd.Flags()); err != nil {
				return err
			}
			switch given := cmd.Flags().Changed; {
			case given("at") && format != "":
				return &ui.UsageError{Reason: "--at and --format cannot be combined"}
			case given("at"):
				if given("filter") {
					return &ui.UsageError{Reason: "--filter is for the list of profiles",
						Next: "with --at, use --accounts or --roles"}
				}
				return d.listAt(cmd.Context(), at, chosen, asJSON)
			case given("filter") && format != "":
				return &ui.UsageError{Reason: "--filter and --format cannot be combined"}
			case given("accounts") || given("roles") || given("saml-response"):
				return &ui.UsageError{Reason: "--accounts, --roles and --saml-response are for --at",
					Next: "name a session too: hatstand list --at SESSION"}
			}
			set, err := d.Settings.Profiles()
			if err != nil {
				return err
			}
			switch {
			case format == "":
			case format != extendSwitchRoles:
				return &ui.UsageError{Reason: "--format: unknown format " + ui.Quoted(format), Next: "give --format " + extendSwitchRoles}
			case asJSON:
				return &ui.UsageError{Reason: "--json and --format cannot be combined"}
			default:
				return d.printSwitchRoles(set)
			}
			infos := infoOf(set)
			none := len(infos) == 0
			if infos = found(infos, search); len(infos) == 0 && !none {
				d.World.Streams().Note("no profile has " + ui.Quoted(search))
			}
			d.addUses(cmd.Context(), infos)
			if asJSON {
				return d.World.Streams().PrintJSON(infos)
			}
			switch {
			case none:
				return d.Targets.NoProfiles()
			case len(infos) == 0:
				return nil
			}
			columns := []ui.Column{{Head: "PROFILE"}, {Head: "ROLE"}, {Head: "FROM", Leave: 2}, {Head: "REGION", Leave: 4},
				{Head: "MFA", Leave: 3}, {Head: "STATE", State: true}}
			reasons := slices.ContainsFunc(infos, func(i profileInfo) bool { return i.Reason != "" })
			if reasons {
				columns = slices.Insert(columns, 5, ui.Column{Head: "REASON", Leave: 1})
			}
			t := ui.NewTable(columns...)
			for _, i := range infos {
				row := []string{i.Profile, i.role(), i.from(), i.Region, ui.ShortDevice(i.MFASerial), i.words}
				if reasons {
					row = slices.Insert(row, 5, i.Reason)
				}
				t.Row(row...)
			}
			return d.World.Streams().PrintTable(t)
		},
	}
	ui.AddJSON(cmd, &asJSON, ui.Document{Of: []profileInfo{}}, ui.Document{With: "--at", Of: []assignmentInfo{}})
	cmd.Flags().StringVar(&at, "at", "", "list what you may use at this `SESSION`")
	cmd.Flags().StringVar(&search, "filter", "", "list the profiles that have these `WORDS`")
	chosen.filter.add(cmd.Flags())
	chosen.role.AddSAML(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("at", d.Targets.CompleteListed)
	cmd.Flags().StringVar(&format, "format", "", "print the `FORMAT` of another program: extend-switch-roles")
	return cmd
}

// found are those that have all words, as in the list that a person chooses from.
func found(infos []profileInfo, words string) []profileInfo {
	rows := make([]menu.Row, len(infos))
	for i, p := range infos {
		rows[i] = menu.Row{Name: p.Profile, Cells: []string{p.role(), p.from()}}
	}
	has := menu.New(rows, nil).Search(words)
	all := []profileInfo{}
	for i, p := range infos {
		if has[i] {
			all = append(all, p)
		}
	}
	return all
}

// addUses fills in what the next use of the profiles asks for. Where the keyring tells nothing, nothing is said of it.
func (d Deps) addUses(ctx context.Context, infos []profileInfo) {
	use, listed := d.Overview.Uses(ctx)
	var live []overview.LiveSession
	var err error
	if listed {
		live, err = d.Overview.Live(ctx)
	}
	untils := map[string]time.Time{} // by the name of the last step's item
	for _, l := range live {
		untils[l.Step.Item.Hash] = l.Until
	}
	now := d.World.Now()
	for i := range infos {
		u := use(infos[i].Profile)
		if s := u.Serial; s != "" && infos[i].MFASerial == "" {
			infos[i].MFASerial, infos[i].MFAFrom = s, u.SerialOf
		}
		s := u.State
		until, lives := untils[u.Item]
		if s == app.Cached && err == nil && !lives {
			continue // it has expired: what the next use needs is not known
		}
		infos[i].State, infos[i].words = s.Word(), s.Words(until, now)
		if s == app.Cached && infos[i].words == "" {
			infos[i].words = "cached"
		}
		if lives && s == app.Cached {
			at := until.UTC()
			infos[i].Until = &at
		}
	}
}

func infoOf(set *profiles.Set) []profileInfo {
	infos := []profileInfo{}
	for _, p := range set.Profiles() {
		i := profileInfo{
			Profile: p.Name, Role: p.Get("role_arn").Value, Region: p.Get("region").Value,
			MFASerial: p.Get("mfa_serial").Value,
			Session:   p.Get("sso_session").Value, StartURL: p.Get("sso_start_url").Value,
			SAML: p.Get("saml").Value, Account: p.Get("sso_account_id").Value, PermissionSet: p.Get("sso_role_name").Value,
		}
		i.Source = p.Get("source_profile").Value
		if s := p.Get("credential_source").Value; s != "" {
			i.Source = s
		}
		i.Reason = p.Get("reason").Value
		infos = append(infos, i)
	}
	return infos
}
