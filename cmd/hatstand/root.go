package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/awsfile"
	"hatstand/cmd/internal/enroll"
	"hatstand/cmd/internal/iamuser"
	"hatstand/cmd/internal/overview"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/cmd/internal/verb/audit"
	"hatstand/cmd/internal/verb/console"
	"hatstand/cmd/internal/verb/demo"
	"hatstand/cmd/internal/verb/doctor"
	"hatstand/cmd/internal/verb/explain"
	"hatstand/cmd/internal/verb/keys"
	"hatstand/cmd/internal/verb/login"
	"hatstand/cmd/internal/verb/mfa"
	"hatstand/cmd/internal/verb/policy"
	"hatstand/cmd/internal/verb/profiles"
	runverb "hatstand/cmd/internal/verb/run"
	"hatstand/cmd/internal/verb/serve"
	"hatstand/cmd/internal/verb/shell"
	"hatstand/cmd/internal/verb/status"
	"hatstand/cmd/internal/verb/version"
	"hatstand/profiles/signins"
)

// How a verb is built:
//
//   - Its package is cmd/internal/verb/NAME. It exports a constructor for each command, func NewExec(d Deps)
//     *cobra.Command, or one for a command that holds others, func Command(d Deps) *cobra.Command.
//   - Deps is a plain struct of the package, with what its verbs use and nothing else. It has single functions of the
//     world (Now, Environ, GOOS), not app.World, where one or two are enough.
//   - Flags are variables of the constructor. RunE checks them and makes one call.
//   - What it tells, it tells with --json too: ui.AddJSON, with its fields in cmd/internal/reference.
//   - Output goes through ui.Streams (Print, PrintJSON, Note). Errors are returned, not printed. An error of the verb's
//     own has Hints and, if not 1, ExitCode; the package's errors_test.go has a row for it (testkit.CheckErrors).
//   - No verb imports another. What two of them need is below them (provider, awsfile, iamuser, ui).
//   - Unit tests are beside the verb; its stories are here, in testdata/script.

// The groups of the help, in its order. Each is also the ID of a group of cobra's.
const (
	groupAssume  = "Assume roles:"
	groupSignIn  = "Sign in, and out:"
	groupLook    = "Find out:"
	groupFiles   = "The AWS files:"
	groupSecrets = "Keys and MFA devices:"
	groupMore    = "More:"
)

// A verb is built when it is needed.
type verb struct {
	group string
	name  string
	build func() *cobra.Command
}

// verbs are all verbs, in the order of the help. Nothing that is made here opens anything before a verb uses it.
func verbs(w app.World, settings *app.Settings, logs *app.Log) []verb {
	streams := w.Streams()
	clients := app.NewHTTPClients(w)
	locks := app.NewLockFolder(w, settings)
	prompts := &prompt.Prompts{World: w, Settings: settings, Locks: locks}
	keyring := provider.NewKeyring(w, settings, logs, prompts)
	creds := provider.New(w, settings, logs, clients, prompts, keyring)
	known := overview.Overview{World: w, Settings: settings, Logs: logs, Keyring: keyring}
	targets := app.Targets{Settings: settings, UI: streams, Logs: logs, Now: w.Now, States: known.States}
	users := iamuser.New(w, settings, clients, keyring, creds)
	files := awsfile.Editor{World: w, Settings: settings, Locks: locks}
	enroller := enroll.Enroller{World: w, Logs: logs, Prompts: prompts, Keyring: keyring, Provider: creds}

	runDeps := runverb.Deps{
		World: w, UI: streams, Settings: settings, Targets: targets, Logs: logs, Provider: creds,
	}
	consoleDeps := console.Deps{
		World: w, UI: streams, Settings: settings, Targets: targets, Logs: logs, Clients: clients, Provider: creds,
	}
	serveDeps := serve.Deps{
		UI: streams, Targets: targets, Logs: logs, Locks: locks, Provider: creds, Now: w.Now, GOOS: w.GOOS,
	}
	hatDeps := shell.HatDeps{World: w, Settings: settings, Targets: targets, Provider: creds}
	loginDeps := login.Deps{
		UI: streams, Logs: logs, Settings: settings, Targets: targets, Keyring: keyring, Provider: creds, Files: files,
		Now: w.Now,
	}
	profileDeps := profiles.Deps{
		World: w, Settings: settings, Targets: targets, Files: files, Keyring: keyring, Provider: creds,
		Overview: known,
	}
	explainDeps := explain.Deps{
		World: w, Settings: settings, Targets: targets, Keyring: keyring, Provider: creds, Overview: known,
	}
	doctorDeps := doctor.Deps{World: w, Settings: settings, Keyring: keyring}
	policyDeps := policy.Deps{UI: streams, Targets: targets, Provider: creds, Overview: known}
	auditDeps := audit.Deps{
		World: w, UI: streams, Settings: settings, Targets: targets, Clients: clients, Keyring: keyring, Provider: creds,
	}
	statusDeps := status.Deps{World: w, Settings: settings, Keyring: keyring, Provider: creds, Overview: known}
	keysDeps := keys.Deps{
		World: w, Settings: settings, Logs: logs, Locks: locks, Targets: targets, Files: files,
		Prompts: prompts, Keyring: keyring, Users: users,
	}
	mfaDeps := mfa.Deps{
		World: w, Settings: settings, Targets: targets, Prompts: prompts, Keyring: keyring, Provider: creds,
		Users: users, Files: files, Enroller: enroller,
	}
	all := []verb{
		{groupAssume, "credential-process", func() *cobra.Command { return runverb.NewCredentialProcess(runDeps) }},
		{groupAssume, "exec", func() *cobra.Command { return runverb.NewExec(runDeps) }},
		{groupAssume, "console", func() *cobra.Command { return console.New(consoleDeps) }},
		{groupAssume, "serve", func() *cobra.Command { return serve.New(serveDeps) }},
		{groupAssume, "env", func() *cobra.Command { return runverb.NewEnv(runDeps) }},
		{groupAssume, "shell-init", func() *cobra.Command { return shell.NewInit(w) }},
		{groupAssume, "hat", func() *cobra.Command { return shell.NewHat(hatDeps) }},
		{groupSignIn, "login", func() *cobra.Command { return login.NewLogin(loginDeps) }},
		{groupSignIn, "logout", func() *cobra.Command { return login.NewLogout(loginDeps) }},
		{groupLook, "status", func() *cobra.Command { return status.New(statusDeps) }},
		{groupLook, "list", func() *cobra.Command { return profiles.NewList(profileDeps) }},
		{groupLook, "explain", func() *cobra.Command { return explain.New(explainDeps) }},
		{groupLook, "doctor", func() *cobra.Command { return doctor.New(doctorDeps) }},
		{groupLook, "policy", func() *cobra.Command { return policy.Command(policyDeps) }},
		{groupLook, "audit", func() *cobra.Command { return audit.New(auditDeps) }},
		{groupFiles, "adopt", func() *cobra.Command { return profiles.NewAdopt(profileDeps) }},
		{groupFiles, "release", func() *cobra.Command { return profiles.NewRelease(profileDeps) }},
		{groupFiles, "profiles", func() *cobra.Command { return profiles.Command(profileDeps) }},
		{groupSecrets, "keys", func() *cobra.Command { return keys.Command(keysDeps) }},
		{groupSecrets, "mfa", func() *cobra.Command { return mfa.Command(mfaDeps) }},
		{groupSecrets, "lock", func() *cobra.Command { return keys.Lock(keysDeps) }},
		{groupMore, "demo", func() *cobra.Command { return demo.Command(w) }},
		{groupMore, "completion", func() *cobra.Command { return shell.NewCompletion(w) }},
		{groupMore, "version", func() *cobra.Command { return version.New(w.Stdout) }},
	}
	for i, v := range all {
		all[i].build = func() *cobra.Command {
			cmd := v.build()
			logs.AddFlag(cmd)
			return cmd
		}
	}
	return all
}

// rootCommand is hatstand with the verb that the arguments name, or with all verbs.
func rootCommand(w app.World, settings *app.Settings, all []verb) *cobra.Command {
	var showVersion bool
	root := &cobra.Command{
		Use:   "hatstand",
		Short: "Wear AWS roles: one MFA prompt, keys in the keyring, credentials for every tool",
		Long: `Hatstand reads your AWS profiles, asks for MFA once, assumes roles along chains
and across accounts, keeps keys and sessions in the operating system's keyring,
and hands temporary credentials to the AWS CLI, every SDK and any command.`,
		Example: `  hatstand demo                          try it, without an AWS account
  hatstand exec prod -- aws s3 ls        run a command as the role of profile prod
  hatstand adopt prod                    let the AWS CLI and every SDK use hatstand`,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Cobra's own suggestions are several lines; ui.Report prints one error and its hints.
		DisableSuggestions: true,
		Args:               func(cmd *cobra.Command, args []string) error { return unknownVerb(cmd, args, settings) },
		RunE: func(cmd *cobra.Command, _ []string) error {
			if showVersion {
				return version.Print(w.Stdout)
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVarP(&showVersion, "version", "v", false, "print the version")
	root.SetUsageTemplate(strings.ReplaceAll(root.UsageTemplate(), ".FlagUsages", ".FlagUsagesWrapped 80"))
	root.SetArgs(w.Args)
	root.SetIn(w.Stdin)
	root.SetOut(w.Stdout)
	root.SetErr(w.Stderr)
	root.SetFlagErrorFunc(ui.FlagParseError)
	root.CompletionOptions.DisableDefaultCmd = true
	for _, g := range []string{groupAssume, groupSignIn, groupLook, groupFiles, groupSecrets, groupMore} {
		root.AddGroup(&cobra.Group{ID: g, Title: g})
	}
	add := func(v verb) {
		cmd := v.build()
		cmd.GroupID = v.group
		root.AddCommand(cmd)
	}
	for _, v := range all {
		// A verb alone is built faster; help, completion and an unknown verb need all of them.
		if len(w.Args) > 0 && w.Args[0] == v.name {
			cmd := v.build()
			ui.NameValues(cmd)
			root.AddCommand(cmd)
			takeProfileFlag(root, w)
			return root
		}
	}
	for _, v := range all {
		add(v)
	}
	ui.NameValues(root)
	root.AddCommand(shell.NewWords(root, w.Stdout))
	root.SetHelpCommand(helpCommand(root))
	if len(w.Args) > 0 && strings.HasPrefix(w.Args[0], "__") { // the shell completes a line
		shell.CompleteValues(root, app.Targets{Settings: settings})
	}
	return root
}

// takeProfileFlag takes a profile that was given as the AWS CLI has it. credential-process does not: some SDKs read the
// note together with its document.
func takeProfileFlag(root *cobra.Command, w app.World) {
	args, taken := ui.WithoutProfileFlag(root, w.Args)
	if taken && w.Args[0] != "credential-process" {
		w.Streams().Note("give the profile without --profile: hatstand " + w.Args[0] + " PROFILE")
		root.SetArgs(args)
	}
}

// unknownVerb is the error of a first argument that is no verb; it may be a profile.
func unknownVerb(root *cobra.Command, args []string, settings *app.Settings) error {
	if len(args) == 0 {
		return nil
	}
	if args[0] == "" {
		return &ui.UsageError{Reason: "the command's name is empty", Next: "see: hatstand --help"}
	}
	set, err := settings.Profiles()
	if err != nil {
		return ui.UnknownCommand(root, args[0])
	}
	rest := args[1:min(2, len(args))]
	if len(rest) > 0 {
		if _, ok := set.Profile(rest[0]); !ok { // it may be another program's word, as login in "sso login"
			rest = nil
		}
	}
	e := ui.UnknownCommand(root, args[0], rest...)
	_, isProfile := set.Profile(args[0])
	near := set.Similar(args[0])
	switch {
	case isProfile:
		e.Next = ui.Quoted(args[0]) + " is a profile: " + withProfile(args[0])
	case slices.Contains(signins.Names(set), args[0]):
		e.Next = ui.Quoted(args[0]) + " is a sign-in: hatstand login " + advice.ShellWord(args[0])
	case len(near) > 0 && !strings.HasPrefix(e.Next, "did you mean"):
		e.Next = "did you mean the profile " + ui.Quoted(near[0]) + "? " + withProfile(near[0])
	}
	return e
}

// withProfile is what is mostly done with a profile.
func withProfile(name string) string {
	word := advice.ShellWord(name)
	return "hatstand exec " + word + ", hatstand console " + word
}

// helpCommand is cobra's, with an error for a command that does not exist.
func helpCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use:     "help [COMMAND...]",
		Short:   "Help about any command",
		GroupID: groupMore,

		ValidArgsFunction: shell.CompleteHelp(root),
		RunE: func(_ *cobra.Command, args []string) error {
			cmd, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				if cmd == nil {
					cmd = root
				}
				return ui.UnknownCommand(cmd, args[len(args)-max(len(rest), 1)], rest[min(1, len(rest)):]...)
			}
			cmd.InitDefaultHelpFlag()
			return cmd.Help()
		},
	}
}
