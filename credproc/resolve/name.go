package resolve

import (
	"context"
	"strings"

	"hatstand/credproc"
)

// sessionName is the role session's name: the profile's, else a default that names the person, for CloudTrail and for
// trust policies that look at sts:RoleSessionName.
func (r *Resolver) sessionName(ctx context.Context, p credproc.Plan, s credproc.Step, user string) string {
	if s.Role.SessionName != "" {
		return s.Role.SessionName
	}
	if !p.Base.Grant.IsZero() {
		if t, _, err := r.Grants.Kept(ctx, p.Base.Grant); err == nil && t.User != "" {
			if name := credproc.FitSessionName(t.User); name != "" {
				return name
			}
		}
	}
	if p.Base.SAML.Name != "" {
		if name := credproc.FitSessionName(r.SAMLPerson(ctx, p.Base.SAML)); name != "" {
			return name
		}
	}
	if user == "" && p.Base.Kind.InKeyring() {
		// A later step has no keys in hand, so they are read again. If that fails, the next best name will do.
		_, user, _ = r.Keys.Keys(ctx, p.Base.Profile)
	}
	return credproc.DefaultSessionName(user, p.Serial(), r.UserName)
}

// accountOf is the account of a session: the user's, else the device's.
func accountOf(p credproc.Plan, user string) string {
	for _, arn := range []string{user, p.Serial()} {
		if f := strings.SplitN(arn, ":", 6); len(f) == 6 && len(f[4]) == 12 {
			return f[4]
		}
	}
	return p.Base.AccountID
}
