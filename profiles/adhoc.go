package profiles

import (
	"slices"
	"strings"

	"hatstand/profiles/internal/index"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
)

// adHoc makes a chain of what no profile has: a permission set of an [sso-session], or a role on top of the source
// profile's chain.
func (w *walk) adHoc() (*Chain, error) {
	target := w.req.Target
	if w.req.Source == "" {
		if found, err := w.permissionSet(target); found || err != nil {
			if err != nil {
				return nil, err
			}
			return w.finish()
		}
	}
	account, name, short := limits.CutRole(target)
	whole := len(target) > 4 && target[:4] == "arn:"
	if !short && !whole {
		return nil, w.set.unknown(target, "", "", Setting{})
	}
	if rule := limits.AccountRule(account); short && rule != "" {
		return nil, &Error{What: "role", Reason: "role " + show.Quoted(target) + " " + rule}
	}
	if whole {
		if _, err := newRole(target); err != nil {
			return nil, SettingError("", "role ARN", Setting{}, err)
		}
	}
	if w.req.Source == "" {
		return nil, &Error{Kind: RoleNeedsSource, Name: target,
			Reason: show.Quoted(target) + " is a role, not a profile: it needs a source profile"}
	}
	if err := w.source(); err != nil {
		return nil, err
	}
	if short {
		partition, err := w.partition()
		if err != nil {
			return nil, err
		}
		target = "arn:" + partition + ":iam::" + account + ":role/" + name
	}
	role, err := newRole(target)
	if err != nil {
		return nil, SettingError("", "role ARN", Setting{}, err)
	}
	w.chain.Roles = append(w.chain.Roles, role)
	return w.finish()
}

// source walks from the source of an ad-hoc role to its base.
func (w *walk) source() error {
	source, ok := w.set.Profile(w.req.Source)
	if ok {
		w.selected = source // it is not first: for an ad-hoc role it is what a source_profile is for a profile
		return w.follow(source)
	}
	if found, err := w.permissionSet(w.req.Source); found || err != nil {
		return err
	}
	return w.set.unknown(w.req.Source, "", "--source", Setting{})
}

// permissionSet starts the chain at ACCOUNT:PERMISSION_SET@SESSION. found is false for a text of another form.
func (w *walk) permissionSet(target string) (found bool, err error) {
	account, rest, short := limits.CutRole(target)
	if !short || !strings.Contains(rest, "@") {
		return false, nil
	}
	name, session := w.set.cutSession(rest)
	if err := limits.CheckAccountID(account); err != nil {
		return false, SettingError("", "account ID", Setting{}, err)
	}
	if err := limits.CheckPermissionSet(name); err != nil {
		return false, SettingError("", "permission set", Setting{}, err)
	}
	grant, err := w.session(session)
	if err != nil {
		return false, err
	}
	settings, _, err := w.set.ssoSession(session)
	if err != nil {
		return false, err
	}
	p := &Profile{Name: target, entries: index.Settings{{Key: "region", Setting: settings.region}}}
	w.selected, w.base = p, p
	w.chain.Base = Base{Kind: SSO, Profile: target, AccountID: account, Grant: grant,
		SSO: SSOSetting{Session: session, StartURL: grant.StartURL, Region: grant.Region, AccountID: account,
			RoleName: name}}
	return true, nil
}

// cutSession cuts the session from PERMISSION_SET@SESSION. Both may have an '@' in them: the longest session that there
// is counts, else what follows the last '@'.
func (s *Set) cutSession(text string) (permissionSet, session string) {
	known := s.Sessions()
	for i := range len(text) {
		if text[i] == '@' && slices.Contains(known, text[i+1:]) {
			return text[:i], text[i+1:]
		}
	}
	i := strings.LastIndexByte(text, '@')
	return text[:i], text[i+1:]
}
