package main

import (
	"errors"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
)

func (a *parts) execCommand() *cobra.Command {
	var k provider.RoleFlags
	var server bool
	var e each
	cmd := &cobra.Command{
		Use:   "exec [PROFILE|--each LIST] [flags] [-- COMMAND...]",
		Short: "Run a command, or your shell, as the role",
		Long: `Runs a command with the role's temporary credentials in its environment; without a command,
your shell. Every other credential variable is removed from the environment, and the command
takes hatstand's place: signals and the exit code are its own. HATSTAND_PROFILE names the profile.

With --server the command gets no credentials but the address of an endpoint that hands them out
and renews them, for what runs longer than they live. Hatstand stays beside the command then, ends
with it and passes on every signal that the command has not had itself, as from Ctrl-C. While the
command runs its terminal is its own: a code that has to be asked for is asked for in a window, or by
hatstand login in another terminal.

With --each the command runs once for every profile of a list, several at the same time: names and
globs ('prod-*,staging'; a glob takes profiles that have a role), or all of a role. What has to be asked
is asked before the first one starts. Lines are printed with the profile before them. The commands have
no terminal and no input; Ctrl-C reaches all of them, and a second one ends them for good. The exit code
is 1 if one failed.`,
		Example: `  hatstand exec prod -- aws s3 ls
  hatstand exec prod --read-only --duration 15m -- terraform plan
  hatstand exec prod --server -- ./long-running-import
  hatstand exec 222222222222:Admin --source me -- aws sts get-caller-identity
  hatstand exec --each 'prod-*,staging' -- aws s3 ls
  hatstand exec --each-role Admin --read-only --json -j 16 -- aws ec2 describe-vpcs`,
		ValidArgsFunction: a.targets.CompleteOne,
		RunE: func(cmd *cobra.Command, args []string) error {
			command := []string(nil)
			if n := cmd.ArgsLenAtDash(); n >= 0 {
				args, command = args[:n], args[n:]
			}
			if err := e.misused(cmd.Flags()); err != nil {
				return err
			}
			if e.wanted() && server {
				return &ui.UsageError{Reason: "--each and --server do not go together", Next: "credentials of an hour are enough for most commands: leave out --server"}
			}
			if e.wanted() && len(args) > 0 {
				return &ui.UsageError{Reason: "exec takes a profile or --each, not both", Next: e.dashes(args)}
			}
			if e.wanted() {
				return a.execEach(cmd.Context(), command, e, &k)
			}
			if len(args) > 1 {
				return &ui.UsageError{Reason: "exec takes one profile; " + ui.Quoted(args[1]) + " is one too many", Next: e.dashes(args)}
			}
			if len(command) == 0 {
				command = app.Shell(a.World)
			}
			path, err := child.Find(command[0])
			if err != nil {
				return err
			}
			target, err := a.targets.Chosen(args)
			if err != nil {
				return err
			}
			if server {
				return a.execServer(cmd.Context(), path, command, target, &k)
			}
			c, p, err := a.provider.Credentials(cmd.Context(), target, &k, prompt.Normal)
			if err != nil {
				return err
			}
			a.close()
			return child.Run(path, command, child.Environment(a.Environ(), target, p.Region, c, provider.Endpoints(p)...))
		},
	}
	// What is wrong with a flag that stands after a command: it is the command's.
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		err = cmd.Parent().FlagErrorFunc()(cmd, err)
		var usage *ui.UsageError
		if next := e.dashes(cmd.Flags().Args()); next != "" && errors.As(err, &usage) {
			usage.Next = next
		}
		return err
	})
	k.Add(cmd.Flags())
	cmd.Flags().BoolVar(&server, "server", false, "give the command an endpoint that renews the credentials, and not the credentials")
	e.flags(cmd.Flags())
	return cmd
}

// dashes says where -- is missing before a command; "" if args are no more than a profile.
func (e *each) dashes(args []string) string {
	what := "--each LIST"
	if !e.wanted() && len(args) > 0 {
		what, args = args[0], args[1:]
	}
	if len(args) == 0 {
		return ""
	}
	return "put -- before the command: hatstand exec " + what + " -- " + args[0] + " ..."
}
