package cache

import (
	"strings"
	"unicode/utf8"
)

// Item names are made of a kind and encoded parts: keys/<profile>, mfa/<serial>,
// session/<base>/<hash>, rotation/<profile>, granted/<grant>/<hash>, and those of GrantItem.
const (
	keysPrefix     = "keys/"
	seedPrefix     = "mfa/"
	sessionPrefix  = "session/"
	rotationPrefix = "rotation/"
	grantedPrefix  = "granted/"
	probePrefix    = "probe/"
)

func keysItem(profile string) string     { return keysPrefix + encode(profile) }
func rotationItem(profile string) string { return rotationPrefix + encode(profile) }
func seedItem(serial string) string      { return seedPrefix + encode(serial) }
func sessionsOf(base string) string      { return sessionPrefix + encode(base) + "/" }
func grantedOf(grant string) string      { return grantedPrefix + encode(grant) + "/" }

// A SessionID names temporary credentials: those that come from a base's keys, or those that come from a person's
// sign-in. Exactly one of Base and Grant is set.
type SessionID struct {
	Base  string // the base profile
	Grant string // the sign-in's key: "sso:corp"
	Hash  string // of what they were made with
}

func (id SessionID) item() string {
	if id.Grant != "" {
		return grantedOf(id.Grant) + encode(id.Hash)
	}
	return sessionsOf(id.Base) + encode(id.Hash)
}

// whole reports whether an item can be named.
func (id SessionID) whole() bool { return (id.Base == "") != (id.Grant == "") && id.Hash != "" }

// ofSession reports whether an item holds temporary credentials.
func ofSession(item string) bool {
	return strings.HasPrefix(item, sessionPrefix) || strings.HasPrefix(item, grantedPrefix)
}

const hexDigits = "0123456789abcdef"

// encode makes any text one segment of an item's name. Some backends use names as file paths (pass)
// and some compare them without regard to case (wincred, files on macOS and Windows), so the result
// holds no separator, no leading dot and no capital: a capital X is ^x, and every other byte outside
// a-z 0-9 . _ - is %xx.
func encode(s string) string {
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		plain = isPlain(s[i], i)
	}
	if plain {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case isPlain(c, i):
			b.WriteByte(c)
		case 'A' <= c && c <= 'Z':
			b.WriteByte('^')
			b.WriteByte(c + 'a' - 'A')
		default:
			b.WriteByte('%')
			b.WriteByte(hexDigits[c>>4])
			b.WriteByte(hexDigits[c&15])
		}
	}
	return b.String()
}

func isPlain(c byte, i int) bool {
	return 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_' || c == '-' || c == '.' && i > 0
}

// decode undoes encode. It refuses what encode would not have written, so that a foreign item is
// never mistaken for one of ours.
func decode(s string) (string, bool) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '^':
			if i++; i == len(s) || s[i] < 'a' || s[i] > 'z' {
				return "", false
			}
			b.WriteByte(s[i] - 'a' + 'A')
		case '%':
			if i+2 >= len(s) {
				return "", false
			}
			hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
			if hi < 0 || lo < 0 {
				return "", false
			}
			b.WriteByte(byte(hi<<4 | lo))
			i += 2
		default:
			b.WriteByte(c)
		}
	}
	out := b.String()
	if out == "" || encode(out) != s {
		return "", false
	}
	return out, true
}

// label is what a keyring's own window shows for an item.
func label(item string) string {
	kind, rest, _ := strings.Cut(item, "/")
	first, _, _ := strings.Cut(rest, "/")
	who, ok := decode(first)
	if !ok || !utf8.ValidString(who) {
		who = first
	}
	_, at, isGrant := strings.Cut(who, ":") // a grant's key: "sso:corp"
	if !isGrant {
		at = who
	}
	switch kind + "/" {
	case keysPrefix:
		return "hatstand: keys of " + who
	case seedPrefix:
		return "hatstand: MFA seed of " + who
	case sessionPrefix:
		return "hatstand: session of " + who
	case rotationPrefix:
		return "hatstand: key rotation of " + who
	case grantedPrefix:
		return "hatstand: credentials from the sign-in to " + at
	case GrantToken.prefix():
		return "hatstand: sign-in to " + at
	case GrantPending.prefix():
		return "hatstand: sign-in in progress, to " + at
	case GrantPerson.prefix():
		return "hatstand: who signed in to " + at
	case GrantClient.prefix():
		return "hatstand: registration for signing in"
	}
	return "hatstand: " + item
}

// subject names an item for a person, in errors.
func subject(item string) string {
	return strings.TrimPrefix(label(item), "hatstand: ")
}
