package shell

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"hatstand/cmd/internal/app"
	"hatstand/credproc/child"
	"hatstand/credproc/console"
	"hatstand/profiles/partitions"
)

// CompleteValues says what the values of the flags of root's verbs may be, but for those that say it themselves, and
// takes the backquotes off their descriptions, which mark the name of a value for the help.
func CompleteValues(root *cobra.Command, t app.Targets) {
	all := values(t)
	var visit func(*cobra.Command)
	visit = func(cmd *cobra.Command) {
		cmd.Flags().VisitAll(func(f *pflag.Flag) {
			f.Usage = strings.ReplaceAll(f.Usage, "`", "")
			complete, ok := all[cmd.Name()+" "+f.Name]
			if !ok {
				complete, ok = all[f.Name]
			}
			if _, own := cmd.GetFlagCompletionFunc(f.Name); ok && !own {
				_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // its one error is that there is one
			}
		})
		for _, sub := range cmd.Commands() {
			visit(sub)
		}
	}
	visit(root)
}

// values are by the flag, where verbs differ by the verb and the flag.
func values(t app.Targets) map[string]cobra.CompletionFunc {
	of := func(words ...string) cobra.CompletionFunc {
		return func(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
			other := func(word string) bool { return !strings.HasPrefix(word, typed) }
			return slices.DeleteFunc(slices.Clone(words), other), cobra.ShellCompDirectiveNoFileComp
		}
	}
	files := func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
		return nil, cobra.ShellCompDirectiveDefault
	}
	profile := func(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
		return t.CompleteMany(cmd, nil, typed)
	}
	all := map[string]cobra.CompletionFunc{
		"region": of(partitions.Regions()...), "service": of(console.Services()...),
		"browser":    of("firefox", "chrome", "chromium", "edge", "brave"),
		"env format": of(child.Formats()...), "list format": of("extend-switch-roles"),
		"duration": of("15m", "1h", "2h", "4h", "8h", "12h"), "all-older-than": of("30d", "90d", "180d", "365d"),
		"max-age": of("30d", "90d", "180d", "365d"),
		"policy-arn": of("arn:aws:iam::aws:policy/ReadOnlyAccess", "arn:aws:iam::aws:policy/SecurityAudit",
			"arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"),
		"source": profile, "container": profile, "by": profile, "format": of("json", "terraform", "cloudformation"), "each": t.CompleteList, "each-role": t.CompleteRoles,
		"roles": t.CompleteRoles,
	}
	for _, name := range []string{"policy", "saml-response", "png", "token-file"} {
		all[name] = files
	}
	// Nobody can guess these.
	for _, name := range []string{
		"mfa-code", "tag", "source-identity", "session-name", "path", "destination", "browser-profile", "filter",
		"template", "name", "jobs", "callback-port", "port", "imds-port", "accounts", "role-arn", "mfa-serial", "external-id",
		"principal", "subject", "reason",
	} {
		all[name] = of()
	}
	return all
}

// completeHat completes the arguments of the function hat, which follow the name of the shell.
func completeHat(t app.Targets) cobra.CompletionFunc {
	return func(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		if len(args) != 1 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		names, directive := t.CompleteMany(cmd, nil, typed)
		if typed == "" || typed == "-" {
			names = slices.Insert(names, 0, "-\tgo back to the previous profile")
		}
		return names, directive
	}
}

// CompleteHelp completes the verbs that help tells about.
func CompleteHelp(root *cobra.Command) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
		var names []string
		cmd, rest, err := root.Find(args)
		if err != nil || len(rest) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		for _, sub := range cmd.Commands() {
			if sub.IsAvailableCommand() && strings.HasPrefix(sub.Name(), typed) {
				names = append(names, fmt.Sprintf("%s\t%s", sub.Name(), sub.Short))
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
