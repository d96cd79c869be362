// Package limits checks values before AWS sees them, by the limits of AWS's API models, each of which is written beside
// its check. It promises that no token code and no policy shows in an error. It knows no profile and no file: the
// caller says where the value came from.
package limits

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"hatstand/profiles/internal/show"
	"hatstand/profiles/partitions"
)

// An Error is a value that breaks a limit.
type Error struct {
	What   string // the value, in AWS's words: "external ID"
	Reason string // a sentence that begins with What
	Quoted bool   // the value is in quotes, which are a part of it
	Meant  string // what was probably meant; "" where that is not known
}

func (e *Error) Error() string { return e.Reason }

// invalid is the error of a value. shown is "" where messages must not show it.
func invalid(what, shown, rule string) *Error {
	if shown != "" {
		rule = show.Quoted(shown) + " " + rule
	}
	return &Error{What: what, Reason: what + " " + rule, Quoted: show.InQuotes(shown)}
}

// CheckSessionName: 2 to 64 characters of A-Z a-z 0-9 _ + = , . @ - (STS API model,
// roleSessionNameType). The error is an *Error, as all below.
func CheckSessionName(s string) error {
	return checkText("role session name", s, 2, 64, "+=,.@-")
}

// CheckSourceIdentity: 2 to 64 characters of A-Z a-z 0-9 _ + = , . @ - (STS API model,
// sourceIdentityType).
func CheckSourceIdentity(s string) error {
	return checkText("source identity", s, 2, 64, "+=,.@-")
}

// CheckExternalID: 2 to 1224 characters of A-Z a-z 0-9 _ + = , . @ : / - (STS API model,
// externalIdType).
func CheckExternalID(s string) error {
	return checkText("external ID", s, 2, 1224, "+=,.@:/-")
}

// CheckSerial: 9 to 256 characters of A-Z a-z 0-9 _ + = / : , . @ - (STS API model,
// serialNumberType).
func CheckSerial(s string) error {
	return checkText("MFA serial", s, 9, 256, "+=/:,.@-")
}

// checkText holds s to a length and to ASCII letters, digits, '_' and the marks.
func checkText(what, s string, least, most int, marks string) error {
	rule := ""
	for i := range len(s) {
		if c := s[i]; !wordByte(c) && strings.IndexByte(marks, c) < 0 {
			rule = "may only have the characters A-Z a-z 0-9 _ " + spaced(marks)
			break
		}
	}
	if rule == "" && (len(s) < least || len(s) > most) {
		rule = "must have " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " characters, not " +
			strconv.Itoa(len(s))
	}
	if rule == "" {
		return nil
	}
	return invalid(what, s, rule)
}

func wordByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_'
}

func spaced(marks string) string { return strings.Join(strings.Split(marks, ""), " ") }

// CheckRoleDuration: 900 s to 43200 s (STS API model, roleDurationSecondsType), in whole seconds.
// The role's own maximum may be lower; only STS knows it.
func CheckRoleDuration(d time.Duration) error { return checkDuration("role duration", d, 43200) }

// CheckSessionDuration: 900 s to 129600 s (STS API model, durationSecondsType), in whole seconds.
func CheckSessionDuration(d time.Duration) error {
	return checkDuration("session duration", d, 129600)
}

func checkDuration(what string, d time.Duration, most int) error {
	const least = 900
	rule := ""
	switch {
	case d%time.Second != 0:
		rule = "must be a whole number of seconds"
	case d < least*time.Second || d > time.Duration(most)*time.Second:
		rule = "must be from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " seconds (15m to " +
			strconv.Itoa(most/3600) + "h)"
	default:
		return nil
	}
	return &Error{What: what, Reason: what + " " + d.String() + " " + rule}
}

// ParseDuration reads whole seconds ("3600") or a Go duration ("1h30m"). It must be above zero;
// the other limits are CheckRoleDuration's and CheckSessionDuration's.
func ParseDuration(s string) (time.Duration, error) {
	var d time.Duration
	if seconds, err := strconv.ParseUint(s, 10, 32); err == nil {
		d = time.Duration(seconds) * time.Second
	} else if d, err = time.ParseDuration(s); err != nil {
		return 0, invalid("duration", s, "is not a number of seconds, nor like 1h30m")
	}
	if d <= 0 {
		return 0, invalid("duration", s, "must be above zero")
	}
	return d, nil
}

// CheckPolicy: valid JSON of 1 to 2048 characters, each a tab, a line break or in U+0020 to U+00FF
// (STS API model, sessionPolicyDocumentType).
func CheckPolicy(policy string) error {
	bad := func(rule string) error { return invalid("session policy", "", rule) }
	if n := utf8.RuneCountInString(policy); n < 1 || n > 2048 {
		return bad("must have 1 to 2048 characters, not " + strconv.Itoa(n))
	}
	for _, r := range policy {
		if r != '\t' && r != '\n' && r != '\r' && (r < 0x20 || r > 0xff) {
			return bad("has the character " + strconv.QuoteRuneToASCII(r) +
				": only tabs, line breaks and U+0020 to U+00FF are allowed")
		}
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal([]byte(policy), &object); err != nil {
		return bad("is not a JSON object: " + err.Error())
	}
	return nil
}

// CheckPolicyARNs: at most 10 (STS AssumeRole, PolicyArns), each of 20 to 2048 characters (STS API
// model, arnType) and a managed policy's.
func CheckPolicyARNs(arns []string) error {
	const what = "policy ARN"
	if len(arns) > 10 {
		return invalid("policy ARNs", "", "may be 10 at most, not "+strconv.Itoa(len(arns)))
	}
	for _, arn := range arns {
		rule := ""
		parts := strings.SplitN(arn, ":", 6)
		switch {
		case len(arn) < 20 || len(arn) > 2048:
			rule = "must have 20 to 2048 characters"
		case !graphic(arn) || len(parts) < 6 || parts[0] != "arn" || !partitions.Valid(parts[1]) ||
			parts[2] != "iam" || !strings.HasPrefix(parts[5], "policy/"):
			rule = "must be like arn:aws:iam::ACCOUNT:policy/NAME"
		default:
			continue
		}
		return invalid(what, arn, rule)
	}
	return nil
}

// CheckTokenCode: six digits, 0 to 9 (STS API model, tokenCodeType). The code is not in the error.
func CheckTokenCode(s string) error {
	ok := len(s) == 6
	for i := 0; ok && i < len(s); i++ {
		ok = '0' <= s[i] && s[i] <= '9'
	}
	if !ok {
		return invalid("token code", "", "must be six digits")
	}
	return nil
}

// CheckRegion: 1 to 63 characters of a-z 0-9 -. A region's name becomes a part of a host name; anything else could send
// signed requests to another host.
func CheckRegion(s string) error {
	if partitions.ValidLabel(s) {
		return nil
	}
	e := invalid("region", s, "must be a region's name like eu-west-1: 1 to 63 characters of a-z 0-9 -")
	if lower := strings.ToLower(s); partitions.ValidLabel(lower) && strings.Count(lower, "-") > 1 {
		e.Meant = lower
	}
	return e
}
