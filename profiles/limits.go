package profiles

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
)

// CheckSessionName: 2 to 64 characters of A-Z a-z 0-9 _ + = , . @ - (STS API model,
// roleSessionNameType). The error is an *Error of Kind Invalid or QuotedValue, as all below.
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
		rule = "must have " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " characters, not " + strconv.Itoa(len(s))
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
		rule = "must be from " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " seconds (15m to " + strconv.Itoa(most/3600) + "h)"
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
			return bad("has the character " + strconv.QuoteRuneToASCII(r) + ": only tabs, line breaks and U+0020 to U+00FF are allowed")
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
		case !graphic(arn) || len(parts) < 6 || parts[0] != "arn" || !validPartition(parts[1]) ||
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

// CheckTags: at most 50 tags; keys of 1 to 128 characters, values of at most 256, of letters,
// digits, spaces and _ . : / = + - @ (STS API model, tagListType). Keys that
// differ by case alone count as one key (STS AssumeRole, Tags).
func CheckTags(tags []Tag) error {
	if len(tags) > 50 {
		return invalid("session tags", "", "may be 50 at most, not "+strconv.Itoa(len(tags)))
	}
	seen := make(map[string]bool, len(tags))
	for _, tag := range tags {
		if err := checkTagText("tag key", tag.Key, 1, 128); err != nil {
			return err
		}
		if err := checkTagText("tag value", tag.Value, 0, 256); err != nil {
			return err
		}
		folded := strings.ToLower(tag.Key)
		if seen[folded] {
			return invalid("tag key", tag.Key, "is there twice (upper and lower case are one)")
		}
		seen[folded] = true
	}
	return nil
}

func checkTagText(what, s string, least, most int) error {
	rule := ""
	if n := utf8.RuneCountInString(s); n < least || n > most {
		rule = "must have " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " characters, not " + strconv.Itoa(n)
	}
	for _, r := range s {
		if !unicode.In(r, unicode.L, unicode.Z, unicode.N) && !strings.ContainsRune("_.:/=+-@", r) {
			rule = "may only have letters, digits, spaces and _ . : / = + - @"
		}
	}
	if rule == "" {
		return nil
	}
	return invalid(what, s, rule)
}

// ParseTags reads "key=value,key2=value2", as aws-vault spells session_tags. Spaces around keys and
// values go. CheckTags holds the limits.
func ParseTags(s string) ([]Tag, error) {
	var tags []Tag
	for part := range strings.SplitSeq(s, ",") {
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, invalid("tag", strings.TrimSpace(part), "must be like key=value")
		}
		tags = append(tags, Tag{Key: strings.TrimSpace(key), Value: strings.TrimSpace(value)})
	}
	return tags, nil
}

// checkTagKeys holds the keys of transitive tags to the limits of a tag's key.
func checkTagKeys(keys []string) error {
	tags := make([]Tag, len(keys))
	for i, key := range keys {
		tags[i].Key = key
	}
	return CheckTags(tags)
}

// CheckName: what the name of a profile may be, as the AWS CLI takes it: letters and digits of any script, spaces, and
// punctuation but for [ ] # ; quotes and backslashes.
func CheckName(name string) error {
	if grammar.ValidName(name) {
		return nil
	}
	return &Error{What: "profile name", Reason: "profile name " + show.Quoted(name) + " may not have spaces at its ends, control characters, quotes or any of [ ] # ; \\"}
}
