package limits

import "strings"

// ReasonTag is the key of the session tag that carries the reason for which a role is assumed.
const ReasonTag = "Reason"

// CheckReason: 1 to 256 characters, of those that the value of a session tag may have.
func CheckReason(s string) error { return checkTagText("reason", s, 1, 256) }

// CheckTagsBesideReason: the tags leave room for the reason's tag, and none of them has its key in any case.
func CheckTagsBesideReason(tags []Tag) error {
	for _, tag := range tags {
		if strings.EqualFold(tag.Key, ReasonTag) {
			return invalid("session tag", tag.Key, "is the tag of the required reason")
		}
	}
	if len(tags) > 49 {
		return invalid("session tags", "", "may be 49 at most beside a reason, which is the 50th")
	}
	return nil
}
