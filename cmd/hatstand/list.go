package main

import (
	"fmt"
	"io"
	"strings"

	"hatstand/cmd/internal/ui"

	"github.com/spf13/cobra"
)

// profileInfo is what list tells of a profile: what its own section says, nothing worked out.
type profileInfo struct {
	Profile   string `json:"profile"`
	Role      string `json:"role_arn,omitempty"`
	Source    string `json:"source,omitempty"`
	Region    string `json:"region,omitempty"`
	MFASerial string `json:"mfa_serial,omitempty"`
}

func (a *parts) listCommand() *cobra.Command {
	var asJSON bool
	var format string
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the profiles",
		Long: `Lists the profiles: what each one's own sections say. --format extend-switch-roles prints, for all
profiles with a role, the configuration of the browser extension AWS Extend Switch Roles: who is
signed in to the console as an IAM user switches roles with it.`,
		Args: ui.AtMost(0),
		RunE: func(*cobra.Command, []string) error {
			set, err := a.settings.Profiles()
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
				return a.ui().Print(a.switchRolesConfig(set))
			}
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
			if asJSON {
				return a.ui().PrintJSON(infos)
			}
			if len(infos) == 0 {
				return a.targets.NoProfiles()
			}
			var b strings.Builder
			t := ui.Columns(&b)
			fmt.Fprintln(t, "PROFILE\tROLE\tFROM\tREGION\tMFA")
			for _, i := range infos {
				row(t, i.Profile, roleWords(i.Role), i.Source, i.Region, deviceWords(i.MFASerial))
			}
			t.Flush()
			return a.ui().Print(b.String())
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	cmd.Flags().StringVar(&format, "format", "", "print the `FORMAT` of another program: extend-switch-roles")
	return cmd
}

// roleWords is a role's ARN as ACCOUNT:ROLE, the form that exec takes too.
func roleWords(arn string) string {
	f := strings.SplitN(arn, ":", 6)
	if len(f) != 6 || !strings.HasPrefix(f[5], "role/") {
		return arn
	}
	return f[4] + ":" + strings.TrimPrefix(f[5], "role/")
}

// deviceWords is the part of a serial that tells devices apart.
func deviceWords(serial string) string {
	return serial[strings.LastIndexByte(serial, '/')+1:]
}

// row writes the cells of a table's row. A cell is one line without tabs, whatever a config file says.
func row(w io.Writer, cells ...string) {
	for i, c := range cells {
		cells[i] = ui.Plain(c)
	}
	fmt.Fprintln(w, strings.Join(cells, "\t"))
}
