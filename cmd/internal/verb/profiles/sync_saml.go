package profiles

import (
	"context"
	"errors"

	"hatstand/cmd/internal/advice"
	"hatstand/cmd/internal/app"
	"hatstand/cmd/internal/provider"
	"hatstand/credproc/saml"
	"hatstand/mfa"
	"hatstand/profiles"
	"hatstand/profiles/edit"
	"hatstand/profiles/limits"
	"hatstand/profiles/naming"
	"hatstand/profiles/signins"
)

// samlSync is what is done for a [hatstand-saml] section.
func samlSync(set *profiles.Set, name string, k syncFlags, given func(flag string) bool) (s syncTask, err error) {
	s = syncTask{session: name, source: edit.SAMLSource(name)}
	if s.saml, err = set.SAML(name); err != nil {
		return s, err
	}
	return s, s.read(k, given, func(key string) (profiles.Setting, error) { return signins.OfSAML(set, name, key) })
}

// samlRoles has the person sign in with SAML, and chooses among the roles that the provider offers. It calls no AWS.
func (d Deps) samlRoles(ctx context.Context, at profiles.SAMLSetting, f filter, k *provider.RoleFlags) (assignments,
	error) {
	ctx, stop := app.Interruptible(ctx)
	defer stop()
	offers, err := d.Provider.SAMLOffers(ctx, at, k)
	if err != nil {
		if errors.Is(context.Cause(ctx), app.ErrInterrupted) {
			err = mfa.ErrCancelled
		}
		if e, ok := errors.AsType[*saml.Error](err); ok && (e.Kind == saml.Nobody || e.Kind == saml.Late) {
			again := *e // login needs a profile, and there may be none yet
			again.Subject = "hatstand profiles sync --saml " + advice.ShellWord(at.Name)
			err = &again
		}
		return assignments{}, err
	}
	got := assignments{offers: map[naming.Role]saml.Offer{}}
	for _, o := range offers {
		arn, err := limits.ParseRoleARN(o.Role)
		if err == nil {
			err = limits.CheckSAMLProviderARN(o.Provider)
		}
		if err != nil {
			return assignments{}, &saml.Error{Kind: saml.Unusable, Section: at.Name, Reason: "the assertion: " + err.Error()}
		}
		if r := samlRole(arn); r.Matches(f.accounts, f.roles) {
			got.chosen = append(got.chosen, r)
			got.offers[r] = o
		}
	}
	return got, nil
}

// samlRole is a role as it is named: an assertion has no accounts' names.
func samlRole(arn limits.Role) naming.Role {
	return naming.Role{AccountID: arn.AccountID, Name: arn.Name}
}
