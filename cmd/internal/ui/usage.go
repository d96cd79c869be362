package ui

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
	"hatstand/profiles/spelling"
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

// FlagParseError turns the error of cobra's flag parser into a UsageError that says what may have been meant.
func FlagParseError(cmd *cobra.Command, err error) error {
	if words := cmd.Flags().Args(); cmd.HasSubCommands() && len(words) > 0 && cmd.Args != nil {
		if err := cmd.Args(cmd, words); err != nil { // the command is not known, and so its flags are not either
			return err
		}
	}
	reason, _, _ := strings.Cut(err.Error(), ": strconv.") // Go's own words for what is no number
	e := &UsageError{Reason: reason, Next: "see: " + cmd.CommandPath() + " --help"}
	if unknown, ok := errors.AsType[*pflag.NotExistError](err); ok {
		name := unknown.GetSpecifiedName()
		if group := unknown.GetSpecifiedShortnames(); len(group) > 1 { // one dash before a long name
			name, _, _ = strings.Cut(group, "=")
			cmd.Flags().VisitAll(func(f *pflag.Flag) { // its first letter may be a flag
				if len(name) > 2 && strings.HasSuffix(f.Name, name) {
					name = f.Name
				}
			})
			e.Reason = "unknown flag: -" + name
		}
		if next := meantFlag(cmd, name); next != "" {
			e.Next = next
		}
	}
	if wrong, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		switch wrong.GetFlag().Value.Type() {
		case "bool":
			e.Next = "it takes no value: --" + wrong.GetFlag().Name
		case "int", "uint", "uint16", "PORT", "NUMBER":
			e.Next = "give a number, as in --" + wrong.GetFlag().Name + " 8080"
		}
	}
	return e
}

// meantFlag is a hint about a flag that there is not; "" if there is none.
func meantFlag(cmd *cobra.Command, name string) string {
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, f.Name)
		}
	})
	profile := strings.Contains(cmd.Use, "PROFILE")
	switch near := nearest(name, names); {
	case slices.Contains(names, name):
		return "write it with two dashes: --" + name
	case len(name) > 3 && profile && nearest(name, []string{"profile"}) != "": // as the AWS CLI has it
		return "give the profile without it: " + cmd.UseLine()
	case name == "profile" && !cmd.HasParent():
		return "the profile follows a command: hatstand exec PROFILE, hatstand console PROFILE"
	case fits(cmd, advice.Flag(name)):
		return advice.Flag(name)
	case near != "":
		return "did you mean --" + near + "?"
	}
	return ""
}

// fits reports whether a hint about another program's flag is one for this command: it has a flag that is named there, or
// another command is.
func fits(cmd *cobra.Command, hint string) bool {
	named := false
	for word := range strings.FieldsSeq(hint) {
		if flag, ok := strings.CutPrefix(strings.TrimRight(word, ",:"), "--"); ok {
			if named = true; cmd.Flags().Lookup(flag) != nil {
				return true
			}
		}
	}
	return hint != "" && (!named || strings.Contains(hint, "hatstand "))
}

// nearest is the word that may have been meant: the one that is typed most nearly so, or the only one that begins so; ""
// if none is near.
func nearest(typed string, words []string) string {
	if near := spelling.Similar(typed, words); typed != "" && len(near) > 0 {
		return near[0]
	}
	var begin []string
	for _, w := range words {
		if len(typed) > 1 && strings.HasPrefix(w, typed) {
			begin = append(begin, w)
		}
	}
	if len(begin) != 1 {
		return ""
	}
	return begin[0]
}

// UnknownCommand is the error of a word where cmd wants one of its commands; rest is what followed it.
func UnknownCommand(cmd *cobra.Command, word string, rest ...string) *UsageError {
	e := &UsageError{Reason: "unknown command " + Quoted(word) + " for " + cmd.CommandPath(), Next: "see: " + cmd.CommandPath() + " --help"}
	var names []string
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			names = append(names, sub.Name())
		}
	}
	_, group, _ := strings.Cut(cmd.CommandPath(), " ")
	if command := advice.Verb(group, strings.ToLower(word), rest); command != "" {
		e.Next = "did you mean " + command + "?"
	} else if near := nearest(word, names); near != "" {
		e.Next = "did you mean " + cmd.CommandPath() + " " + near + "?"
	}
	return e
}

// UnknownValue is the error of a word that is none of several; what names its kind.
func UnknownValue(what, word string, values ...string) *UsageError {
	e := &UsageError{Reason: what + " " + Quoted(word), Next: "choose one of: " + strings.Join(values, ", ")}
	if near := nearest(word, values); near != "" {
		e.Next = "did you mean " + near + "?"
	}
	return e
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
			return UnknownCommand(cmd, args[0], args[1:]...)
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
		if len(args) > n && cmd.Flags().Lookup("filter") != nil {
			return &UsageError{Reason: cmd.CommandPath() + " takes no " + Quoted(args[n]),
				Next: "to find some: " + cmd.CommandPath() + " --filter " + advice.ShellWord(args[n])}
		}
		if len(args) > n {
			return &UsageError{Reason: cmd.CommandPath() + " takes no " + Quoted(args[n]), Next: "usage: " + cmd.UseLine()}
		}
		return nil
	}
}

// NotOfOne refuses arguments of a verb that is about all profiles, and names the one that is about one.
func NotOfOne(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	return &UsageError{Reason: cmd.CommandPath() + " takes no " + Quoted(args[0]),
		Next: "about one profile: " + cmd.Root().Name() + " explain " + advice.ShellWord(args[0])}
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
