package run

import (
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
)

// NewEnv is the verb env.
func NewEnv(d Deps) *cobra.Command {
	var k provider.RoleFlags
	var format string
	var off bool
	cmd := &cobra.Command{
		Use:   "env [PROFILE]",
		Short: "Print the role's credentials as variables",
		Long: `Prints the role's temporary credentials, in a form that a shell evaluates or a
program reads: sh (bash, zsh, dash), fish, powershell, cmd, dotenv, json, ini (a
section of the AWS credentials file) or docker (for --env-file). For a shell it
also unsets the variables that would win over them.

Whoever reads the output has the credentials: exec keeps them in one process,
and shell-init gives a function that switches your shell.`,
		Example: `  eval "$(hatstand env prod)"
  eval "$(hatstand env --unset)"
  hatstand env prod --format fish | source
  docker run --env-file <(hatstand env prod --format docker) amazon/aws-cli`,
		Args:              ui.AtMost(1),
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			if format == "" {
				format = shellFormat(d.World.GOOS)
			}
			switch {
			case !slices.Contains(child.Formats(), format):
				return ui.UnknownValue("unknown format", format, child.Formats()...)
			case off && !child.Shell(format):
				return &ui.UsageError{Reason: "--unset is for a shell's format, not " + format}
			case off && len(args) > 0:
				return &ui.UsageError{Reason: "--unset takes no profile"}
			case off:
				return printFormat(d, format, "", nil)
			}
			target, err := d.Targets.Chosen(cmd.Context(), args)
			if err != nil {
				return err
			}
			c, p, err := d.Provider.Credentials(cmd.Context(), target, &k, prompt.Normal)
			if err != nil {
				return err
			}
			err = printFormat(d, format, target, child.Variables(target, p.Region, c, provider.Endpoints(p)...))
			if err == nil {
				d.Targets.Used(app.UseOf(p, c.Expires))
			}
			return err
		},
	}
	k.Add(cmd.Flags())
	k.AddNoSession(cmd.Flags())
	cmd.Flags().StringVar(&format, "format", "", "`FORMAT` "+strings.Join(child.Formats(), ", "))
	cmd.Flags().BoolVar(&off, "unset", false, "unset the variables that env has set")
	return cmd
}

// shellFormat is what the system's shells read.
func shellFormat(goos string) string {
	if goos == "windows" {
		return "powershell"
	}
	return "sh"
}

func printFormat(d Deps, format, profile string, set []child.Variable) error {
	text, err := child.Format(format, profile, set, child.Dropped(d.World.Environ(), set))
	if err != nil {
		return err
	}
	// Not for a person to read: every byte counts.
	_, err = io.WriteString(d.UI.Out, text)
	return err
}
