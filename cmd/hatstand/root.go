package main

import (
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/ui"
	"hatstand/cmd/internal/verb/console"
	"hatstand/cmd/internal/verb/demo"
	"hatstand/cmd/internal/verb/doctor"
	"hatstand/cmd/internal/verb/keys"
	"hatstand/cmd/internal/verb/login"
	"hatstand/cmd/internal/verb/mfa"
	"hatstand/cmd/internal/verb/profiles"
	runverb "hatstand/cmd/internal/verb/run"
	"hatstand/cmd/internal/verb/serve"
	"hatstand/cmd/internal/verb/shell"
	"hatstand/cmd/internal/verb/version"
)

// How a verb is built, and how it leaves this package:
//
//   - A verb's package lies in cmd/internal/verb/NAME. It exports a constructor for each command,
//     func NewExec(d Deps) *cobra.Command, or one for a family, func Commands(d Deps) []*cobra.Command.
//   - Deps is a plain struct of the package, with the two or three parts that it uses and no others:
//     ui.Streams, *app.Settings, app.Targets, *provider.Provider, *provider.Keyring, *prompt.Prompts, ...
//     It carries single functions of the world (Now, Environ, GOOS), not app.World, where one or two are enough.
//   - Flags are variables of the constructor. RunE checks them and makes one call; what that does is a function
//     which takes what it uses. Nothing hangs on Deps but through a type of the verb's own.
//   - Words out go through ui.Streams (Print, PrintJSON, Note), errors go up unprinted. An error of the verb's own
//     has Hints and, if not 1, ExitCode; its row is in the package's errors_test.go (testkit.CheckErrors).
//   - No verb imports another. What two of them need lies below them (provider, awsfile, iamuser, ui).
//   - Here, in verbs(), the command is built from parts: {"exec", func() *cobra.Command { return run.NewExec(...) }}.
//     When the last verb has left, parts goes, and main.go makes the few values itself.
//   - Stories (testdata/script) stay here; unit tests move with what they test.

// command builds the verbs.
func (a *parts) command() *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "hatstand",
		Short: "Wear AWS roles: one MFA prompt, keys in the keyring, credentials for every tool",
		Long: `Hatstand reads your AWS profiles, asks for MFA once, assumes roles along chains
and across accounts, keeps keys and sessions in the operating system's keyring,
and hands temporary credentials to the AWS CLI, every SDK and any command.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Cobra's own suggestions come as several lines; report.go wants one error and its hints.
		DisableSuggestions: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			e := ui.UnknownCommand(cmd, args[0])
			if set, err := a.settings.Profiles(); err == nil {
				if _, is := set.Profile(args[0]); is {
					e.Next = ui.Quoted(args[0]) + " is a profile: hatstand exec " + args[0] + ", hatstand console " + args[0]
				}
			}
			return e
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return version.Print(a.Stdout)
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVarP(&showVersion, "version", "v", false, "print the version")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
	root.SetArgs(a.Args)
	root.SetIn(a.Stdin)
	root.SetOut(a.Stdout)
	root.SetErr(a.Stderr)
	root.SetFlagErrorFunc(ui.FlagParseError)
	root.CompletionOptions.DisableDefaultCmd = true
	for _, v := range a.verbs() {
		// The warm path builds its own verb alone; help, completion and typos see all of them.
		if len(a.Args) > 0 && a.Args[0] == v.name {
			root.AddCommand(v.build())
			return root
		}
	}
	for _, v := range a.verbs() {
		root.AddCommand(v.build())
	}
	root.AddCommand(shell.NewWords(root, a.Stdout))
	root.SetHelpCommand(helpCommand(root))
	return root
}

// helpCommand is cobra's, with an error for what there is no help about.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:   "help [COMMAND...]",
		Short: "Help about any command",
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				if cmd == nil {
					cmd = root
				}
				return ui.UnknownCommand(cmd, args[len(args)-max(len(rest), 1)])
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}

// A verb is built when it is wanted.
type verb struct {
	name  string
	build func() *cobra.Command
}

func (a *parts) verbs() []verb {
	return []verb{
		{"credential-process", func() *cobra.Command { return runverb.NewCredentialProcess(a.runDeps()) }},
		{"exec", func() *cobra.Command { return runverb.NewExec(a.runDeps()) }},
		{"console", func() *cobra.Command {
			return console.New(console.Deps{
				World: a.World, UI: a.ui(), Settings: a.settings, Targets: a.targets, Logs: a.logs, Clients: a.clients, Provider: a.provider,
			})
		}},
		{"serve", func() *cobra.Command {
			return serve.New(serve.Deps{
				UI: a.ui(), Targets: a.targets, Logs: a.logs, Locks: a.locks, Provider: a.provider, Now: a.Now, GOOS: a.GOOS,
			})
		}},
		{"env", func() *cobra.Command { return runverb.NewEnv(a.runDeps()) }},
		{"shell-init", func() *cobra.Command { return shell.NewInit(a.World) }},
		{"hat", func() *cobra.Command {
			return shell.NewHat(shell.HatDeps{Out: a.Stdout, Targets: a.targets, Provider: a.provider, Environ: a.Environ})
		}},
		{"login", func() *cobra.Command { return login.NewLogin(a.loginDeps()) }},
		{"logout", func() *cobra.Command { return login.NewLogout(a.loginDeps()) }},
		{"list", func() *cobra.Command { return profiles.NewList(a.profileDeps()) }},
		{"explain", func() *cobra.Command { return profiles.NewExplain(a.profileDeps()) }},
		{"doctor", func() *cobra.Command { return doctor.New(a.doctorDeps()) }},
		{"adopt", func() *cobra.Command { return profiles.NewAdopt(a.profileDeps()) }},
		{"release", func() *cobra.Command { return profiles.NewRelease(a.profileDeps()) }},
		{"keys", func() *cobra.Command { return keys.Command(a.keysDeps()) }},
		{"mfa", func() *cobra.Command { return mfa.Command(a.mfaDeps()) }},
		{"lock", func() *cobra.Command { return keys.Lock(a.keysDeps()) }},
		{"demo", func() *cobra.Command { return demo.Command(a.World) }},
		{"completion", func() *cobra.Command { return shell.NewCompletion(a.World) }},
		{"version", func() *cobra.Command { return version.New(a.Stdout) }},
	}
}

func (a *parts) profileDeps() profiles.Deps {
	return profiles.Deps{
		World: a.World, Settings: a.settings, Targets: a.targets, Files: a.files(), Keyring: a.keyring, Provider: a.provider,
	}
}

func (a *parts) runDeps() runverb.Deps {
	return runverb.Deps{
		World: a.World, UI: a.ui(), Settings: a.settings, Targets: a.targets, Logs: a.logs, Provider: a.provider,
	}
}

func (a *parts) loginDeps() login.Deps {
	return login.Deps{
		UI: a.ui(), Logs: a.logs, Settings: a.settings, Targets: a.targets, Keyring: a.keyring, Provider: a.provider, Now: a.Now,
	}
}

func (a *parts) doctorDeps() doctor.Deps {
	return doctor.Deps{World: a.World, Settings: a.settings, Keyring: a.keyring}
}

func (a *parts) mfaDeps() mfa.Deps {
	return mfa.Deps{
		World: a.World, Settings: a.settings, Targets: a.targets, Prompts: a.prompts, Keyring: a.keyring,
		Provider: a.provider, Users: a.users, Files: a.files(),
		Enroller: enroll.Enroller{
			World: a.World, Logs: a.logs, Prompts: a.prompts, Keyring: a.keyring, Provider: a.provider,
		},
	}
}

func (a *parts) keysDeps() keys.Deps {
	return keys.Deps{
		World: a.World, Settings: a.settings, Logs: a.logs, Locks: a.locks, Targets: a.targets, Files: a.files(),
		Prompts: a.prompts, Keyring: a.keyring, Users: a.users,
	}
}
