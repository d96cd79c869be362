package resolve

import (
	"context"
	"fmt"
	"slices"

	"hatstand/credproc"
	"hatstand/credproc/credentials"
	"hatstand/credproc/saml"
)

// withSAML exchanges a SAML assertion for the credentials of step i's role.
func (r *Resolver) withSAML(ctx context.Context, p credproc.Plan, i int) (c credentials.Value, err error) {
	a, err := r.assertion(ctx, p)
	if err != nil {
		return c, err
	}
	s := p.Steps[i]
	provider, err := a.Provider(s.Role.ARN, p.Base.SAMLProvider)
	if err == nil && s.Duration == 0 {
		s.Duration, err = a.Duration()
	}
	if err != nil {
		return c, samlFailed(p, err)
	}
	if s.Duration == 0 {
		s.Duration = credproc.DefaultRoleDuration
	}
	client, err := r.Connect(s.Region, s.Endpoint, credentials.Value{})
	if err != nil {
		return c, err
	}
	p.Steps = slices.Clone(p.Steps)
	p.Steps[i] = s
	return r.makeCall(ctx, caller{client: client, token: a.Text(), provider: provider}, p, i, "")
}

// assertion gets an assertion of the plan's sign-in.
func (r *Resolver) assertion(ctx context.Context, p credproc.Plan) (saml.Assertion, error) {
	a, err := r.Assertion(ctx, p)
	return a, samlFailed(p, err)
}

// samlFailed says in an error for which profile, and to which provider, a person was to sign in.
func samlFailed(p credproc.Plan, err error) error {
	if saml.KindOf(err) == 0 {
		return err
	}
	return &samlError{p.Target, saml.Of(p.Base.SAML.Name, err)}
}

// A samlError is the error of a SAML sign-in that a plan needs.
type samlError struct {
	target string
	err    error
}

func (e *samlError) Error() string { return fmt.Sprintf("profile %q: %v", e.target, e.err) }

func (e *samlError) Unwrap() error { return e.err }

// Is reports ErrDeclined if the person closed the window, so that nobody is asked again, and ErrNobody if this process
// has nobody to ask: another one may have somebody.
func (e *samlError) Is(target error) bool {
	switch saml.KindOf(e.err) {
	case saml.Declined:
		return target == ErrDeclined
	case saml.Nobody:
		return target == ErrNobody
	}
	return false
}
