package run

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/child"
)

// NewExec is the verb exec.
func NewExec(d Deps) *cobra.Command {
	var k provider.RoleFlags
	var server bool
	var each eachFlags
	cmd := &cobra.Command{
		Use:   "exec [PROFILE|--each LIST] [flags] [-- COMMAND...]",
		Short: "Run a command, or your shell, as the role",
		Long: `Runs a command with the role's temporary credentials in its environment, or your
shell if no command is given. Every other credential variable is removed from
the environment, and HATSTAND_PROFILE names the profile. The command replaces
hatstand: signals reach it directly, and its exit code is its own.

With --server the command gets no credentials. It gets the address of an
endpoint that hands them out and renews them, for commands that run longer than
credentials live. Hatstand stays beside the command, passes signals on to it,
and ends when it ends. The terminal belongs to the command: if an MFA code is
needed, hatstand asks for it in a window, or you run hatstand login in another
terminal.

With --each the command runs once for every profile of a list, several at the
same time. The list has names and globs ('prod-*,staging'; a glob matches
profiles that have a role). --each-role takes all profiles of a role. MFA codes
are asked for before the first command starts. A profile that requires a reason
takes part only if it is named itself, not by a glob or by its role. Each
line of output begins with the profile's name. The commands have no terminal and
no input. Ctrl-C is sent to all of them; a second Ctrl-C kills them. The exit
code is 1 if one failed.`,
		Example: `  hatstand exec prod -- aws s3 ls
  hatstand exec prod --read-only --duration 15m -- terraform plan
  hatstand exec prod --server -- ./long-running-import
  hatstand exec 222222222222:Admin --source me -- aws sts get-caller-identity
  hatstand exec --each 'prod-*,staging' -- aws s3 ls
  hatstand exec --each-role Admin --json -j 16 -- aws ec2 describe-vpcs`,
		ValidArgsFunction: d.Targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			command := []string(nil)
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				args, command = args[:n], args[n:]
			}
			if err := each.check(cmd.Flags()); err != nil {
				return err
			}
			switch {
			case each.given() && server:
				return &ui.UsageError{
					Reason: "--each and --server cannot be combined",
					Next:   "credentials of an hour are enough for most commands: leave out --server",
				}
			case each.given() && len(args) > 0:
				return &ui.UsageError{Reason: "exec takes a profile or --each, not both", Next: each.missingDashes(args)}
			case each.given():
				return execEach(cmd.Context(), d, command, each, &k)
			case len(args) > 1:
				return &ui.UsageError{
					Reason: "exec takes one profile; " + ui.Quoted(args[1]) + " is one too many",
					Next:   each.missingDashes(args),
				}
			}
			return execOne(cmd.Context(), d, args, command, server, &k)
		},
	}
	// After an unknown flag the parser has not come to the command yet: the flag may be the command's.
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		err = cmd.Parent().FlagErrorFunc()(cmd, err)
		var usage *ui.UsageError
		if next := each.missingDashes(cmd.Flags().Args()); next != "" && errors.As(err, &usage) {
			usage.Next = next
		}
		return err
	})
	k.Add(cmd.Flags())
	k.AddNoSession(cmd.Flags())
	cmd.Flags().BoolVar(&server, "server", false,
		"give the command an endpoint that renews the credentials, instead of the credentials")
	each.add(cmd)
	return cmd
}

// execOne runs a command, or the user's shell, as one profile.
func execOne(ctx context.Context, d Deps, args, command []string, server bool, k *provider.RoleFlags) error {
	if len(command) == 0 {
		command = app.Shell(d.World)
	}
	path, err := child.Find(command[0])
	if err != nil {
		return err
	}
	target, err := d.Targets.Chosen(ctx, args)
	if err != nil {
		return err
	}
	if server {
		return execServer(ctx, d, path, command, target, k)
	}
	c, p, err := d.Provider.Credentials(ctx, target, k, prompt.Normal)
	if err != nil {
		return err
	}
	if n := len(p.Steps); n > 0 && k.Duration != "" && p.Steps[n-1].Shortened != "" {
		last := p.Steps[n-1]
		d.UI.NoteAtTerminal("the credentials last " + credproc.Human(last.Duration) + ", shortened " + last.Shortened)
	}
	alertOfReason(d.UI, p)
	d.Targets.Used(app.UseOf(p, c.Expires))
	d.Logs.Close() // Run does not return where the command replaces this process
	return child.Run(path, command, child.Environment(d.World.Environ(), target, p.Region, c, provider.Endpoints(p)...))
}

// alertOfReason reminds a person of which role a command gets, where that is one that requires a reason.
func alertOfReason(s ui.Streams, p credproc.Plan) {
	if !p.ReasonRequired().IsSet() {
		return
	}
	words := p.Target
	if role := p.Steps[len(p.Steps)-1].RoleInAccount(); role != "" {
		words += ": " + role
	}
	s.AlertAtTerminal(words + ", for a reason that AWS has recorded")
}

// missingDashes says where -- is missing before a command; "" if args are no more than a profile.
func (e *eachFlags) missingDashes(args []string) string {
	profile := "--each LIST"
	if !e.given() && len(args) > 0 {
		profile, args = args[0], args[1:]
	}
	if len(args) == 0 {
		return ""
	}
	return "put -- before the command: hatstand exec " + profile + " -- " + args[0] + " ..."
}
