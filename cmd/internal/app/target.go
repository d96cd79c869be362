package app

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/settings"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/signins"
)

// Targets say which profile, or ad-hoc role, a command line means, and remember which profiles a person uses.
type Targets struct {
	Settings *Settings
	UI       ui.Streams
	Logs     *Log
	Now      func() time.Time
	// States looks into the keyring, and gives what is known of a profile, and the name of its credentials; nil where
	// the keyring does not tell in time. It may be nil.
	States func(context.Context) func(profile string) (s State, item string)
}

// Named is the profile that the argument or the environment names; it never asks.
func (t Targets) Named(args []string) (string, error) {
	var arg string
	if len(args) > 0 {
		if arg = args[0]; arg == "" { // "$PROFILE" with no such variable must not mean AWS_PROFILE
			return "", &ui.UsageError{
				Reason: "the profile's name is empty",
				Next:   "name one; list them: hatstand list",
			}
		}
	}
	if p := profiles.SelectedProfile(arg, t.Settings.env.Getenv); p != "" {
		return p, nil
	}
	return "", &ui.UsageError{
		Reason: "no profile is given, and AWS_PROFILE is not set",
		Next:   "name one; list them: hatstand list",
	}
}

// Expand is the profiles that arguments name, each of which may be a glob; others are names that it may match besides.
func (t Targets) Expand(args []string, others ...string) ([]string, error) {
	set, err := t.Settings.Profiles()
	if err != nil {
		return nil, err
	}
	return set.Expand(args, others...)
}

// NoProfiles is the error where there is none at all; it says where they were looked for.
func (t Targets) NoProfiles() error {
	at := settings.LocateFiles(t.Settings.env.Getenv, t.Settings.env.GOOS)
	shown := func(path string) string {
		if rest, ok := strings.CutPrefix(path, at.Home); ok && at.Home != "" {
			return "~" + rest
		}
		return path
	}
	e := &ui.UsageError{Reason: "no profiles: there is no home folder (HOME is not set)", Next: "see a working example: hatstand demo"}
	var none []string
	for _, path := range []string{at.Config, at.Credentials} {
		if path != "" {
			none = append(none, "none in "+shown(path))
		}
	}
	if len(none) > 0 {
		e.Reason = "no profiles: there are " + strings.Join(none, " and ")
	}
	if at.Config == "" {
		e.Next = "set HOME or AWS_CONFIG_FILE, so that the config file can be found"
	}
	return e
}

// SignIns are the sign-ins that the profiles' credentials come from. There are none where the files cannot be read.
func (t Targets) SignIns() []profiles.Grant {
	set, err := t.Settings.Profiles()
	if err != nil {
		return nil
	}
	return signins.All(set, profiles.Request{Getenv: t.Settings.env.OfProfile})
}

// NoteMeaning says which of several things a name means that may be a profile's and is that of the sign-ins with these
// keys: the profile, else the first one. command and a key name another one.
func (t Targets) NoteMeaning(name string, isProfile bool, keys []string, command string) {
	switch {
	case isProfile && len(keys) > 0:
		t.UI.Note(ui.Quoted(name) + " is a profile and a sign-in: the profile is used; for the sign-in: " + command + " " +
			advice.ShellWord(keys[0]))
	case len(keys) > 1:
		t.UI.Note(ui.Quoted(name) + " is the name of several sign-ins: " + keys[0] + " is used; for another one: " + command +
			" " + advice.ShellWord(keys[1]))
	}
}

// SignInsNamed are the keys of the sign-ins that a name may mean, as signins.Sections has them, the first of which is
// meant. There are none where the name is a profile's: that is meant first. A note tells of other meanings.
func (t Targets) SignInsNamed(set *profiles.Set, name, command string) []string {
	keys := signins.Sections(set, name)
	_, isProfile := set.Profile(name)
	t.NoteMeaning(name, isProfile, keys, command)
	if isProfile {
		return nil
	}
	return keys
}

// CompleteOne completes the first argument by the names of profiles.
func (t Targets) CompleteOne(
	cmd *cobra.Command,
	args []string,
	toComplete string,
) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return t.CompleteMany(cmd, args, toComplete)
}

// CompleteMany completes every argument by the names of profiles not yet given.
func (t Targets) CompleteMany(_ *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	return t.complete((*profiles.Set).Names, args, toComplete)
}

// CompleteSessions completes every argument by the names of [sso-session] sections not yet given, and by the keys of
// those whose names mean something else too.
func (t Targets) CompleteSessions(
	_ *cobra.Command, args []string, toComplete string,
) ([]string, cobra.ShellCompDirective) {
	return t.complete(func(set *profiles.Set) []string {
		return append(set.Sessions(), slices.DeleteFunc(keysToTell(set), func(key string) bool {
			return !strings.HasPrefix(key, "sso:")
		})...)
	}, args, toComplete)
}

// CompleteListed completes a flag by the names of sections whose sign-in tells what one may assume.
func (t Targets) CompleteListed(_ *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	return t.complete(func(set *profiles.Set) []string {
		return append(append(set.Sessions(), set.SAMLSections()...), slices.DeleteFunc(keysToTell(set),
			func(key string) bool { return strings.HasPrefix(key, "oidc:") })...)
	}, nil, toComplete)
}

// CompleteSAML completes a flag by the names of [hatstand-saml] sections.
func (t Targets) CompleteSAML(_ *cobra.Command, _ []string, toComplete string) ([]string, cobra.ShellCompDirective) {
	return t.complete((*profiles.Set).SAMLSections, nil, toComplete)
}

// CompleteSignIns completes every argument by the names of profiles and of sign-ins not yet given.
func (t Targets) CompleteSignIns(
	_ *cobra.Command, args []string, toComplete string,
) ([]string, cobra.ShellCompDirective) {
	return t.complete(func(set *profiles.Set) []string {
		return slices.Concat(set.Names(), signins.Names(set), set.SAMLSections(), keysToTell(set))
	}, args, toComplete)
}

// keysToTell are the keys of the sign-ins whose bare names mean something else too.
func keysToTell(set *profiles.Set) (all []string) {
	for _, name := range append(signins.Names(set), set.SAMLSections()...) {
		keys := signins.Sections(set, name)
		if _, isProfile := set.Profile(name); isProfile || len(keys) > 1 {
			all = append(all, keys...)
		}
	}
	return all
}

// complete completes by the names that the files have, each once.
func (t Targets) complete(
	names func(*profiles.Set) []string, args []string, toComplete string,
) ([]string, cobra.ShellCompDirective) {
	set, err := t.Settings.Profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	given := map[string]bool{}
	for _, arg := range args {
		given[arg] = true
	}
	var found []string
	for _, n := range names(set) {
		if strings.HasPrefix(n, toComplete) && !given[n] {
			found, given[n] = append(found, n), true
		}
	}
	return found, cobra.ShellCompDirectiveNoFileComp
}
