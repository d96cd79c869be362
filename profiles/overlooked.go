package profiles

import "strings"

// overlooked says how to write what an ignored section of the config file was meant to be. inside is what
// stands in its brackets. "": it is another program's.
func overlooked(inside string) (next string) {
	word, name := cutKind(inside)
	bare := unquoted(name)
	switch {
	case word == "plugins" || word == "preview" || strings.HasPrefix(word, "granted_registry_"): // the AWS CLI's, Granted's
		return ""
	case name == "" && strings.EqualFold(word, "default"):
		return "write [default]"
	case name == "" && strings.EqualFold(word, "hatstand"):
		return "write [hatstand]"
	case name == "" && !validName([]byte(unquoted(word))):
		return "write [profile NAME]: " + nameRule
	}
	for _, kind := range []string{"profile", "sso-session", "services", "hatstand"} {
		switch {
		case !strings.EqualFold(word, kind) && !strings.EqualFold(word, kind+"s"):
		case name == "":
			return "write [" + kind + " NAME]"
		case !validName([]byte(bare)):
			return nameRule
		default:
			return "write [" + kind + " " + bare + "]"
		}
	}
	if name == "" {
		return "write [profile " + unquoted(word) + "]"
	}
	return "a profile is written [profile NAME]; if another program reads this section, leave it"
}

// overlookedCredentials is overlooked for the credentials file.
func overlookedCredentials(inside string) (next string) {
	word, name := cutKind(inside)
	switch bare := unquoted(name); {
	case word == "sso-session" || word == "services" || word == "hatstand":
		return "move it into the config file"
	case strings.EqualFold(word, "profile") && validName([]byte(bare)):
		return "write [" + bare + "]: the credentials file takes names without \"profile\""
	}
	if bare := unquoted(inside); validName([]byte(bare)) {
		return "write [" + bare + "]"
	}
	return nameRule
}

// cutKind takes a section's header apart as classify does.
func cutKind(inside string) (word, name string) {
	if i := strings.IndexAny(inside, " \t\r"); i >= 0 {
		return inside[:i], strings.Trim(inside[i:], " \t\r")
	}
	return inside, ""
}

func unquoted(name string) string { return strings.Trim(name, "\"'") }
