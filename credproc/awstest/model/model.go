// Package model has the constraints of AWS's API models: which lengths, characters and numbers a parameter may have, and
// the words in which AWS tells of all that a request breaks.
package model

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Checks gathers the constraints of an API model that a request breaks, and
// words them as AWS does: all of them in one ValidationError.
type Checks struct{ broken []string }

func (c *Checks) Add(value, at, rule string) {
	c.broken = append(c.broken, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", value, at,
		rule))
}

// Message tells of all that is broken; "" if nothing is.
func (c *Checks) Message() string {
	switch n := len(c.broken); n {
	case 0:
		return ""
	case 1:
		return "1 validation error detected: " + c.broken[0]
	default:
		return fmt.Sprintf("%d validation errors detected: %s", n, strings.Join(c.broken, "; "))
	}
}

// A Pattern is a character class of an API model with its own words.
type Pattern struct {
	Text string
	OK   func(rune) bool
}

// Word is letters, digits, _ and more.
func Word(extra string) func(rune) bool {
	return func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') ||
			strings.ContainsRune(extra, r)
	}
}

// Character classes of the STS API model.
func NamePattern() Pattern       { return Pattern{`[\w+=,.@-]*`, Word("+=,.@-")} }
func ExternalIDPattern() Pattern { return Pattern{`[\w+=,.@:\/-]*`, Word("+=,.@:/-")} }
func SerialPattern() Pattern     { return Pattern{`[\w+=/:,.@-]*`, Word("+=/:,.@-")} }
func DigitsPattern() Pattern {
	return Pattern{`[\d]*`, func(r rune) bool { return r >= '0' && r <= '9' }}
}

func ARNPattern() Pattern {
	return Pattern{`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`,
		func(r rune) bool {
			return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= '~' || r == 0x85 || r >= 0xa0
		}}
}

func PolicyPattern() Pattern {
	return Pattern{`[\u0009\u000A\u000D\u0020-\u00FF]+`, func(r rune) bool {
		return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xff
	}}
}

func TagPattern(text string) Pattern {
	return Pattern{text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.In(r, unicode.Z, unicode.N) || strings.ContainsRune("_.:/=+-@", r)
	}}
}

// Text Checks a parameter that is there; lengths count characters, 0 is no limit.
func (c *Checks) Text(value, at string, low, high int, p Pattern) {
	quoted := "'" + value + "'"
	if n := utf8.RuneCountInString(value); n < low {
		c.Add(quoted, at, fmt.Sprintf("have length greater than or equal to %d", low))
	} else if high > 0 && n > high {
		c.Add(quoted, at, fmt.Sprintf("have length less than or equal to %d", high))
	}
	if p.OK != nil && strings.IndexFunc(value, func(r rune) bool { return !p.OK(r) }) >= 0 {
		c.Add(quoted, at, "satisfy regular expression pattern: "+p.Text)
	}
}

// Optional is text for a parameter that may be missing; an empty one is there.
func (c *Checks) Optional(v url.Values, name, at string, low, high int, p Pattern) string {
	if v.Has(name) {
		c.Text(v.Get(name), at, low, high, p)
	}
	return v.Get(name)
}

// Required is text for a parameter that must be there.
func (c *Checks) Required(v url.Values, name, at string, low, high int, p Pattern) string {
	if !v.Has(name) {
		c.Add("null", at, "not be null")
		return ""
	}
	return c.Optional(v, name, at, low, high, p)
}

// Number reads a whole number; missing, it is fallback.
func (c *Checks) Number(v url.Values, name, at string, low, high, fallback int) (int, error) {
	raw := v.Get(name)
	if !v.Has(name) {
		return fallback, nil
	}
	n, err := strconv.ParseInt(raw, 10, 32)
	if err != nil {
		return 0, fmt.Errorf("NumberFormatException: For input string: \"%s\"", raw)
	}
	if int(n) < low {
		c.Add("'"+raw+"'", at, fmt.Sprintf("have value greater than or equal to %d", low))
	}
	if int(n) > high {
		c.Add("'"+raw+"'", at, fmt.Sprintf("have value less than or equal to %d", high))
	}
	return int(n), nil
}

// Members is the list NAME.member.1, NAME.member.2, ... with a suffix such as
// ".Key"; it ends at the first number that is missing.
func Members(v url.Values, name, suffix string) []string {
	var out []string
	for i := 1; ; i++ {
		key := name + ".member." + strconv.Itoa(i) + suffix
		if !v.Has(key) {
			return out
		}
		out = append(out, v.Get(key))
	}
}
