package lint

import (
	"slices"
	"strings"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/spelling"
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
	for _, kind := range grammar.NamedKinds() {
		switch {
		case !isWord(word, kind):
		case name == "":
			return "write [" + kind.Word() + " NAME]"
		case !grammar.ValidName(bare):
			return grammar.NameRule
		default:
			return "write " + grammar.Header(kind, bare, false)
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
	case word != "profile" && slices.ContainsFunc(grammar.NamedKinds(), func(k grammar.Kind) bool {
		return word == k.Word()
	}):
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

// isWord reports whether a section's line begins with a kind's word, or with one that was meant for it.
func isWord(word string, kind grammar.Kind) bool {
	plain := strings.NewReplacer("_", "-").Replace(strings.ToLower(word))
	known := kind.Word()
	if plain == known || plain == known+"s" || plain == strings.ReplaceAll(known, "-", "") {
		return true
	}
	// a long word may have a slip in it
	return len(known) >= 10 && len(plain) >= 10 && spelling.Distance(plain, known, 2) <= 2
}
