package profiles

import "hatstand/profiles/limits"

const reasonKey = "reason"

// reasonRequired is where the profile says that its role is assumed for a reason, which the call carries beside the
// profile's own tags; the zero Setting: it does not.
func (p *Profile) reasonRequired(tags []Tag) (Setting, error) {
	at := p.get(reasonKey)
	if !at.IsSet() {
		return at, nil
	}
	if at.Value != "required" {
		return at, wrongValue(Invalid, p.Name, reasonKey, at, "is unknown: the only value is required")
	}
	if err := limits.CheckTagsBesideReason(tags); err != nil {
		return at, SettingError(p.Name, "session_tags", p.get("session_tags"), err)
	}
	return at, nil
}

// refuseReason is the error of a reason that no call of the profile could carry: whoever has set it counts on it.
func (p *Profile) refuseReason() error {
	at := p.get(reasonKey)
	if !at.IsSet() {
		return nil
	}
	return p.wrong(ReasonWithoutCall, reasonKey, at,
		"reason is for a role that source_profile or credential_source assumes, and this profile has none")
}
