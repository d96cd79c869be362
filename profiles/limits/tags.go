package limits

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A Tag is a session tag.
type Tag struct{ Key, Value string }

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

// CheckTagKeys holds the keys of transitive tags to the limits of a tag's key.
func CheckTagKeys(keys []string) error {
	tags := make([]Tag, len(keys))
	for i, key := range keys {
		tags[i].Key = key
	}
	return CheckTags(tags)
}
