package app

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"hatstand/profiles"
	"hatstand/profiles/limits"
)

// CompleteList completes the last part of a list of profiles and globs, separated by commas: by the names not yet in it,
// and by globs for several that begin alike.
func (t Targets) CompleteList(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	directive := cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	set, err := t.Settings.Profiles()
	if err != nil {
		return nil, directive
	}
	lead := typed[:strings.LastIndexByte(typed, ',')+1]
	var found []string
	hasRole := func(name string) bool {
		p, ok := set.Profile(name)
		return ok && roleName(p) != ""
	}
	for _, word := range listWords(set.Names(), strings.Split(lead, ","), hasRole) {
		if strings.HasPrefix(word, typed[len(lead):]) {
			found = append(found, lead+word)
		}
	}
	return found, directive
}

// listWords are the names that are not given, after the globs for those of them that begin alike. A glob matches
// profiles that have a role.
func listWords(names, given []string, hasRole func(string) bool) []string {
	count := map[string]int{}
	var globs []string
	for _, name := range names {
		if i := strings.IndexAny(name, "-_./:@"); i > 0 && hasRole(name) {
			glob := name[:i+1] + "*"
			if count[glob]++; count[glob] == 2 {
				globs = append(globs, glob)
			}
		}
	}
	words := make([]string, 0, len(globs)+len(names))
	for _, g := range globs {
		if !slices.Contains(given, g) {
			words = append(words, fmt.Sprintf("%s\t%d profiles", g, count[g]))
		}
	}
	for _, name := range names {
		if !slices.Contains(given, name) && !strings.Contains(name, ",") {
			words = append(words, name)
		}
	}
	return words
}

// CompleteRoles completes by the names of the profiles' roles and permission sets.
func (t Targets) CompleteRoles(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	set, err := t.Settings.Profiles()
	if err != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []string
	for _, p := range set.Profiles() {
		if name := roleName(p); name != "" && strings.HasPrefix(name, typed) && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func roleName(p *profiles.Profile) string {
	if role, err := limits.ParseRoleARN(p.Get("role_arn").Value); err == nil {
		return role.Name
	}
	return p.Get("sso_role_name").Value
}
