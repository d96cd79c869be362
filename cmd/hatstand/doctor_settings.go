package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"hatstand/cache"
	"hatstand/cmd/internal/prompt"
	"hatstand/cmd/internal/ui"
	"hatstand/profiles"
	"hatstand/profiles/cmdline"
	"hatstand/profiles/limits"
	"hatstand/profiles/lint"
)

// programSettings are those that [hatstand] may hold, and what is wrong with a value of theirs: "" if nothing
// is. nil: any value will do, or a chain says what is wrong with it.
func programSettings() map[string]func(value string) (wrong string) {
	oneOf := func(names []string) func(string) string {
		return func(value string) string {
			if slices.Contains(names, value) {
				return ""
			}
			return ui.Quoted(value) + " is none of " + strings.Join(names, ", ")
		}
	}
	return map[string]func(string) string{
		"backend": oneOf(cache.Backends()),
		"browser": func(value string) string {
			if _, err := cmdline.Split(value); err != nil {
				return "the command " + err.Error()
			}
			return ""
		},
		"browser_containers": func(value string) string {
			return oneOf([]string{"true", "false"})(strings.ToLower(value))
		},
		"browser_profile":      nil,
		"mfa_session_duration": nil,
		"prompt":               oneOf(prompt.Names()),
		"prompt_timeout": func(value string) string {
			_, err := limits.ParseDuration(value)
			return wrongWith(err)
		},
		"secret_service_collection": nil,
		"sign_in_endpoint":          nil,
	}
}

func wrongWith(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// settingRemarks tells of settings in [hatstand] that are none, and of values that cannot be.
func (a *parts) settingRemarks(set *profiles.Set) []lint.Remark {
	known := programSettings()
	var all []lint.Remark
	for _, key := range set.ProgramKeys() {
		s := set.Program(key)
		where := s.Location()
		check, ok := known[key]
		switch {
		case !ok:
			all = append(all, lint.Remark{
				Location: where, Text: "[hatstand] has no setting " + ui.Quoted(key) + ": it is ignored",
				Next: "those that it has: " + strings.Join(slices.Sorted(maps.Keys(known)), ", "),
			})
		case s.IsSet() && check != nil:
			// The keyring's own report tells of the backend, unless the environment names another.
			if key == "backend" && a.Getenv("HATSTAND_BACKEND") == "" {
				continue
			}
			if wrong := check(s.Value); wrong != "" {
				all = append(all, lint.Remark{Location: where, Text: fmt.Sprintf("%s in [hatstand]: %s", key, wrong)})
			}
		}
	}
	return all
}
