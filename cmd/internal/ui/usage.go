package ui

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
)

// A UsageError says that the command line or a setting is not as it must be. Next, if any, is what to do.
type UsageError struct{ Reason, Next string }

func (e *UsageError) Error() string { return e.Reason }

func (*UsageError) ExitCode() int { return advice.Usage }

func (e *UsageError) Hints() []string {
	if e.Next == "" {
		return nil
	}
	return []string{e.Next}
}

// FlagError is the error of a flag's value.
func FlagError(flag string, err error) error {
	return &UsageError{Reason: fmt.Sprintf("%s: %v", flag, err)}
}

// FlagParseError turns the error of cobra's flag parser into a UsageError with the flag that may have been meant.
func FlagParseError(cmd *cobra.Command, err error) error {
	reason, _, _ := strings.Cut(err.Error(), ": strconv.") // Go's own words for what is no number
	e := &UsageError{Reason: reason, Next: "see: " + cmd.CommandPath() + " --help"}
	var unknown *pflag.NotExistError
	if errors.As(err, &unknown) {
		if unknown.GetSpecifiedName() == "profile" && strings.Contains(cmd.Use, "PROFILE") { // as the AWS CLI has it
			e.Next = "the profile stands without it: " + cmd.UseLine()
		} else if near := nearFlag(cmd.Flags(), unknown.GetSpecifiedName()); near != "" {
			e.Next = "did you mean --" + near + "?"
		}
	}
	return e
}

// UnknownCommand is the error of a word where cmd wants one of its commands.
func UnknownCommand(cmd *cobra.Command, word string) *UsageError {
	cmd.SuggestionsMinimumDistance = 2
	e := &UsageError{Reason: "unknown command " + Quoted(word) + " for " + cmd.CommandPath(), Next: "see: " + cmd.CommandPath() + " --help"}
	if near := cmd.SuggestionsFor(word); len(near) > 0 {
		e.Next = "did you mean " + cmd.CommandPath() + " " + near[0] + "?"
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

// NameValues gives names to the values of a command's flags, and of its subcommands': where a description begins with a
// word in backquotes, that word stands behind the flag and the rest is the description. (pflag alone would leave the
// word in the description as well.) It leaves flags alone that can be repeated.
func NameValues(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		name, text, found := strings.Cut(strings.TrimPrefix(f.Usage, "`"), "` ")
		if _, many := f.Value.(pflag.SliceValue); found && !many && strings.HasPrefix(f.Usage, "`") {
			f.Usage, f.Value = text, namedValue{f.Value, name}
		}
	})
	for _, sub := range cmd.Commands() {
		NameValues(sub)
	}
}

// A namedValue is a flag's value. Help shows its type.
type namedValue struct {
	pflag.Value
	name string
}

func (v namedValue) Type() string { return v.name }

// Group is a command that only holds others.
func Group(use, short string, commands ...*cobra.Command) *cobra.Command {
	g := &cobra.Command{
		Use: use, Short: short,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return &UsageError{Reason: cmd.CommandPath() + " needs a command", Next: "see: " + cmd.CommandPath() + " --help"}
			}
			return UnknownCommand(cmd, args[0])
		},
		RunE:               func(*cobra.Command, []string) error { return errors.New("unreachable") },
		DisableSuggestions: true,
	}
	g.AddCommand(commands...)
	return g
}

// AtMost checks that there are no more than n arguments, in our own words.
func AtMost(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > n {
			return &UsageError{Reason: cmd.CommandPath() + " takes no " + Quoted(args[n]), Next: "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// Exactly checks that there are n arguments, in our own words.
func Exactly(n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) < n {
			return &UsageError{Reason: cmd.CommandPath() + " needs an argument", Next: "usage: " + cmd.UseLine()}
		}
		return AtMost(n)(cmd, args)
	}
}
