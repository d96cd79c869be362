package main

import (
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/provider"
	"hatstand/cmd/internal/ui"
	"hatstand/credproc/child"
)

const hatUsage = "usage: hat [PROFILE] [flags] | hat - | hat --off"

// hatCommand is what the shell function hat runs. The shell evaluates all of stdout, whatever the arguments were:
// each word of it is quoted here, the help's too.
func (a *parts) hatCommand() *cobra.Command {
	var k provider.RoleFlags
	var off bool
	cmd := &cobra.Command{
		Use:    "hat SHELL [PROFILE]",
		Short:  "Print what the shell function hat evaluates",
		Hidden: true,
		Args: func(_ *cobra.Command, args []string) error {
			switch {
			case len(args) == 0 || !hasFunction(args[0]):
				return &ui.UsageError{Reason: "hatstand hat is for the shell function hat, not for you", Next: `have your shell read that, then run hat: eval "$(hatstand shell-init bash)"`}
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
				return a.printHat(shell, nil, []string{"--off"})
			}
			target, err := a.targets.Chosen(args[1:])
			if err != nil {
				return err
			}
			c, p, err := a.provider.Credentials(cmd.Context(), target, &k, prompt.Normal)
			if err != nil {
				return err
			}
			return a.printHat(shell, child.Variables(target, p.Region, c, provider.Endpoints(p)...), again(cmd.Flags(), target))
		},
	}
	k.Add(cmd.Flags())
	cmd.Flags().BoolVar(&off, "off", false, "wear none")
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		help := hatUsage + "\n\nFlags:\n" + strings.TrimSuffix(cmd.LocalFlags().FlagUsages(), "\n")
		if len(args) > 1 && hasFunction(args[1]) { // args[0] is hat
			help = saying(args[1], help)
		}
		_, _ = io.WriteString(a.Stdout, help+"\n")
	})
	return cmd
}

// hasFunction reports whether a function hat evaluates this format.
func hasFunction(format string) bool {
	return format == "sh" || format == "fish" || format == "powershell"
}

// saying is a shell's command that prints a text.
func saying(shell, text string) string {
	switch shell {
	case "fish":
		return `builtin printf '%s\n' ` + child.Quote(shell, text)
	case "powershell":
		return child.Quote(shell, text)
	}
	return `\printf '%s\n' ` + child.Quote(shell, text)
}

// printHat has the shell take a set of variables. Before that, its _hat_wears is told what it had and what it gets,
// and the words that ask for that: so it knows the way back.
func (a *parts) printHat(shell string, set []child.Variable, words []string) error {
	environ := a.Environ()
	text, err := child.Format(shell, "", set, child.Dropped(environ, set))
	if err != nil {
		return err
	}
	var after []string
	for _, v := range set {
		after = append(after, v.Name+"="+v.Value)
	}
	call := "_hat_wears"
	for _, w := range append([]string{wearing(environ), wearing(after)}, words...) {
		call += " " + child.Quote(shell, w)
	}
	_, err = io.WriteString(a.Stdout, call+"\n"+text)
	return err
}

// wearing tells the credentials that an environment chooses from others, by no secret: " " is none. What hat has not set
// is something else.
func wearing(environ []string) string {
	var profile, key string
	hats := child.Variables("", "any", credentials{SessionToken: "any", CanExpire: true})
	if len(child.Dropped(environ, hats)) > 0 {
		return "other"
	}
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

// again are arguments that ask for the same once more, from any folder: the flags that were given, and the profile
// that was chosen. A token code works once.
func again(flags *pflag.FlagSet, target string) []string {
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
