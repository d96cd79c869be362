package profiles

import (
	"hatstand/profiles/internal/grammar"
	"hatstand/profiles/internal/show"
	"hatstand/profiles/limits"
)

// usesSSO reports whether the profile has any IAM Identity Center setting.
func (p *Profile) usesSSO() bool {
	for _, key := range [...]string{"sso_session", "sso_account_id", "sso_role_name", "sso_start_url", "sso_region"} {
		if p.get(key).IsSet() {
			return true
		}
	}
	return false
}

// sso reads the profile's IAM Identity Center settings: its own, or those of the [sso-session] section that it names.
// If both have a setting, the values must agree.
func (s *Set) sso(p *Profile) (SSOSetting, error) {
	session, account, role := p.get("sso_session"), p.get("sso_account_id"), p.get("sso_role_name")
	out := SSOSetting{Session: session.Value, AccountID: account.Value, RoleName: role.Value}
	if account.IsSet() != role.IsSet() || !session.IsSet() && !account.IsSet() {
		key, other, where := "sso_account_id", "sso_role_name", role
		if account.IsSet() {
			key, other, where = "sso_role_name", "sso_account_id", account
		}
		if !where.IsSet() {
			other, where = "sso_start_url", p.get("sso_start_url")
			if !where.IsSet() {
				other, where = "sso_region", p.get("sso_region")
			}
		}
		return out, p.wrong(MissingSSO, key, where, other+" is set and "+key+" is not")
	}
	if !session.IsSet() {
		out.StartURL, out.Region = p.get("sso_start_url").Value, p.get("sso_region").Value
		for _, needed := range [...]struct{ key, value string }{{"sso_start_url", out.StartURL},
			{"sso_region", out.Region}} {
			if needed.value == "" {
				return out, p.wrong(MissingSSO, needed.key, account, "sso_account_id is set and "+needed.key+" is not")
			}
		}
		return out, p.ssoRegion(out.Region, p.get("sso_region"))
	}
	entries, found, err := s.config.section(grammar.SSOSession, session.Value)
	switch {
	case err != nil:
		return out, err
	case !found:
		unknown := p.wrong(UnknownSession, "sso_session", session,
			"sso_session "+show.Quoted(session.Value)+" not found")
		unknown.Name = session.Value
		return out, unknown
	}
	for _, key := range [...]string{"sso_start_url", "sso_region"} {
		theirs, own := find(entries, key), p.get(key)
		if own.IsSet() && own.Value != theirs.Value {
			return out, p.wrong(SSOInSession, key, own, key+" belongs into the [sso-session "+session.Value+"] section")
		}
		if !theirs.IsSet() {
			return out, p.wrong(SessionLacks, key, session, "the [sso-session "+session.Value+"] section has no "+key)
		}
	}
	out.StartURL, out.Region = find(entries, "sso_start_url").Value, find(entries, "sso_region").Value
	return out, p.ssoRegion(out.Region, find(entries, "sso_region"))
}

// grant fills in the sign-in that the base's credentials come from.
func (w *walk) grant() (err error) {
	b := &w.chain.Base
	if b.Kind != SSO {
		return nil
	}
	b.Grant = Grant{Kind: SSO, Session: b.SSO.Session, StartURL: b.SSO.StartURL, Region: b.SSO.Region}
	if b.Grant.OIDC, err = w.endpoint("sso_oidc", w.base, w.selected); err != nil {
		return err
	}
	b.Grant.Portal, err = w.endpoint("sso", w.base, w.selected)
	return err
}

func (p *Profile) ssoRegion(region string, where Setting) error {
	return settingError(p.Name, "sso_region", where, limits.CheckRegion(region))
}
