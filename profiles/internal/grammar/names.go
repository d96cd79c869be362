package grammar

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// unquote removes the quotes of a name that is in quotes as a whole.
func unquote(name []byte) (bare []byte, quoted bool) {
	if n := len(name); n > 2 && (name[0] == '"' || name[0] == '\'') && name[n-1] == name[0] {
		return name[1 : n-1], true
	}
	return name, false
}

// NameRule says what a name may be.
const NameRule = `a name may have letters, digits and - _ / . % @ : +, and in quotes spaces and most other characters`

// ValidName reports whether a profile, a session or services can have that name, in quotes where it needs them.
func ValidName(name string) bool {
	if name == "" || !utf8.ValidString(name) || strings.TrimSpace(name) != name ||
		strings.ContainsAny(name, "[]#;\"'`\\\uFEFF") {
		return false
	}
	for _, r := range name {
		if r != ' ' && !unicode.IsPrint(r) {
			return false
		}
	}
	return true
}

// validBare reports whether a name needs no quotes: AWS's own cases ignore other punctuation than this.
func validBare(name []byte, more string) bool {
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c >= utf8.RuneSelf:
			return ValidName(string(name)) && validASCII(name, more)
		case !nameByte(c) && strings.IndexByte(more, c) < 0:
			return false
		}
	}
	return len(name) > 0
}

func validASCII(name []byte, more string) bool {
	for _, c := range name {
		if c < utf8.RuneSelf && !nameByte(c) && strings.IndexByte(more, c) < 0 {
			return false
		}
	}
	return true
}

// ValidKey reports whether a setting may have that name.
func ValidKey(key []byte) bool {
	for _, c := range key {
		if !nameByte(c) {
			return false
		}
	}
	return len(key) > 0
}

func nameByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || strings.IndexByte("-_/.%@:+", c) >= 0
}

// Header is a section's line as the AWS CLI writes it: in the config file a name with a space in it is in single
// quotes. So is one that AWS's readers do not accept bare.
func Header(kind Kind, name string, credentials bool) string {
	if kind == Program {
		return "[hatstand]"
	}
	if credentials {
		if validBare([]byte(name), " ") {
			return "[" + name + "]"
		}
		return "['" + name + "']"
	}
	if kind == PlainDefault || kind == Profile && name == "default" {
		return "[default]"
	}
	if !validBare([]byte(name), "") {
		name = "'" + name + "'"
	}
	return "[" + kind.Word() + " " + name + "]"
}
