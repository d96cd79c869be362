package lint

import (
	"strings"

	"hatstand/profiles/internal/grammar"
)

// meant says how to write what an ignored section was meant to be. inside is the text in its brackets. "": the
// section is another program's.
func (f file) meant(inside string) (next string) {
	if f.credentials {
		return meantInCredentials(inside)
	}
	return meantInConfig(inside)
}

func meantInConfig(inside string) (next string) {
	word, name := cutKind(inside)
	bare := unquoted(name)
	switch {
	// the AWS CLI's, Granted's
	case word == "plugins" || word == "preview" || strings.HasPrefix(word, "granted_registry_"):
		return ""
	case name == "" && strings.EqualFold(word, "default"):
		return "write [default]"
	case name == "" && strings.EqualFold(word, "hatstand"):
		return "write [hatstand]"
	case name == "" && !grammar.ValidName(unquoted(word)):
		return "write [profile NAME]: " + grammar.NameRule
	}
	for _, kind := range []string{"profile", "sso-session", "services", "hatstand"} {
		switch {
		case !strings.EqualFold(word, kind) && !strings.EqualFold(word, kind+"s"):
		case name == "":
			return "write [" + kind + " NAME]"
		case !grammar.ValidName(bare):
			return grammar.NameRule
		default:
			return "write " + grammar.Header(headerKinds()[kind], bare, false)
		}
	}
	if name == "" {
		return "write " + grammar.Header(grammar.Profile, unquoted(word), false)
	}
	return "a profile is written [profile NAME]; if another program reads this section, leave it"
}

func meantInCredentials(inside string) (next string) {
	word, name := cutKind(inside)
	switch bare := unquoted(name); {
	case word == "sso-session" || word == "services" || word == "hatstand":
		return "move it into the config file"
	case strings.EqualFold(word, "profile") && grammar.ValidName(bare):
		return "write " + grammar.Header(grammar.Profile, bare, true) +
			": the credentials file takes names without \"profile\""
	}
	if bare := unquoted(inside); grammar.ValidName(bare) {
		return "write " + grammar.Header(grammar.Profile, bare, true)
	}
	return grammar.NameRule
}

// cutKind splits a section's header as classify does.
func cutKind(inside string) (word, name string) {
	if i := strings.IndexAny(inside, " \t\r"); i >= 0 {
		return inside[:i], strings.Trim(inside[i:], " \t\r")
	}
	return inside, ""
}

func unquoted(name string) string { return strings.Trim(name, "\"'") }

func headerKinds() map[string]grammar.Kind {
	return map[string]grammar.Kind{"profile": grammar.Profile, "sso-session": grammar.SSOSession,
		"services": grammar.Services, "hatstand": grammar.Hatstand}
}
