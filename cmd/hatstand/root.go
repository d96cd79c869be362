package main

import (
	"errors"
	"strings"

	"hatstand/cmd/internal/advice"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// command builds the verbs.
func (a *app) command() *cobra.Command {
	var version bool
	root := &cobra.Command{
		Use:   "hatstand",
		Short: "Wear AWS roles: one MFA prompt, keys in the keyring, credentials for every tool",
		Long: `Hatstand reads your AWS profiles, asks for MFA once, assumes roles along chains and across
accounts, keeps keys and sessions in the operating system's keyring, and hands temporary
credentials to the AWS CLI, every SDK and any command.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		// Cobra's own suggestions come as several lines; report.go wants one error and its hints.
		DisableSuggestions: true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return nil
			}
			e := unknownVerb(cmd, args[0])
			if set, err := a.profiles(); err == nil {
				if _, is := set.Profile(args[0]); is {
					e.next = quoted(args[0]) + " is a profile: hatstand exec " + args[0] + ", hatstand console " + args[0]
				}
			}
			return e
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if version {
				return a.printVersion()
			}
			return cmd.Help()
		},
	}
	root.Flags().BoolVarP(&version, "version", "v", false, "print the version")
	root.SetArgs(a.args)
	root.SetIn(a.stdin)
	root.SetOut(a.stdout)
	root.SetErr(a.stderr)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		reason, _, _ := strings.Cut(err.Error(), ": strconv.") // Go's own words for what is no number
		e := &usageError{reason: reason, next: "see: " + cmd.CommandPath() + " --help"}
		var unknown *pflag.NotExistError
		if errors.As(err, &unknown) {
			if unknown.GetSpecifiedName() == "profile" && strings.Contains(cmd.Use, "PROFILE") { // as the AWS CLI has it
				e.next = "the profile stands without it: " + cmd.UseLine()
			} else if near := nearFlag(cmd.Flags(), unknown.GetSpecifiedName()); near != "" {
				e.next = "did you mean --" + near + "?"
			}
		}
		return e
	})
	root.CompletionOptions.DisableDefaultCmd = true
	for _, v := range a.verbs() {
		// The warm path builds its own verb alone; help, completion and typos see all of them.
		if len(a.args) > 0 && a.args[0] == v.name {
			root.AddCommand(v.build())
			return root
		}
	}
	for _, v := range a.verbs() {
		root.AddCommand(v.build())
	}
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
				return unknownVerb(cmd, args[len(args)-max(len(rest), 1)])
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

func (a *app) verbs() []verb {
	return []verb{
		{"credential-process", a.credentialProcessCommand},
		{"exec", a.execCommand},
		{"console", a.consoleCommand},
		{"serve", a.serveCommand},
		{"env", a.envCommand},
		{"shell-init", a.shellInitCommand},
		{"hat", a.hatCommand},
		{"login", a.loginCommand},
		{"logout", a.logoutCommand},
		{"list", a.listCommand},
		{"explain", a.explainCommand},
		{"doctor", a.doctorCommand},
		{"adopt", a.adoptCommand},
		{"release", a.releaseCommand},
		{"keys", a.keysCommand},
		{"mfa", a.mfaCommand},
		{"lock", a.lockCommand},
		{"demo", a.demoCommand},
		{"completion", a.completionCommand},
		{"version", a.versionCommand},
	}
}

// A usageError says that the command line is not of the verb's form.
type usageError struct{ reason, next string }

func (e *usageError) Error() string { return e.reason }

func (*usageError) ExitCode() int { return advice.Usage }

func (e *usageError) Hints() []string {
	if e.next == "" {
		return nil
	}
	return []string{e.next}
}

func unknownVerb(cmd *cobra.Command, verb string) *usageError {
	cmd.SuggestionsMinimumDistance = 2
	e := &usageError{reason: "unknown command " + quoted(verb) + " for " + cmd.CommandPath(), next: "see: " + cmd.CommandPath() + " --help"}
	if near := cmd.SuggestionsFor(verb); len(near) > 0 {
		e.next = "did you mean " + cmd.CommandPath() + " " + near[0] + "?"
	}
	return e
}

// nearFlag is the flag that may have been meant, by cobra's measure, which it has for commands alone; "" if there
// is none.
func nearFlag(flags *pflag.FlagSet, name string) string {
	var all cobra.Command
	flags.VisitAll(func(f *pflag.Flag) {
		all.AddCommand(&cobra.Command{Use: f.Name, Run: func(*cobra.Command, []string) {}})
	})
	for all.SuggestionsMinimumDistance = 1; all.SuggestionsMinimumDistance <= 2; all.SuggestionsMinimumDistance++ {
		if near := all.SuggestionsFor(name); len(near) > 0 && len(name) > all.SuggestionsMinimumDistance {
			return near[0]
		}
	}
	return ""
}

// group is a verb that only holds others.
func group(use, short string, verbs ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &usageError{reason: cmd.CommandPath() + " wants a command", next: "see: " + cmd.CommandPath() + " --help"}
			}
			return unknownVerb(cmd, args[0])
		},
		RunE:               func(*cobra.Command, []string) error { return errors.New("unreachable") },
		DisableSuggestions: true,
	}
	g.AddCommand(verbs...)
	return g
}

// atMost and exactly check the number of arguments, in our own words.
func atMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return &usageError{reason: cmd.CommandPath() + " takes no " + quoted(args[n]), next: "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

func exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return &usageError{reason: cmd.CommandPath() + " wants an argument", next: "usage: " + cmd.UseLine()}
		}
		return atMost(n)(cmd, args)
	}
}
