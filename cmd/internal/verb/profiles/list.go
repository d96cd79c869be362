package profiles

import (
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
}

// NewList is the verb list.
func NewList(d Deps) *cobra.Command {
	var asJSON bool
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles",
		Long: `Lists the profiles: what each one's own sections say.

With --format extend-switch-roles it prints, for all profiles with a role, the
configuration of the browser extension AWS Extend Switch Roles: who is signed in
to the console as an IAM user switches roles with it.`,
		Args: ui.AtMost(0),
		RunE: func(*cobra.Command, []string) error {
			set, err := d.Settings.Profiles()
			if err != nil {
				return err
			}
			switch {
			case format == "":
			case format != extendSwitchRoles:
				return &ui.UsageError{Reason: "--format: unknown format " + ui.Quoted(format), Next: "known is: " + extendSwitchRoles}
			case asJSON:
				return &ui.UsageError{Reason: "one of --json and --format at a time"}
			default:
				return d.World.Streams().Print(switchRolesConfig(d.World, set))
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
				ui.Row(t, i.Profile, ui.ShortRole(i.Role), i.Source, i.Region, ui.ShortDevice(i.MFASerial))
			}
			t.Flush()
			return d.World.Streams().Print(b.String())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&format, "format", "", "print the `FORMAT` of another program: extend-switch-roles")
	return cmd
}

func infoOf(set *profiles.Set) []profileInfo {
	infos := []profileInfo{}
	for _, p := range set.Profiles() {
		i := profileInfo{
			Profile: p.Name, Role: p.Get("role_arn").Value, Region: p.Get("region").Value,
			MFASerial: p.Get("mfa_serial").Value,
		}
		i.Source = p.Get("source_profile").Value
		if s := p.Get("credential_source").Value; s != "" {
			i.Source = s
		}
		infos = append(infos, i)
	}
	return infos
}
