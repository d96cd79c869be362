package profiles

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
)

// profileInfo is what list tells of a profile: what its own section says, nothing worked out.
type profileInfo struct {
	Profile   string `json:"profile"`
	Role      string `json:"role_arn,omitempty"`
	Source    string `json:"source,omitempty"`
	Region    string `json:"region,omitempty"`
	MFASerial string `json:"mfa_serial,omitempty"`
	// A permission set of IAM Identity Center.
	Session       string `json:"sso_session,omitempty"`
	StartURL      string `json:"sso_start_url,omitempty"` // of the older form, without a session
	Account       string `json:"sso_account_id,omitempty"`
	PermissionSet string `json:"sso_role_name,omitempty"`
}

// role is what the profile's credentials are of, for people.
func (i profileInfo) role() string {
	if i.Role == "" && i.PermissionSet != "" {
		return i.Account + ":" + i.PermissionSet
	}
	return ui.ShortRole(i.Role)
}

// from is where they come from.
func (i profileInfo) from() string {
	return cmp.Or(i.Source, i.Session, i.StartURL)
}

// NewList is the verb list.
func NewList(d Deps) *cobra.Command {
	var asJSON bool
	var format, at string
	var chosen filter
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles, or what you may assume in IAM Identity Center",
		Long: `Lists the profiles with the role, the source profile and the region that each
one's own sections set. For IAM Identity Center, the permission set stands in
the column of the role, and the session in that of the source profile.

With --at SESSION it lists the accounts and permission sets that you may use in
IAM Identity Center, where SESSION is an [sso-session] of the config file, or a
profile that signs in. It asks AWS, and makes at most 10 calls a second. The
exit code is 4 where AWS does not tell of an account that it lists.

With --format extend-switch-roles it prints all profiles that have a role, as
configuration for the browser extension AWS Extend Switch Roles, which switches
roles in the console for somebody who is signed in there as an IAM user.`,
		Example: "  hatstand list\n  hatstand list --at corp --accounts 'dev-*'",
		Args:    ui.AtMost(0),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := chosen.check(cmd.Flags()); err != nil {
				return err
			}
			switch given := cmd.Flags().Changed; {
			case given("at") && format != "":
				return &ui.UsageError{Reason: "--at and --format cannot be combined"}
			case given("at"):
				return d.listAt(cmd.Context(), at, chosen, asJSON)
			case given("accounts") || given("roles"):
				return &ui.UsageError{Reason: "--accounts and --roles are for --at",
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
			if asJSON {
				return d.World.Streams().PrintJSON(infos)
			}
			if len(infos) == 0 {
				return d.Targets.NoProfiles()
			}
			var b strings.Builder
			t := ui.Columns(&b)
			fmt.Fprintln(t, "PROFILE\tROLE\tFROM\tREGION\tMFA")
			for _, i := range infos {
				ui.Row(t, i.Profile, i.role(), i.from(), i.Region, ui.ShortDevice(i.MFASerial))
			}
			t.Flush()
			return d.World.Streams().Print(b.String())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&at, "at", "", "list what you may use at this `SESSION`")
	chosen.add(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("at", d.Targets.CompleteSessions)
	cmd.Flags().StringVar(&format, "format", "", "print the `FORMAT` of another program: extend-switch-roles")
	return cmd
}

func infoOf(set *profiles.Set) []profileInfo {
	infos := []profileInfo{}
	for _, p := range set.Profiles() {
		i := profileInfo{
			Profile: p.Name, Role: p.Get("role_arn").Value, Region: p.Get("region").Value,
			MFASerial: p.Get("mfa_serial").Value,
			Session:   p.Get("sso_session").Value, StartURL: p.Get("sso_start_url").Value,
			Account: p.Get("sso_account_id").Value, PermissionSet: p.Get("sso_role_name").Value,
		}
		i.Source = p.Get("source_profile").Value
		if s := p.Get("credential_source").Value; s != "" {
			i.Source = s
		}
		infos = append(infos, i)
	}
	return infos
}
