package shell

import (
	"cmp"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/advice"
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
	World    app.World
	Settings *app.Settings
	Targets  app.Targets
	Provider *provider.Provider
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

		ValidArgsFunction: completeHat(d.Targets),
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
			shell, environ := args[0], d.World.Environ()
			if off {
				return printHat(d.World.Stdout, change{shell: shell, dropped: child.Dropped(environ, nil)}, environ)
			}
			target, err := d.Targets.Chosen(cmd.Context(), args[1:])
			if err != nil {
				return err
			}
			adopted, wanted := d.adopted(target, cmd.Flags()), k
			if adopted && k.Region != "" {
				// It is the shell's. Programs that ask hatstand by AWS_PROFILE do not name it.
				if _, err := d.Provider.Plan(cmd.Context(), target, &k); err != nil {
					return err
				}
				wanted.Region = ""
			}
			c, p, err := d.Provider.Credentials(cmd.Context(), target, &wanted, prompt.Normal)
			if err != nil {
				return err
			}
			region, now := cmp.Or(k.Region, p.Region), d.World.Now()
			set := child.Variables(target, region, c, provider.Endpoints(p)...)
			words := roleWords(target, p, c, now)
			if adopted {
				set = append([]child.Variable{{Name: "AWS_PROFILE", Value: target}},
					child.Location(target, region, provider.Endpoints(p)...)...)
				if !p.ReasonRequired().IsSet() { // which a renewal asks for
					words += ", then renewed"
				}
			}
			if k.Region == "" && d.ownRegion() {
				// It is the user's, and holds for the next profile too.
				set = slices.DeleteFunc(set, func(v child.Variable) bool { return v.Name == child.RegionVariable })
			}
			again := argumentsAgain(cmd.Flags(), target)
			change := change{
				shell: shell, set: set, dropped: child.Dropped(environ, set), again: again, command: commandAgain(again),
			}
			if c.CanExpire && !adopted {
				change.seconds = max(1, int(c.Expires.Sub(now).Seconds()))
			}
			if err := printHat(d.World.Stdout, change, environ); err != nil {
				return err
			}
			if p.ReasonRequired().IsSet() {
				d.World.Streams().AlertAtTerminal(words + ", for a reason that AWS has recorded")
			} else {
				d.World.Streams().NoteAtTerminal(words)
			}
			d.Targets.Used(app.UseOf(p, c.Expires))
			return nil
		},
	}
	k.Add(cmd.Flags())
	cmd.Flags().BoolVar(&off, "off", false, "make this shell what it was before hat")
	cmd.SetHelpFunc(func(cmd *cobra.Command, args []string) {
		help := hatUsage + "\n\nFlags:\n" + strings.TrimSuffix(cmd.LocalFlags().FlagUsages(), "\n")
		if len(args) > 1 && hasHat(args[1]) { // args[0] is hat
			help = printfCommand(args[1], help)
		}
		_, _ = io.WriteString(d.World.Stdout, help+"\n")
	})
	return cmd
}

// adopted reports whether a shell takes a profile by AWS_PROFILE: the SDKs get its credentials from hatstand, and no flag
// asks for others.
func (d HatDeps) adopted(target string, flags *pflag.FlagSet) bool {
	others := false
	flags.Visit(func(f *pflag.Flag) {
		// A code, an assertion and a reason get the same credentials, which are cached; the region is the shell's.
		others = others || !slices.Contains([]string{"mfa-code", "saml-response", "reason", "region"}, f.Name)
	})
	set, err := d.Settings.Profiles()
	if others || err != nil {
		return false
	}
	program, ok := set.SDKsAskHatstand(target, d.World.Self())
	if !ok {
		return false
	}
	_, err = child.Find(program)
	return err == nil
}

// ownRegion reports whether the user has set a region in this shell.
func (d HatDeps) ownRegion() bool {
	getenv := d.Settings.Environment().OfProfile
	return getenv("AWS_REGION") != "" || getenv("AWS_DEFAULT_REGION") != ""
}

// roleWords say what the shell is now: prod: Admin in 222222222222, until 09:37.
func roleWords(target string, p credproc.Plan, c credentials.Value, now time.Time) string {
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

// A change is what becomes of a shell's variables.
type change struct {
	shell   string
	set     []child.Variable
	dropped []string
	// Where nothing is set, the rest is empty.
	seconds int      // until the credentials end; 0: they are renewed, or do not end
	command string   // that a person types for new ones
	again   []string // the function's arguments for the same once more
}

// printHat prints what the shell evaluates: _hat_on has it keep the variables that will change, and _hat_done has it
// remember how to get the same again.
func printHat(out io.Writer, c change, environ []string) error {
	var b strings.Builder
	call := func(function string, words ...string) {
		b.WriteString(function)
		for _, w := range words {
			b.WriteString(" " + child.Quote(c.shell, w))
		}
		b.WriteByte('\n')
	}
	dropped := slices.DeleteFunc(c.dropped, func(name string) bool { return !isName(name) })
	if len(c.set) > 0 {
		call("_hat_on", changed(c.shell, c.set, dropped, environ)...)
	}
	if len(dropped) > 0 {
		call("_hat_drop", dropped...)
	}
	text, err := child.Format(c.shell, "", c.set, nil)
	if err != nil {
		return err
	}
	b.WriteString(text)
	if len(c.set) > 0 {
		seconds := ""
		if c.seconds > 0 {
			seconds = strconv.Itoa(c.seconds)
		}
		call("_hat_done", append([]string{seconds, c.command}, c.again...)...)
	}
	_, err = io.WriteString(out, b.String())
	return err
}

// changed are the names of variables that change. In sh + marks those that are exported now.
func changed(shell string, set []child.Variable, dropped, environ []string) []string {
	names := slices.Clone(dropped)
	for _, v := range set {
		names = append(names, v.Name)
	}
	for i, name := range names {
		if shell == "sh" && slices.ContainsFunc(environ, func(kv string) bool { return strings.HasPrefix(kv, name+"=") }) {
			names[i] = "+" + name
		}
	}
	return names
}

// isName reports whether a shell can have a variable of that name. The environment may hold others.
func isName(name string) bool {
	digit := func(r rune) bool { return '0' <= r && r <= '9' }
	return name != "" && !digit(rune(name[0])) && !strings.ContainsFunc(name, func(r rune) bool {
		return r != '_' && !digit(r) && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// commandAgain is what a person types for the same role once more.
func commandAgain(arguments []string) string {
	words := []string{"hat"}
	for i, w := range arguments {
		if w == "--" && i == len(arguments)-2 && !strings.HasPrefix(arguments[i+1], "-") {
			continue
		}
		words = append(words, advice.ShellWord(w))
	}
	return strings.Join(words, " ")
}

// argumentsAgain are the arguments that ask for the same role once more, from any folder: the flags that were given,
// without --mfa-code, since a code works once, and --reason, which would open a new session; and the profile, which may
// have been picked.
func argumentsAgain(flags *pflag.FlagSet, target string) []string {
	var words []string
	flags.Visit(func(f *pflag.Flag) {
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		for _, v := range values {
			switch f.Name {
			case "mfa-code", "reason":
				continue
			case "policy":
				if path, err := filepath.Abs(v); err == nil {
					v = path
				}
			}
			if v == f.NoOptDefVal {
				words = append(words, "--"+f.Name)
			} else {
				words = append(words, "--"+f.Name+"="+v)
			}
		}
	})
	return append(words, "--", target)
}
