package awstest

import (
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// checks gathers the constraints of an API model that a request breaks, and
// words them as AWS does: all of them in one ValidationError.
type checks struct{ broken []string }

func (c *checks) add(value, at, rule string) {
	c.broken = append(c.broken, fmt.Sprintf("Value %s at '%s' failed to satisfy constraint: Member must %s", value, at,
		rule))
}

func (c *checks) refusal() *refusal {
	switch n := len(c.broken); n {
	case 0:
		return nil
	case 1:
		return invalid("1 validation error detected: %s", c.broken[0])
	default:
		return invalid("%d validation errors detected: %s", n, strings.Join(c.broken, "; "))
	}
}

// pattern is a character class of an API model with its own words.
type pattern struct {
	text string
	ok   func(rune) bool
}

func word(extra string) func(rune) bool {
	return func(r rune) bool {
		return r < utf8.RuneSelf && (unicode.IsLetter(r) || unicode.IsDigit(r) || r == '_') ||
			strings.ContainsRune(extra, r)
	}
}

// Character classes of the STS API model.
func namePattern() pattern       { return pattern{`[\w+=,.@-]*`, word("+=,.@-")} }
func externalIDPattern() pattern { return pattern{`[\w+=,.@:\/-]*`, word("+=,.@:/-")} }
func serialPattern() pattern     { return pattern{`[\w+=/:,.@-]*`, word("+=/:,.@-")} }
func digitsPattern() pattern {
	return pattern{`[\d]*`, func(r rune) bool { return r >= '0' && r <= '9' }}
}

func arnPattern() pattern {
	return pattern{`[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`,
		func(r rune) bool {
			return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= '~' || r == 0x85 || r >= 0xa0
		}}
}

func policyPattern() pattern {
	return pattern{`[\u0009\u000A\u000D\u0020-\u00FF]+`, func(r rune) bool {
		return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r <= 0xff
	}}
}

func tagPattern(text string) pattern {
	return pattern{text, func(r rune) bool {
		return unicode.IsLetter(r) || unicode.In(r, unicode.Z, unicode.N) || strings.ContainsRune("_.:/=+-@", r)
	}}
}

// text checks a parameter that is there; lengths count characters, 0 is no limit.
func (c *checks) text(value, at string, low, high int, p pattern) {
	quoted := "'" + value + "'"
	if n := utf8.RuneCountInString(value); n < low {
		c.add(quoted, at, fmt.Sprintf("have length greater than or equal to %d", low))
	} else if high > 0 && n > high {
		c.add(quoted, at, fmt.Sprintf("have length less than or equal to %d", high))
	}
	if p.ok != nil && strings.IndexFunc(value, func(r rune) bool { return !p.ok(r) }) >= 0 {
		c.add(quoted, at, "satisfy regular expression pattern: "+p.text)
	}
}

// optional is text for a parameter that may be missing; an empty one is there.
func (c *checks) optional(v url.Values, name, at string, low, high int, p pattern) string {
	if v.Has(name) {
		c.text(v.Get(name), at, low, high, p)
	}
	return v.Get(name)
}

// required is text for a parameter that must be there.
func (c *checks) required(v url.Values, name, at string, low, high int, p pattern) string {
	if !v.Has(name) {
		c.add("null", at, "not be null")
		return ""
	}
	return c.optional(v, name, at, low, high, p)
}

// seconds reads DurationSeconds; missing, it is fallback.
func (c *checks) seconds(v url.Values, low, high, fallback int) (time.Duration, *refusal) {
	n, e := c.number(v, "DurationSeconds", "durationSeconds", low, high, fallback)
	return time.Duration(n) * time.Second, e
}

// number reads a whole number; missing, it is fallback.
func (c *checks) number(v url.Values, name, at string, low, high, fallback int) (int, *refusal) {
	raw := v.Get(name)
	if !v.Has(name) {
		return fallback, nil
	}
	n, err := strconv.ParseInt(raw, 10, 32)
	if err != nil {
		return 0, refuse(http.StatusBadRequest, "MalformedInput", "NumberFormatException: For input string: \"%s\"",
			raw)
	}
	if int(n) < low {
		c.add("'"+raw+"'", at, fmt.Sprintf("have value greater than or equal to %d", low))
	}
	if int(n) > high {
		c.add("'"+raw+"'", at, fmt.Sprintf("have value less than or equal to %d", high))
	}
	return int(n), nil
}

// members is the list NAME.member.1, NAME.member.2, ... with a suffix such as
// ".Key"; it ends at the first number that is missing.
func members(v url.Values, name, suffix string) []string {
	var out []string
	for i := 1; ; i++ {
		key := name + ".member." + strconv.Itoa(i) + suffix
		if !v.Has(key) {
			return out
		}
		out = append(out, v.Get(key))
	}
}
