package doctor

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
	"hatstand/profiles/signins"
)

// sessionDuration shapes the session of every profile that sets none itself.
const sessionDuration = "mfa_session_duration"

// programSettings are those that [hatstand] may hold, and what is wrong with a value of theirs: "" if nothing
// is. nil: any value will do, or a
// profile says what is wrong with it.
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
		"browser_container": nil,
		"browser_profile":   nil,
		sessionDuration: func(value string) string {
			d, err := limits.ParseDuration(value)
			if err == nil {
				err = limits.CheckSessionDuration(d)
			}
			return wrongWith(err)
		},
		"prompt": oneOf(prompt.Names()),
		"prompt_timeout": func(value string) string {
			_, err := limits.ParseDuration(value)
			return wrongWith(err)
		},
		"recent":                    oneOf([]string{"on", "off"}),
		"secret_service_collection": nil,
		"sign_in":                   oneOf([]string{signins.Auto, signins.Browser, signins.Device}),
		"sign_in_endpoint":          nil,
		"sign_in_timeout": func(value string) string {
			_, err := limits.ParseSignInTimeout(value)
			return wrongWith(err)
		},
		"sso_cache": oneOf([]string{"keyring", "shared"}),
	}
}

func wrongWith(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// settingFindings finds unknown settings in [hatstand], and values that are not possible. failed is the error of a
// value with which no profile can be used.
func (d Deps) settingFindings(set *profiles.Set) (all []finding, failed error) {
	known := programSettings()
	for _, key := range set.ProgramKeys() {
		s := set.Program(key)
		f := finding{About: aboutFiles, What: s.Location().String(), State: stateWarning}
		check, ok := known[key]
		switch {
		case !ok:
			f.Text = "[hatstand] has no setting " + ui.Quoted(key) + ": it is ignored"
			f.Hints = []string{"the settings it has: " + strings.Join(slices.Sorted(maps.Keys(known)), ", ")}
		case !s.IsSet() || check == nil:
			continue
		// The keyring's own report tells of the backend, unless the environment names another.
		case key == "backend" && d.World.Getenv("HATSTAND_BACKEND") == "":
			continue
		default:
			wrong := check(s.Value)
			if wrong == "" {
				continue
			}
			f.Text = fmt.Sprintf("%s in [hatstand]: %s", key, wrong)
			if key == sessionDuration {
				f.State, f.Hints = stateError, []string{"give seconds, or a time like 12h: 900 to 129600 seconds"}
				failed = &ui.UsageError{Reason: f.What + ": " + f.Text, Next: f.Hints[0]}
			}
		}
		all = append(all, f)
	}
	return all, failed
}
