// Package serve has the verb serve: endpoints on 127.0.0.1, or in a network of containers, that hand credentials out
// and renew them, for programs that run longer than credentials live. The container endpoint answers only who has its
// token, which is in a file for its user alone; the instance metadata service has no token to ask for, and is opened on
// request, on loopback and on Linux only.
package serve

import (
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
)

// Deps are what the verb uses.
type Deps struct {
	UI       ui.Streams
	Targets  app.Targets
	Logs     *app.Log
	Locks    *app.LockFolder
	Provider *provider.Provider
	Now      func() time.Time
	GOOS     string
}

// flags are the flags of serve.
type flags struct {
	provider.RoleFlags
	port      uint16
	tokenFile string
	imds      bool
	imdsPort  uint16
	container bool
}

// New is the verb serve.
func New(d Deps) *cobra.Command {
	var f flags
	cmd := &cobra.Command{
		Use:   "serve PROFILE...",
		Short: "Keep credentials fresh for long-running programs",
		Long: `Hands out the profiles' credentials on 127.0.0.1, and renews them before they
expire. It speaks the container credentials protocol, which the AWS CLI and
every SDK know. Each profile has a path of its own. It answers only processes of
your own that can read the token file. It prints the variables to set, for a
shell to read, and runs until Ctrl-C or SIGTERM.

If an MFA code is needed, serve asks for it on its own terminal or in a window.
It also starts when there are no credentials yet: clients are told the reason
until you have run hatstand login.

With --imds it also speaks version 2 of the EC2 instance metadata service, on a
port of its own, for programs that know nothing else. Any process of yours may
use that one. It works on Linux only: elsewhere every user of the machine could
use it.

With --container it listens on 169.254.170.2 instead, for containers that have
a network of their own. That network has to give this machine this address. It
answers clients in that network that have the token.`,
		Example: `  hatstand serve prod staging --port 9911
  hatstand serve prod --imds --imds-port 9912
  hatstand serve prod --container --port 9911`,
		ValidArgsFunction: d.Targets.CompleteMany,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.Flags().Changed("imds-port") && !f.imds {
				return &ui.UsageError{
					Reason: "--imds-port needs --imds",
					Next:   "usage: hatstand serve PROFILE --imds --imds-port PORT",
				}
			}
			if f.container && f.imds {
				return &ui.UsageError{
					Reason: "--container and --imds do not go together: instance metadata has no secret",
					Next:   "leave --imds out: containers need none of it",
				}
			}
			if f.container && !cmd.Flags().Changed("port") {
				f.port = containerPort
			}
			return run(cmd.Context(), d, args, &f)
		},
	}
	cmd.Flags().SortFlags = false
	cmd.Flags().Uint16Var(&f.port, "port", 0, "`PORT` port of the endpoint; 0 is any free one, and 80 the default with --container")
	cmd.Flags().StringVar(&f.tokenFile, "token-file", "",
		"`FILE` file to write the token to, removed at the end (default: a file in the runtime folder)")
	cmd.Flags().BoolVar(&f.imds, "imds", false, "speak the instance metadata service too")
	cmd.Flags().Uint16Var(&f.imdsPort, "imds-port", 0, "`PORT` port of the instance metadata service; 0 is any free one")
	cmd.Flags().BoolVar(&f.container, "container", false, "serve a network of containers, on 169.254.170.2")
	f.Add(cmd.Flags())
	return cmd
}
