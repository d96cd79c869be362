package shell

import (
	"io"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc"
	"hatstand/credproc/child"
	"hatstand/credproc/credentials"
)

const hatUsage = "usage: hat [PROFILE] [flags] | hat - | hat --off"

// HatDeps are what the verb hat uses.
type HatDeps struct {
	Out      io.Writer
	UI       ui.Streams
	Now      func() time.Time
	Targets  app.Targets
	Provider *provider.Provider
	Environ  func() []string
}

// NewHat is the verb hat, which the shell function hat runs. The shell evaluates all of stdout, whatever the arguments
// are: each word of it is quoted, the help's too.
func NewHat(d HatDeps) *cobra.Command {
	var k provider.RoleFlags
	var off bool
	cmd := &cobra.Command{
		Use:    "hat SHELL [PROFILE]",
		Short:  "Print what the shell function hat evaluates",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || !hasHat(args[0]):
				return &ui.UsageError{
					Reason: "hatstand hat is for the shell function hat, not for you",
					Next:   `have your shell read that, then run hat: eval "$(hatstand shell-init bash)"`,
				}
			case len(args) > 2:
				return &ui.UsageError{Reason: "hat takes no " + ui.Quoted(args[2]), Next: hatUsage}
			case off && len(args) > 1:
				return &ui.UsageError{Reason: "--off takes no profile", Next: hatUsage}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			shell := args[0]
			if off {
				return printHat(d, shell, nil, []string{"--off"})
			}
			target, err := d.Targets.Chosen(cmd.Context(), args[1:])
			if err != nil {
				return err
			}
			c, p, err := d.Provider.Credentials(cmd.Context(), target, &k, prompt.Normal)
			if err != nil {
				return err
			}
			set := child.Variables(target, p.Region, c, provider.Endpoints(p)...)
			if err := printHat(d, shell, set, argumentsAgain(cmd.Flags(), target)); err != nil {
				return err
			}
			d.UI.NoteAtTerminal(wornWords(target, p, c, d.Now()))
			d.Targets.Used(app.UseOf(p, c.Expires))
			return nil
		},
	}
	k.Add(cmd.Flags())
	cmd.Flags().BoolVar(&off, "off", false, "remove the role's credentials from this shell")
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		help := hatUsage + "\n\nFlags:\n" + strings.TrimSuffix(cmd.LocalFlags().FlagUsages(), "\n")
		if len(args) > 1 && hasHat(args[1]) { // args[0] is hat
			help = printfCommand(args[1], help)
		}
		_, _ = io.WriteString(d.Out, help+"\n")
	})
	return cmd
}

// wornWords say what the shell is now: prod: Admin in 222222222222, until 09:37.
func wornWords(target string, p credproc.Plan, c credentials.Value, now time.Time) string {
	words := target
	if n := len(p.Steps); n > 0 && p.Steps[n-1].RoleInAccount() != "" {
		words += ": " + p.Steps[n-1].RoleInAccount()
	}
	if c.CanExpire {
		words += ", until " + ui.ClockTime(c.Expires, now)
	}
	return words
}

// hasHat reports whether there is a function hat that evaluates this format.
func hasHat(format string) bool {
	return format == "sh" || format == "fish" || format == "powershell"
}

// printfCommand is a shell's command that prints a text.
func printfCommand(shell, text string) string {
	switch shell {
	case "fish":
		return `builtin printf '%s\n' ` + child.Quote(shell, text)
	case "powershell":
		return child.Quote(shell, text)
	}
	return `\printf '%s\n' ` + child.Quote(shell, text)
}

// printHat prints commands that set variables in the shell. The first of them calls the shell function _hat_changed
// with the role that the shell had, the role that it gets, and the arguments for that one, so that "hat -" can go back.
func printHat(d HatDeps, shell string, set []child.Variable, arguments []string) error {
	environ := d.Environ()
	text, err := child.Format(shell, "", set, child.Dropped(environ, set))
	if err != nil {
		return err
	}
	var after []string
	for _, v := range set {
		after = append(after, v.Name+"="+v.Value)
	}
	call := "_hat_changed"
	for _, w := range append([]string{roleIn(environ), roleIn(after)}, arguments...) {
		call += " " + child.Quote(shell, w)
	}
	_, err = io.WriteString(d.Out, call+"\n"+text)
	return err
}

// roleIn names the role whose credentials are in an environment: the profile and the access key ID, which is no secret.
// " " is none, and "other" is credentials that hat has not set.
func roleIn(environ []string) string {
	hat := child.Variables("", "any", credentials.Value{SessionToken: "any", CanExpire: true})
	if len(child.Dropped(environ, hat)) > 0 {
		return "other"
	}
	var profile, key string
	for _, kv := range environ {
		switch name, value, _ := strings.Cut(kv, "="); name {
		case "HATSTAND_PROFILE":
			profile = value
		case "AWS_ACCESS_KEY_ID":
			key = value
		}
	}
	return profile + " " + key
}

// argumentsAgain are the arguments that ask for the same role once more, from any folder: the flags that were given,
// without --mfa-code, since a code works once; and the profile, which may have been picked.
func argumentsAgain(flags *pflag.FlagSet, target string) []string {
	var words []string
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			switch f.Name {
			case "mfa-code":
				continue
			case "policy":
				if path, err := filepath.Abs(v); err == nil {
					v = path
				}
			}
			words = append(words, "--"+f.Name+"="+v)
		}
	})
	return append(words, "--", target)
}
