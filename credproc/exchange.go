package credproc

import "hatstand/profiles"

// Exchanges reports whether the step turns a person's sign-in into credentials. Nothing signs its call: the token is
// its proof.
func (s Step) Exchanges() bool { return !s.Grant.IsZero() }

// Federates reports whether the call assumes a role with what a provider says of somebody, which no keys sign.
func (c Call) Federates() bool { return c == AssumeRoleWithWebIdentity || c == AssumeRoleWithSAML }

// exchange is the first step of a chain whose base is a token: a person's sign-in, or a web identity. The options apply
// to it if the chain has no other role.
func exchange(c *profiles.Chain, o Options) (step Step, ok bool, err error) {
	asked := len(c.Roles) == 0
	switch c.Base.Kind {
	case profiles.SSO:
		if asked {
			err = refuseForPermissionSet(c.Target, o)
		}
		return permissionSet(c), true, err
	case profiles.WebIdentity, profiles.OIDC:
		role := c.Base.WebIdentityRole
		if asked {
			if role, err = narrowRole(c, role, o); err == nil {
				err = refuseForProvider(c, o)
			}
		}
		return webIdentity(c, role), true, err
	case profiles.SAML:
		role := c.Base.SAMLRole
		if asked {
			if role, err = narrowRole(c, role, o); err == nil {
				err = refuseForProvider(c, o)
			}
		}
		return withSAML(c, role), true, err
	}
	return Step{}, false, nil
}

func webIdentity(c *profiles.Chain, role profiles.Role) Step {
	s := Step{Call: AssumeRoleWithWebIdentity, Role: role, Duration: role.Duration, Region: c.SessionRegion,
		Endpoint: c.SessionSTS, Grant: c.Base.Grant, Reason: "the web identity token is exchanged for the role's credentials"}
	if s.Exchanges() {
		s.Reason = "the token of the sign-in is exchanged for the role's credentials"
	}
	if s.Duration == 0 {
		s.Duration = DefaultRoleDuration
	}
	return s
}

// withSAML is the step that a SAML assertion is for. The assertion says how long, unless the profile does.
func withSAML(c *profiles.Chain, role profiles.Role) Step {
	return Step{Call: AssumeRoleWithSAML, Role: role, Duration: role.Duration, Region: c.SessionRegion,
		Endpoint: c.SessionSTS, Reason: "the SAML assertion is exchanged for the role's credentials"}
}

// refuseForProvider is the error of an option that the provider of a web identity or of an assertion decides.
func refuseForProvider(c *profiles.Chain, o Options) error {
	provider, saml := "the provider of the web identity", c.Base.Kind == profiles.SAML
	if saml {
		provider = "the SAML provider"
	}
	for _, option := range []struct {
		name string
		set  bool
	}{
		{"session tag", len(o.Tags) > 0}, {"source identity", o.SourceIdentity != ""},
		{"session name", saml && o.SessionName != ""},
	} {
		if option.set {
			return &Error{Kind: ProviderDecides, Target: c.Target, Subject: option.name,
				Reason: "a " + option.name + " cannot be asked for: " + provider + " decides"}
		}
	}
	return nil
}

func permissionSet(c *profiles.Chain) Step {
	return Step{
		Call: GetRoleCredentials, Grant: c.Base.Grant, Region: c.SessionRegion, Endpoint: c.SessionSTS,
		Account: c.Base.SSO.AccountID, PermissionSet: c.Base.SSO.RoleName,
		Reason: "the sign-in is exchanged for the permission set's credentials",
	}
}

// refuseForPermissionSet is the error of an option that a permission set decides.
func refuseForPermissionSet(target string, o Options) error {
	option := roleOption(o)
	if o.Duration != 0 {
		option = "duration"
	}
	if option == "" {
		return nil
	}
	return &Error{Kind: PermissionSetDecides, Target: target, Subject: option,
		Reason: "a " + option + " cannot be asked for: the permission set decides"}
}
