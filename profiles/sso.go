package profiles

import (
	"strings"

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
// If both have a setting, the values must agree. scopes are the section's.
func (s *Set) sso(p *Profile) (out SSOSetting, scopes string, err error) {
	session, account, role := p.get("sso_session"), p.get("sso_account_id"), p.get("sso_role_name")
	out = SSOSetting{Session: session.Value, AccountID: account.Value, RoleName: role.Value}
	if err := p.ssoPairs(session, account, role); err != nil {
		return out, "", err
	}
	if !session.IsSet() {
		where := signIn{startURL: p.get("sso_start_url"), region: p.get("sso_region")}
		out.StartURL, out.Region = where.startURL.Value, where.region.Value
		for _, needed := range [...]struct{ key, value string }{{"sso_start_url", out.StartURL},
			{"sso_region", out.Region}} {
			if needed.value == "" {
				return out, "", p.wrong(MissingSSO, needed.key, account,
					"sso_account_id is set and "+needed.key+" is not")
			}
		}
		return out, "", where.check(p.Name)
	}
	theirs, found, err := s.ssoSession(session.Value)
	switch {
	case err != nil:
		return out, "", err
	case !found:
		unknown := p.wrong(UnknownSession, "sso_session", session,
			"sso_session "+show.Quoted(session.Value)+" not found")
		unknown.Name, unknown.set = session.Value, s
		return out, "", unknown
	}
	for _, both := range [...]struct {
		key    string
		theirs Setting
	}{{"sso_start_url", theirs.startURL}, {"sso_region", theirs.region}, {"sso_registration_scopes", theirs.scopes}} {
		own := p.get(both.key)
		needed := both.key != "sso_registration_scopes"
		same := own.Value == both.theirs.Value ||
			both.key == "sso_start_url" && TrimStartURL(own.Value) == TrimStartURL(both.theirs.Value)
		if own.IsSet() && !same && (needed || both.theirs.IsSet()) {
			return out, "", p.wrong(SSOInSession, both.key, own,
				both.key+" belongs in the [sso-session "+session.Value+"] section")
		}
		if needed && !both.theirs.IsSet() {
			return out, "", p.wrong(SessionLacks, both.key, session,
				"the [sso-session "+session.Value+"] section has no "+both.key)
		}
	}
	out.StartURL, out.Region = theirs.startURL.Value, theirs.region.Value
	if err := theirs.check(p.Name); err != nil {
		return out, "", err
	}
	scopes, err = theirs.scopeList(p.Name)
	return out, scopes, err
}

// ssoPairs checks the profile's own settings, and that none is there without those that it needs.
func (p *Profile) ssoPairs(session, account, role Setting) error {
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
		return p.wrong(MissingSSO, key, where, other+" is set and "+key+" is not")
	}
	if !account.IsSet() {
		return nil
	}
	if err := limits.CheckAccountID(account.Value); err != nil {
		return SettingError(p.Name, "sso_account_id", account, err)
	}
	return SettingError(p.Name, "sso_role_name", role, limits.CheckPermissionSet(role.Value))
}

// A signIn is the settings of an [sso-session] section, or the same ones of a profile in the older form.
type signIn struct{ startURL, region, scopes Setting }

func (s *Set) ssoSession(name string) (all signIn, found bool, err error) {
	entries, found, err := s.section(grammar.SSOSession, name)
	return signIn{entries.Find("sso_start_url"), entries.Find("sso_region"),
		entries.Find("sso_registration_scopes")}, found, err
}

// check checks the values. profile is whose error it is; "": nobody's.
func (s signIn) check(profile string) error {
	if err := limits.CheckStartURL(s.startURL.Value); err != nil {
		return SettingError(profile, "sso_start_url", s.startURL, err)
	}
	return SettingError(profile, "sso_region", s.region, limits.CheckRegion(s.region.Value))
}

// scopeList is the scopes, separated by commas; where none are set, the one that AWS's own programs ask for then.
func (s signIn) scopeList(profile string) (string, error) {
	if !s.scopes.IsSet() {
		return "sso:account:access", nil
	}
	list, err := limits.ParseScopes(s.scopes.Value)
	return list, SettingError(profile, "sso_registration_scopes", s.scopes, err)
}

// grant fills in the sign-in that the base's credentials come from.
func (w *walk) grant() (err error) {
	b := &w.chain.Base
	if b.Kind == OIDC {
		named := w.base.get(oidcKey)
		b.Grant, err = w.oidc(named.Value, w.base.Name, named)
		return err
	}
	if b.Kind == LoginSession {
		b.Grant, err = w.console(strings.TrimSpace(b.LoginSession.Value))
		return err
	}
	if b.Kind != SSO || !b.Grant.IsZero() {
		return nil
	}
	b.Grant = Grant{Kind: SSO, Session: b.SSO.Session, StartURL: b.SSO.StartURL, Region: b.SSO.Region,
		Scopes: w.scopes}
	return w.reach(&b.Grant)
}

// console returns the console sign-in of the user or role with that ARN. It has the base profile's region, so that all
// roles on top share it.
func (w *walk) console(arn string) (g Grant, err error) {
	g = Grant{Kind: LoginSession, ARN: arn, Region: w.chain.SessionRegion}
	if g.Service, err = w.endpoint(g.ServiceName(), w.base); err != nil {
		return g, err
	}
	bundle, _ := w.pick("AWS_CA_BUNDLE", "ca_bundle", []*Profile{w.base, w.selected})
	g.Service.Legacy, g.Service.CABundle = false, bundle.Value
	return g, nil
}

// reach fills in how a sign-in's services are reached. All profiles of a base share its sign-in, so the addresses are
// the environment's and the base profile's, and never those of a role on top of it.
func (w *walk) reach(g *Grant) (err error) {
	bundle, _ := w.pick("AWS_CA_BUNDLE", "ca_bundle", []*Profile{w.base, w.selected})
	if g.Service, err = w.endpoint(g.ServiceName(), w.base); err != nil {
		return err
	}
	if g.Portal, err = w.endpoint("sso", w.base); err != nil {
		return err
	}
	g.Service.Legacy, g.Service.CABundle = false, bundle.Value
	g.Portal.Legacy, g.Portal.CABundle = false, bundle.Value
	return nil
}
